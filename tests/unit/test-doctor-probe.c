/* SPDX-License-Identifier: MIT */

#include "check.h"
#include "vault/doctor-probe.h"

#define T1 "11111111-1111-1111-1111-111111111111"
#define T2 "22222222-2222-2222-2222-222222222222"

static Finding finding;
static Source source;
static Challenge challenge;
static HttpResponse response;
static VaultError error;
static ProbeFacts facts;

static void begin(int status, const char *resource)
{
	char why[256];

	if (source_parse(&source, "demo", NULL, why, sizeof(why)) != 0)
		abort();
	challenge = (Challenge){.tenant = T1};
	(void)snprintf(challenge.resource, sizeof(challenge.resource), "%s",
		       resource);
	response = (HttpResponse){
		.status = status,
		.network_info = "conn_type=Ipv4;addr=203.0.113.7;"
				"act_addr_fam=InterNetwork;",
		.region = "westeurope",
		.service_version = "1.9",
		.request_id = "r-1",
		.body = "",
	};
	error = (VaultError){.status = status};
	facts = (ProbeFacts){
		.source = &source,
		.tenant = "",
		.wanted = source.cloud->vault_resource,
		.response = &response,
		.challenge = &challenge,
		.error = &error,
	};
}

static const char *code(void)
{
	doctor_probe(&finding, &facts);
	return finding.code;
}

static void test_as_a_vault_answers(void)
{
	begin(401, "https://vault.azure.net");
	CHECK_STR(code(), "vault-ok");
	CHECK_STR(finding_fact_text(&finding, "tenant"), T1);
	CHECK_STR(finding_fact_text(&finding, "seen_as"), "203.0.113.7");
	CHECK_STR(finding_fact_text(&finding, "region"), "westeurope");
	CHECK_STR(finding_fact_text(&finding, "request_id"), "r-1");
	begin(401, "");
	CHECK_STR(code(), "vault-ok");
}

static void test_tenants(void)
{
	begin(401, "https://vault.azure.net");
	facts.tenant = T2;
	CHECK_STR(code(), "vault-tenant");
	CHECK_EQ(finding.state, FINDING_WARNING);
	facts.tenant = T1;
	CHECK_STR(code(), "vault-ok");
	facts.tenant = "contoso.example";
	CHECK_STR(code(), "vault-ok");
	challenge.tenant[0] = '\0';
	CHECK_STR(code(), "vault-no-challenge");
	facts.challenge = NULL;
	CHECK_STR(code(), "vault-no-challenge");
	CHECK_EQ(finding.exit, FINDING_EXIT_AUTHENTICATION);
}

static void test_foreign_resources(void)
{
	static const char *const resources[] = {
		"https://management.azure.com", "https://azure.net",
		"https://example.com",          "https://vault.azure.cn",
		"https://lt.azure.net",         "nonsense",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(resources); i++) {
		begin(401, resources[i]);
		CHECK_STR(code(), "vault-resource");
		CHECK_EQ(finding.state, FINDING_FAILED);
		CHECK(strstr(finding.sentence, "does not match the requested "
					       "domain"));
	}
	source.resource = "https://vault.localhost";
	CHECK_STR(code(), "vault-resource");
	CHECK_EQ(finding.state, FINDING_WARNING);
}

static void test_other_answers(void)
{
	begin(403, "");
	facts.challenge = NULL;
	error.answer = VAULT_E_FORBIDDEN;
	(void)snprintf(error.sentence, sizeof(error.sentence),
		       "the firewall does not list you: az keyvault x");
	CHECK_STR(code(), "vault-forbids");
	CHECK_EQ(finding.exit, FINDING_EXIT_REFUSED);
	CHECK_STR(finding.sentence, "Asked without a token, the firewall does "
				    "not list you.");
	CHECK_STR(finding.command, "az keyvault x");
	begin(503, "");
	error.answer = VAULT_E_UNAVAILABLE;
	CHECK_STR(code(), "vault-answer");
	CHECK_EQ(finding.exit, FINDING_EXIT_NETWORK);
	begin(200, "");
	CHECK_STR(code(), "vault-open");
}

static void test_addresses(void)
{
	static const struct {
		const char *info, *address;
	} cases[] = {
		{"", ""},
		{"addr=1.2.3.4", "1.2.3.4"},
		{"conn_type=Ipv6;addr=2001:db8::1;x=y", "2001:db8::1"},
		{"act_addr=1.2.3.4", ""},
		{"addr=;", ""},
		{"addr=evil", "e"},
	};
	char address[PROBE_ADDRESS_SIZE];

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		probe_address(address, cases[i].info);
		CHECK_STR(address, cases[i].address);
	}
}

int main(void)
{
	RUN(test_as_a_vault_answers);
	RUN(test_tenants);
	RUN(test_foreign_resources);
	RUN(test_other_answers);
	RUN(test_addresses);
	return check_report();
}
