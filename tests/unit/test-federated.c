/* SPDX-License-Identifier: MIT */

/* A managed identity's token becomes an application's assertion. */

#include "auth/federated.h"
#include "exchange-test.h"

#define AUDIENCE "api://AzureADTokenExchange"

static CredentialConfig config_of(void)
{
	return (CredentialConfig){
		.kind = "federated",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.exchange_audience = AUDIENCE,
		.managed = {.client_id = "identity-1"},
	};
}

static void test_two_requests(void)
{
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	TokenAsk ask = ask_vault;

	ask.claims = "{}";
	CHECK_OK(federated_ops.new(&credential, &config));
	CHECK_STR(credential->identity, "app-1");
	CHECK_OK(start(credential, &ask));
	CHECK_STR(exchange.request.url,
		  "http://169.254.169.254/metadata/identity/oauth2/token"
		  "?api-version=2018-02-01&resource=api%3A%2F%2F"
		  "AzureADTokenExchange&client_id=identity-1");
	CHECK_OK(respond(credential, 200,
			 "{\"access_token\":\"m.i.t\",\"expires_in\":\"60\"}"));
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK(!exchange.request.allow_clear && !exchange.request.no_proxy);
	CHECK(strstr(body_text(), "client_id=app-1&") != NULL);
	CHECK(strstr(body_text(), "&client_assertion=m.i.t&") != NULL);
	CHECK(strstr(body_text(),
		     "&scope=https%3A%2F%2Fvault.azure.net%2F.default") !=
	      NULL);
	CHECK(strstr(body_text(), "&claims=%7B%7D") != NULL);
	CHECK_EQ(respond(credential, 200, TOKEN_ANSWER), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "the.token.itself");
	finish();
}

static void test_each_may_fail(void)
{
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(federated_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 400,
			 "{\"error\":\"invalid_request\","
			 "\"error_description\":\"Identity not found\"}"),
		 EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "identity-1") != NULL);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200,
			 "{\"access_token\":\"m.i.t\",\"expires_in\":\"60\"}"));
	CHECK_EQ(respond(credential, 400,
			 "{\"error\":\"invalid_client\","
			 "\"error_codes\":[70021]}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.failure.code, 70021);
	finish();
}

/* What is no token of the identity is nobody's assertion. */
static void test_what_is_no_assertion(void)
{
	static const char *const bodies[] = {
		"{\"access_token\":\"\",\"expires_in\":\"60\"}",
		"{\"access_token\":\"a b\",\"expires_in\":\"60\"}",
		"{\"access_token\":\"a&client_id=b\"}",
		"<html>",
		"{}",
	};
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(federated_ops.new(&credential, &config));
	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK(respond(credential, 200, bodies[i]) > EXCHANGE_E_TOKEN);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_INVALID);
		CHECK(exchange.request.body == NULL);
		CHECK(exchange.token.bytes == NULL);
		finish();
	}
	/* Whatever is in it, it stays one field of the form. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200,
			 "{\"access_token\":\"a&client_id=b\","
			 "\"expires_in\":\"60\"}"));
	CHECK(strstr(body_text(), "&client_assertion=a%26client_id%3Db&") !=
	      NULL);
	finish();
}

static void test_no_answer_at_all(void)
{
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(federated_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200,
			 "{\"access_token\":\"m.i.t\",\"expires_in\":\"60\"}"));
	CHECK_EQ(respond_with(credential,
			      &(FakeAnswer){.result = HTTP_E_TIMEOUT}),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK(exchange.token.bytes == NULL);
	finish();
}

static void test_not_configured(void)
{
	CredentialConfig config = config_of();
	Credential *credential = NULL;

	config.client_id = "";
	CHECK_EQ(federated_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of();
	config.exchange_audience = NULL;
	CHECK_EQ(federated_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_two_requests);
	RUN(test_each_may_fail);
	RUN(test_what_is_no_assertion);
	RUN(test_no_answer_at_all);
	RUN(test_not_configured);
	return check_report();
}
