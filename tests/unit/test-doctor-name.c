/* SPDX-License-Identifier: MIT */

#include "auth/doctor-name.h"
#include "check.h"

#define HOST "demo.vault.azure.net"
#define LINK "demo.privatelink.vaultcore.azure.net"

static Finding finding;

static NameFacts facts_of(const char *canonical, const char *address)
{
	NameFacts facts = {
		.host = HOST,
		.vault = "demo",
		.cloud = "public",
		.connect_to = "",
		.reason = "",
		.n_addresses = address ? 1 : 0,
	};

	(void)snprintf(facts.canonical, sizeof(facts.canonical), "%s",
		       canonical);
	(void)snprintf(facts.addresses[0], NAME_ADDRESS_SIZE, "%s",
		       address ? address : "");
	return facts;
}

static void test_private_addresses(void)
{
	static const struct {
		const char *address;
		bool is_private;
	} cases[] = {
		{"10.0.0.1", true},
		{"11.0.0.1", false},
		{"172.16.0.1", true},
		{"172.31.255.255", true},
		{"172.32.0.1", false},
		{"192.168.1.1", true},
		{"192.169.1.1", false},
		{"100.64.0.1", true},
		{"100.128.0.1", false},
		{"127.0.0.1", true},
		{"169.254.169.254", true},
		{"20.50.1.2", false},
		{"::1", true},
		{"fd00::1", true},
		{"fe80::1", true},
		{"2603:1020::1", false},
		{"::ffff:10.1.2.3", true},
		{"::ffff:20.1.2.3", false},
		{"nonsense", false},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++)
		if (address_is_private(cases[i].address) != cases[i].is_private)
			CHECK_FAIL("%s", cases[i].address);
}

static void test_where_it_leads(void)
{
	static const struct {
		const char *canonical, *address, *code;
		enum finding_state state;
	} cases[] = {
		{HOST, "20.50.1.2", "dns-public", FINDING_OK},
		{"", "20.50.1.2", "dns-public", FINDING_OK},
		{LINK, "10.0.0.5", "dns-private", FINDING_OK},
		{LINK, "20.50.1.2", "dns-private-zone", FINDING_WARNING},
		{HOST, NULL, "dns-unanswered", FINDING_FAILED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		NameFacts facts =
			facts_of(cases[i].canonical, cases[i].address);

		doctor_name(&finding, &facts);
		CHECK_STR(finding.code, cases[i].code);
		CHECK_EQ(finding.state, cases[i].state);
	}
}

static void test_the_alias_is_shown(void)
{
	NameFacts facts = facts_of(LINK, "20.50.1.2");

	doctor_name(&finding, &facts);
	CHECK_STR(finding_fact_text(&finding, "alias"), LINK);
	CHECK_STR(finding_fact_text(&finding, "addresses"), "20.50.1.2");
	CHECK(strstr(finding.sentence, "privatelink.vaultcore.azure.net"));
	CHECK(strstr(finding.command, "az network private-dns"));
}

static void test_no_such_name(void)
{
	NameFacts facts = facts_of("", NULL);

	facts.answer = NAME_ABSENT;
	doctor_name(&finding, &facts);
	CHECK_STR(finding.code, "dns-absent");
	CHECK_EQ(finding.exit, FINDING_EXIT_NETWORK);
	CHECK(strstr(finding.sentence, "deleted"));
	CHECK(strstr(finding.sentence, "private DNS zone"));
	CHECK_STR(finding.command, "az keyvault list --query \"[?name=='demo']."
				   "properties.vaultUri\" --output tsv");
	facts.proxied = true;
	doctor_name(&finding, &facts);
	CHECK_STR(finding.code, "dns-proxy");
	CHECK_EQ(finding.state, FINDING_OK);
	facts.answer = NAME_UNKNOWN;
	doctor_name(&finding, &facts);
	CHECK_EQ(finding.state, FINDING_OK);
	facts.proxied = false;
	facts.reason = "Temporary failure";
	doctor_name(&finding, &facts);
	CHECK_STR(finding.code, "dns-unanswered");
	CHECK(strstr(finding.sentence, "Temporary failure"));
	facts.connect_to = "127.0.0.1:8443";
	doctor_name(&finding, &facts);
	CHECK_EQ(finding.state, FINDING_SKIPPED);
}

int main(void)
{
	RUN(test_private_addresses);
	RUN(test_where_it_leads);
	RUN(test_the_alias_is_shown);
	RUN(test_no_such_name);
	return check_report();
}
