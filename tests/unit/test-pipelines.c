/* SPDX-License-Identifier: MIT */

/* The job's assertion, and that nothing of a body is ever repeated. */

#include "auth/pipelines.h"
#include "exchange-test.h"

static Store system_token = {.secret = "job-token"};

static CredentialConfig config_of(void)
{
	return (CredentialConfig){
		.kind = "pipelines",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.oidc_uri = "https://vstoken.dev.azure.com/o/_apis/oidctoken",
		.service_connection = "c 1",
		.system_token = store_of(&system_token),
	};
}

static void test_two_requests(void)
{
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(pipelines_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.method, "POST");
	CHECK_STR(exchange.request.url,
		  "https://vstoken.dev.azure.com/o/_apis/oidctoken"
		  "?api-version=7.1&serviceConnectionId=c%201");
	CHECK_STR(exchange.request.content_type, "application/json");
	CHECK_STR(exchange.request.headers[1],
		  "X-TFS-FedAuthRedirect: Suppress");
	CHECK_STR(secret_bytes(exchange.request.secret_header),
		  "Authorization: Bearer job-token");
	CHECK(exchange.request.body != NULL);
	CHECK_STR(body_text(), "");
	CHECK_OK(respond(credential, 200, "{\"oidcToken\":\"o.i.d\"}"));
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK(exchange.request.secret_header == NULL);
	CHECK(strstr(body_text(), "&client_assertion=o.i.d&") != NULL);
	CHECK_EQ(respond(credential, 200, TOKEN_ANSWER), EXCHANGE_E_TOKEN);
	finish();
}

static void test_answers_that_are_none(void)
{
	static const struct {
		int status;
		const char *body;
		int result;
	} rows[] = {
		{200, "{\"oidcToken\":\"secret.value\",\"x\":1}}",
		 TOKEN_RESPONSE_E_REFUSED},
		{200, "{\"oidcToken\":\"secret value\"}",
		 TOKEN_RESPONSE_E_REFUSED},
		{200, "{\"oidcToken\":\"secret\\r\\nX: y\"}",
		 TOKEN_RESPONSE_E_REFUSED},
		{200, "{\"oidcToken\":\"\"}", TOKEN_RESPONSE_E_REFUSED},
		{200, "{\"oidcToken\":[\"secret\"]}", TOKEN_RESPONSE_E_REFUSED},
		{200, "{\"oidcToken\":\"secret\",\"oidcToken\":\"b\"}",
		 TOKEN_RESPONSE_E_REFUSED},
		{200, "", TOKEN_RESPONSE_E_REFUSED},
		{204, "", TOKEN_RESPONSE_E_REFUSED},
		{429, "secret", TOKEN_RESPONSE_E_UNREACHABLE},
		{200, "{}", TOKEN_RESPONSE_E_REFUSED},
		{302, "secret", TOKEN_RESPONSE_E_REFUSED},
		{401, "secret", TOKEN_RESPONSE_E_REFUSED},
		{503, "secret", TOKEN_RESPONSE_E_UNREACHABLE},
	};
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(pipelines_ops.new(&credential, &config));
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_EQ(respond(credential, rows[i].status, rows[i].body),
			 EXCHANGE_E_FAILED);
		CHECK_EQ(exchange.result, rows[i].result);
		CHECK_EQ(exchange.failure.status, rows[i].status);
		CHECK(!strstr(exchange.failure.sentence, "secret"));
		CHECK(strstr(exchange.failure.sentence, "SYSTEM_ACCESSTOKEN"));
		finish();
	}
}

static void test_no_answer(void)
{
	CredentialConfig config = config_of();
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(pipelines_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond_with(credential,
			      &(FakeAnswer){.result = HTTP_E_CONNECT,
					    .reason = "refused\x1b[2J"}),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK_EQ(exchange.failure.result, HTTP_E_CONNECT);
	CHECK(strstr(exchange.failure.sentence, "refused?[2J") != NULL);
	finish();
	/* The second of two: the authority's own words are said. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200, "{\"oidcToken\":\"o.i.d\"}"));
	CHECK_EQ(respond(credential, 401,
			 "{\"error\":\"invalid_client\",\"error_codes\":"
			 "[700213]}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.failure.code, 700213);
	CHECK(exchange.token.bytes == NULL);
	finish();
}

static void test_not_configured(void)
{
	CredentialConfig config = config_of();
	Credential *credential = NULL;
	Store empty = {0};

	config.oidc_uri = "http://vstoken.dev.azure.com/";
	CHECK_EQ(pipelines_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.oidc_uri = "https://vstoken.dev.azure.com/?a=b";
	CHECK_EQ(pipelines_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of();
	config.service_connection = "";
	CHECK_EQ(pipelines_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of();
	config.system_token = store_of(&empty);
	CHECK_EQ(pipelines_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of();
	config.client_id = NULL;
	CHECK_EQ(pipelines_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_two_requests);
	RUN(test_answers_that_are_none);
	RUN(test_no_answer);
	RUN(test_not_configured);
	return check_report();
}
