/* SPDX-License-Identifier: MIT */

#include "auth/doctor-config.h"
#include "check.h"

static ConfigVariable variables[] = {
	{"AZURE_TENANT_ID", true},
	{"AZURE_CLIENT_ID", true},
	{"AZURE_CLIENT_SECRET", true},
	{"AZURE_FEDERATED_TOKEN_FILE", false},
};

static ConfigFacts facts_of_a_good_one(void)
{
	for (size_t i = 0; i < 3; i++)
		variables[i].is_set = true;
	variables[3].is_set = false;
	return (ConfigFacts){
		.host = "demo.vault.azure.net",
		.vault = "demo",
		.cloud = cloud_by_name("public"),
		.resource = "https://vault.azure.net",
		.wanted = "https://vault.azure.net",
		.auth = "auto",
		.preference = "",
		.authority = "",
		.tenant = "",
		.connect_to = "",
		.suffix = "vault.azure.net",
		.variables = variables,
		.n_variables = AKV_ARRAY_LEN(variables),
	};
}

static Finding finding;

static void test_a_good_one(void)
{
	ConfigFacts facts = facts_of_a_good_one();

	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-ok");
	CHECK_STR(finding.sentence,
		  "the vault demo of the cloud public, auth=auto");
	CHECK_STR(finding_fact_text(&finding, "set"),
		  "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET");
	CHECK_STR(finding_fact_text(&finding, "unset"),
		  "AZURE_FEDERATED_TOKEN_FILE");
	facts.token_given = true;
	doctor_config(&finding, &facts);
	CHECK(strstr(finding.sentence, "a token from elsewhere"));
}

static void test_faults(void)
{
	ConfigFacts facts = facts_of_a_good_one();

	facts.auth_fault = "there is no such way to sign in";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-auth");
	CHECK_EQ(finding.exit, FINDING_EXIT_USAGE);
	facts.option_fault = "option x";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-option");
	facts.source_fault = "this is not a vault name";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-source");
	CHECK_STR(finding.sentence, "This is not a vault name.");
	CHECK(finding.command[0] != '\0');
	CHECK(!finding_fact_text(&finding, "host"));
}

static void test_oddities(void)
{
	ConfigFacts facts = facts_of_a_good_one();

	facts.resource = "https://vault.azure.net/";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-resource");
	CHECK_EQ(finding.state, FINDING_WARNING);

	facts = facts_of_a_good_one();
	facts.authority = "https://login.microsoftonline.us/";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-authority");
	facts.authority = "https://login.microsoftonline.com/";
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-ok");

	facts = facts_of_a_good_one();
	variables[1].is_set = false;
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-incomplete");
	CHECK(strstr(finding.sentence, "AZURE_CLIENT_SECRET is set"));
	variables[2].is_set = false;
	doctor_config(&finding, &facts);
	CHECK_STR(finding.code, "config-ok");
}

int main(void)
{
	RUN(test_a_good_one);
	RUN(test_faults);
	RUN(test_oddities);
	return check_report();
}
