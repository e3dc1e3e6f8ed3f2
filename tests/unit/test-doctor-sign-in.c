/* SPDX-License-Identifier: MIT */

#include "auth/doctor-sign-in.h"
#include "check.h"

#define VAULT_RESOURCE "https://vault.azure.net"

static Finding finding;
static AuthFailure failure;
static SignInFacts facts;

static void begin(int result)
{
	failure = (AuthFailure){
		.status = 400,
		.error = "invalid_client",
		.correlation_id = "c-1",
		.sentence = "the authority refused to sign in",
	};
	facts = (SignInFacts){
		.kind = "secret",
		.name = "client secret",
		.identity = "app-1",
		.client_id = "app-1",
		.tenant = "tenant-1",
		.resource = VAULT_RESOURCE,
		.wanted = VAULT_RESOURCE,
		.host = "demo.vault.azure.net",
		.alone = true,
		.result = result,
		.reason = "it is not set up",
		.failure = &failure,
		.waited_s = 20,
	};
}

static const char *code(void)
{
	doctor_sign_in(&finding, &facts);
	return finding.code;
}

static void test_a_token(void)
{
	begin(SIGN_IN_RESULT_OK);
	CHECK_STR(code(), "sign-in-ok");
	CHECK_STR(finding.sentence, "client secret gives a token");
	CHECK_STR(finding_fact_text(&finding, "identity"), "app-1");
	CHECK_STR(finding_fact_text(&finding, "auth"), "secret");
	CHECK(!finding_fact_text(&finding, "correlation_id"));
	doctor_sign_in_unused(&finding, "Azure CLI");
	CHECK_STR(finding.code, "sign-in-unused");
	CHECK_EQ(finding.state, FINDING_OK);
}

static void test_refusals(void)
{
	begin(TOKEN_RESPONSE_E_REFUSED);
	CHECK_STR(code(), "sign-in-refused");
	CHECK_STR(finding.sentence, "The authority refused to sign in.");
	CHECK_EQ(finding.exit, FINDING_EXIT_AUTHENTICATION);
	failure.code = 7000222;
	CHECK_STR(code(), "sign-in-aadsts");
	CHECK_STR(finding.command,
		  "az ad app credential reset --append --id app-1");
	CHECK_STR(finding_fact_text(&finding, "aadsts"), "7000222");
	CHECK_STR(finding_fact_text(&finding, "correlation_id"), "c-1");
}

static void test_a_wrong_resource(void)
{
	begin(TOKEN_RESPONSE_E_REFUSED);
	failure.code = 500011;
	CHECK_STR(code(), "sign-in-aadsts");
	facts.resource = "https://demo.vault.azure.net";
	CHECK_STR(code(), "sign-in-resource");
	CHECK(strstr(finding.sentence, "https://demo.vault.azure.net"));
	CHECK(strstr(finding.sentence, "AADSTS500011"));
	CHECK(strstr(finding.command, "resource=" VAULT_RESOURCE));
}

static void test_a_federated_credential_that_does_not_match(void)
{
	Claims presented = {
		.issuer = "https://issuer",
		.subject = "repo:a",
		.audience = "api://x",
	};

	begin(TOKEN_RESPONSE_E_REFUSED);
	facts.presented = &presented;
	failure.code = 700213;
	CHECK_STR(code(), "sign-in-federation");
	CHECK(strstr(
		finding.sentence,
		"the issuer \"https://issuer\", the subject \"repo:a\" and "
		"the audience \"api://x\"."));
	CHECK_STR(finding.command,
		  "az ad app federated-credential list --id app-1");
	failure.code = 7000215;
	CHECK_STR(code(), "sign-in-aadsts");
}

static void test_no_answer(void)
{
	begin(TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK_STR(code(), "sign-in-unreachable");
	CHECK_EQ(finding.exit, FINDING_EXIT_NETWORK);
	begin(TOKEN_RESPONSE_E_INVALID);
	CHECK_STR(code(), "sign-in-invalid");
	begin(SIGN_IN_RESULT_LATE);
	failure.status = 502;
	CHECK_STR(code(), "sign-in-late");
	CHECK(strstr(finding.sentence, "HTTP 502"));
	facts.failure = NULL;
	CHECK_STR(code(), "sign-in-late");
	CHECK_STR(finding.sentence,
		  "No token came by client secret in 20 seconds.");
	facts.failure = &failure;
	failure = (AuthFailure){.result = HTTP_E_CONNECT};
	CHECK_STR(code(), "sign-in-late");
	CHECK(strstr(finding.sentence, "(the connection failed)"));
	begin(-EACCES);
	facts.failure = NULL;
	CHECK_STR(code(), "sign-in-fault");
	begin(SIGN_IN_RESULT_NO_TENANT);
	CHECK_EQ((code(), finding.state), FINDING_SKIPPED);
}

/* In a chain, what is not there is no failure. */
static void test_a_source_that_is_not_there(void)
{
	static const int results[] = {TOKEN_RESPONSE_E_REFUSED,
				      TOKEN_RESPONSE_E_UNREACHABLE,
				      TOKEN_RESPONSE_E_INVALID};

	for (size_t i = 0; i < AKV_ARRAY_LEN(results); i++) {
		begin(results[i]);
		failure.absent = true;
		CHECK_STR(code(), "sign-in-absent");
		CHECK_EQ(finding.state, FINDING_FAILED);
		facts.alone = false;
		CHECK_STR(code(), "sign-in-absent");
		CHECK_EQ(finding.state, FINDING_SKIPPED);
	}
	begin(SIGN_IN_RESULT_NOT_SET_UP);
	CHECK_STR(code(), "sign-in-absent");
	CHECK_STR(finding.sentence, "It is not set up.");
	CHECK(!finding_fact_text(&finding, "identity"));
	doctor_sign_in_none(&finding, "tenant-1");
	CHECK_STR(finding.code, "sign-in-none");
	CHECK_STR(finding.command, "az login --tenant tenant-1");
	doctor_sign_in_none(&finding, "");
	CHECK_STR(finding.command, "az login");
}

static void test_what_to_run_for_other_kinds(void)
{
	begin(TOKEN_RESPONSE_E_REFUSED);
	facts.kind = "cli";
	CHECK_STR((code(), finding.command), "az login --tenant tenant-1");
	facts.kind = "azd";
	CHECK_STR((code(), finding.command), "azd auth login");
	facts.kind = "managed";
	CHECK(strstr((code(), finding.command), "169.254.169.254"));
	(void)snprintf(failure.sentence, sizeof(failure.sentence),
		       "this machine has several user-assigned identities");
	CHECK(strstr((code(), finding.command), "az vm identity show"));
}

int main(void)
{
	RUN(test_a_token);
	RUN(test_refusals);
	RUN(test_a_wrong_resource);
	RUN(test_a_federated_credential_that_does_not_match);
	RUN(test_no_answer);
	RUN(test_a_source_that_is_not_there);
	RUN(test_what_to_run_for_other_kinds);
	return check_report();
}
