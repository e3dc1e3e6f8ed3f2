/* SPDX-License-Identifier: MIT */

/* Where a vault is: the answers to the two ways of searching. */

#include "check.h"
#include "vault/arm-find.h"

#define GUID "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define ID(vault)                                              \
	"/subscriptions/" GUID "/resourceGroups/rg/providers/" \
	"Microsoft.KeyVault/vaults/" vault
#define HOST "demo.vault.azure.net"

static char why_text[256];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

static int in_graph(ArmId *ret, const char *text)
{
	return arm_find_in_graph(ret, "demo", HOST, text, strlen(text), &why);
}

static void test_query(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(arm_find_query(&text, "demo"));
	CHECK(strstr(text.p, "name =~ 'demo'") != NULL);
}

static void test_graph(void)
{
	ArmId id;

	CHECK_OK(in_graph(
		&id,
		"{\"data\":[1,{\"id\":\"" ID("other") "\"},{\"id\":\"" ID(
			"DEMO") "\",\"properties_vaultUri\":\"https://" HOST
				"/\"}]}"));
	CHECK_STR(id.vault, "DEMO");
	CHECK_OK(in_graph(&id, "{\"data\":[{\"id\":\"" ID("demo") "\"}]}"));
	/* Of the same name, in another cloud. */
	CHECK_EQ(in_graph(&id, "{\"data\":[{\"id\":\"" ID(
				       "demo") "\",\"properties_vaultUri\":"
					       "\"https://demo."
					       "vault.azure.cn/\"}]}"),
		 ARM_FIND_E_NONE);
	CHECK_EQ(in_graph(&id, "{\"data\":[]}"), ARM_FIND_E_NONE);
	CHECK_EQ(in_graph(&id, "{\"data\":{}}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(in_graph(&id, "{}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(in_graph(&id, "<html>"), MODEL_E_UNTRUSTED);
}

static void test_subscriptions(void)
{
	static const char good[] = "{\"value\":[{\"subscriptionId\":\"" GUID
				   "\"},{\"subscriptionId\":\"x\"},{},3]}";
	ArmSubscriptions found;

	CHECK_OK(arm_find_subscriptions(&found, good, strlen(good), &why));
	CHECK_EQ(found.n, 1);
	CHECK_STR(found.ids[0], GUID);
	CHECK_EQ(arm_find_subscriptions(&found, "{\"value\":[]}", 12, &why),
		 ARM_FIND_E_NONE);
	CHECK_EQ(arm_find_subscriptions(&found, "{}", 2, &why),
		 MODEL_E_UNTRUSTED);
}

static int in_resources(ArmId *ret, char **link, const char *text)
{
	*link = NULL;
	return arm_find_in_resources(ret, link, "demo", text, strlen(text),
				     &why);
}

static void test_resources(void)
{
	char *link;
	ArmId id;

	CHECK_OK(in_resources(&id, &link,
			      "{\"value\":[{\"id\":\"" ID(
				      "demo") "\"}],\"nextLink\":\"x\"}"));
	CHECK(!link);
	CHECK_EQ(in_resources(&id, &link,
			      "{\"value\":[{\"id\":\"" ID(
				      "demo2") "\"}],\"nextLink\":\"x\"}"),
		 ARM_FIND_E_NONE);
	CHECK_STR(link, "x");
	free(link);
	CHECK_EQ(in_resources(&id, &link, "{\"value\":[],\"nextLink\":null}"),
		 ARM_FIND_E_NONE);
	CHECK(!link);
	CHECK_EQ(in_resources(&id, &link, "{\"value\":[],\"nextLink\":1}"),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(in_resources(&id, &link, "{\"value\":null}"),
		 MODEL_E_UNTRUSTED);
}

int main(void)
{
	RUN(test_query);
	RUN(test_graph);
	RUN(test_subscriptions);
	RUN(test_resources);
	return check_report();
}
