/* SPDX-License-Identifier: MIT */

/* networkAcls: the form that is kept, and what is refused. */

#include "base/json.h"
#include "emulator/network-acls.h"
#include "tests/unit/check.h"

/* What is kept as text; "none", or "!" if it is refused. */
static const char *keep(const char *text)
{
	static char printed[1024];
	AKV_JSON cJSON *acls = cJSON_Parse(text);
	AKV_JSON cJSON *kept = NULL;
	const char *why = NULL;
	char *made;

	if (network_acls_parse(&kept, acls, &why) != 0)
		return why ? "!" : "no reason";
	if (!kept)
		return "none";
	made = cJSON_PrintUnformatted(kept);
	(void)snprintf(printed, sizeof(printed), "%s", made);
	cJSON_free(made);
	return printed;
}

static void test_addresses(void)
{
	char text[NETWORK_TEXT_SIZE];

	CHECK(network_normalize(text, "23.43.43.43"));
	CHECK_STR(text, "23.43.43.43/32");
	CHECK(network_normalize(text, "2.3.4.0/24"));
	CHECK_STR(text, "2.3.4.0/24");
	CHECK(network_normalize(text, "255.255.255.255/32"));
	CHECK(!network_normalize(text, ""));
	CHECK(!network_normalize(text, "1.2.3"));
	CHECK(!network_normalize(text, "1.2.3.4/"));
	CHECK(!network_normalize(text, "1.2.3.4/33"));
	CHECK(!network_normalize(text, "1.2.3.4/24/8"));
	CHECK(!network_normalize(text, "1.2.3.256"));
	CHECK(!network_normalize(text, "::1"));
	CHECK(!network_normalize(text, "255.255.255.2555"));
}

static void test_kept(void)
{
	CHECK_STR(keep("{\"bypass\":\"azureservices\",\"defaultAction\":"
		       "\"deny\",\"ipRules\":[{\"value\":\"1.2.3.4\"}],"
		       "\"virtualNetworkRules\":[{\"id\":\"/Sub/VNet\","
		       "\"ignoreMissingVnetServiceEndpoint\":true}]}"),
		  "{\"bypass\":\"AzureServices\",\"defaultAction\":\"Deny\","
		  "\"ipRules\":[{\"value\":\"1.2.3.4/32\"}],"
		  "\"virtualNetworkRules\":[{\"id\":\"/sub/vnet\","
		  "\"ignoreMissingVnetServiceEndpoint\":true}]}");
	CHECK_STR(keep("{\"defaultAction\":\"Deny\"}"),
		  "{\"bypass\":\"AzureServices\",\"defaultAction\":\"Deny\","
		  "\"ipRules\":[],\"virtualNetworkRules\":[]}");
}

static void test_open_to_all_is_not_kept(void)
{
	CHECK_STR(keep("{}"), "none");
	CHECK_STR(keep("{\"bypass\":\"AzureServices\",\"defaultAction\":"
		       "\"Allow\",\"ipRules\":[]}"),
		  "none");
	CHECK(strcmp(keep("{\"bypass\":\"None\",\"defaultAction\":\"Allow\"}"),
		     "none") != 0);
}

static void test_refused(void)
{
	CHECK_STR(keep("{\"bypass\":\"Everyone\"}"), "!");
	CHECK_STR(keep("{\"defaultAction\":1}"), "!");
	CHECK_STR(keep("{\"ipRules\":{}}"), "!");
	CHECK_STR(keep("{\"ipRules\":[\"1.2.3.4\"]}"), "!");
	CHECK_STR(keep("{\"ipRules\":[{\"value\":\"here\"}]}"), "!");
	CHECK_STR(keep("{\"virtualNetworkRules\":[{\"id\":\"vnet\"}]}"), "!");
}

static bool allows(const char *text, const char *address)
{
	AKV_JSON cJSON *acls = cJSON_Parse(text);

	return network_acls_allow(acls, address);
}

static void test_who_may_come_in(void)
{
	static const char rules[] =
		"{\"defaultAction\":\"Deny\",\"ipRules\":["
		"{\"value\":\"1.2.3.4/32\"},{\"value\":\"10.0.0.0/8\"}]}";

	CHECK(network_acls_allow(NULL, "9.9.9.9"));
	CHECK(allows("{\"defaultAction\":\"Allow\"}", "9.9.9.9"));
	CHECK(allows(rules, "1.2.3.4"));
	CHECK(!allows(rules, "1.2.3.5"));
	CHECK(allows(rules, "10.255.1.1"));
	CHECK(!allows(rules, "11.0.0.0"));
	CHECK(!allows(rules, "::1"));
	CHECK(!allows(rules, ""));
	CHECK(!allows("{\"defaultAction\":\"Deny\"}", "1.2.3.4"));
	CHECK(allows("{\"defaultAction\":\"Deny\",\"ipRules\":["
		     "{\"value\":\"0.0.0.0/0\"}]}",
		     "1.2.3.4"));
}

int main(void)
{
	RUN(test_who_may_come_in);
	RUN(test_addresses);
	RUN(test_kept);
	RUN(test_open_to_all_is_not_kept);
	RUN(test_refused);
	return check_report();
}
