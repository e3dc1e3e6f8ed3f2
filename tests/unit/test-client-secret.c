/* SPDX-License-Identifier: MIT */

/* The form that is posted, byte for byte, and when the secret is open. */

#include "auth/client-secret.h"
#include "auth/token-endpoint.h"
#include "exchange-test.h"

static CredentialConfig config_of(Store *store)
{
	return (CredentialConfig){
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = store_of(store),
	};
}

static void test_v2(void)
{
	Store store = {.secret = "a~b.c+d&e%f=g"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_STR(credential->name, "client secret");
	CHECK_STR(credential->identity, "app-1");
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.act, EXCHANGE_REQUEST);
	CHECK_STR(exchange.request.method, "POST");
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK_STR(exchange.request.content_type,
		  "application/x-www-form-urlencoded");
	CHECK(exchange.request.authorization == NULL);
	CHECK(exchange.request.secret_header == NULL);
	CHECK(!exchange.request.allow_clear && !exchange.request.pinned);
	CHECK_EQ(exchange.request.deadline_us, NOW_US + TIMEOUT_US);
	CHECK_STR(body_text(),
		  "client_id=app-1&client_secret=a~b.c%2Bd%26e%25f%3Dg"
		  "&grant_type=client_credentials"
		  "&scope=https%3A%2F%2Fvault.azure.net%2F.default");
	CHECK_EQ(respond(credential, 200, TOKEN_ANSWER), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "the.token.itself");
	finish();
}

static void test_v1(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	config.v1 = true;
	config.authority = "https://login.chinacloudapi.cn/";
	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.url,
		  "https://login.chinacloudapi.cn/" TENANT "/oauth2/token");
	CHECK_STR(body_text(), "client_id=app-1&client_secret=s"
			       "&grant_type=client_credentials"
			       "&resource=https%3A%2F%2Fvault.azure.net");
	finish();
}

static void test_claims(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	TokenAsk ask = ask_vault;

	ask.claims = "{\"a\":1}";
	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask));
	CHECK(strstr(body_text(), "&claims=%7B%22a%22%3A1%7D") != NULL);
	finish();
}

/* "client-request-id: " and a version 4 UUID, another each time. */
static void test_headers(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	const char *const *headers = exchange.request.headers;
	char first[80];

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(headers[0], "Accept: application/json");
	CHECK(strncmp(headers[1], "client-request-id: ", 19) == 0);
	CHECK_EQ(strlen(headers[1]), 19 + 36);
	CHECK_EQ(headers[1][19 + 14], '4');
	CHECK(strchr("89ab", headers[1][19 + 19]) != NULL);
	CHECK(headers[2] == NULL);
	(void)snprintf(first, sizeof(first), "%s", headers[1]);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK(strcmp(first, headers[1]) != 0);
	finish();
}

static void test_a_refusal(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 401,
			 "{\"error\":\"invalid_client\","
			 "\"error_codes\":[7000215]}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(exchange.failure.code, 7000215);
	CHECK_EQ(exchange.retry_after_us, 0);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond_with(credential, &(FakeAnswer){.status = 429,
							.body = "{}",
							.retry_after = "7"}),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK_EQ(exchange.retry_after_us, 7 * CLOCK_US_PER_S);
	finish();
	/* A date is as good; this one is 60 s after WALL_S. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond_with(
			 credential,
			 &(FakeAnswer){
				 .status = 503,
				 .body = "{}",
				 .retry_after = "Mon, 24 Nov 2025 03:01:00 GMT",
			 }),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.retry_after_us, 60 * CLOCK_US_PER_S);
	finish();
}

/* Between requests nothing of the secret is held. */
static void test_the_secret_is_opened_for_each_form(void)
{
	Store store = {.secret = "old"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	size_t used = secret_heap_used();
	unsigned opened;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_EQ(secret_heap_used(), used);
	opened = store.opened;
	store.secret = "new";
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(store.opened, opened + 1);
	CHECK(strstr(body_text(), "client_secret=new&") != NULL);
	let_go();
	CHECK_EQ(secret_heap_used(), used);
	finish();
}

static void test_the_secret_goes_away(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	store.secret = NULL;
	CHECK_EQ(start(credential, &ask_vault), EXCHANGE_E_UNAVAILABLE);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK(strstr(exchange.failure.sentence, "client secret") != NULL);
	finish();
	store.fault = -EIO;
	CHECK_EQ(start(credential, &ask_vault), -EIO);
	finish();
}

static void test_tenants_that_are_none(void)
{
	static const char *const tenants[] = {"",    "..",   "a/b",
					      "a?b", "adfs", "a%2fb"};
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	for (size_t i = 0; i < AKV_ARRAY_LEN(tenants); i++) {
		TokenAsk ask = ask_vault;

		ask.tenant = tenants[i];
		CHECK_EQ(start(credential, &ask), -EINVAL);
		finish();
	}
}

static void test_not_configured(void)
{
	static const char *const authorities[] = {
		"http://login.microsoftonline.com", "login.microsoftonline.com",
		"https://login.microsoftonline.com/tenant",
		"https://login.microsoftonline.com/?a=b", ""};
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	Credential *credential = NULL;

	CHECK_OK(authority_check("https://login.microsoftonline.com/"));
	for (size_t i = 0; i < AKV_ARRAY_LEN(authorities); i++) {
		config.authority = authorities[i];
		CHECK_EQ(authority_check(authorities[i]), AUTHORITY_E_INVALID);
		CHECK_EQ(client_secret_ops.new(&credential, &config),
			 CREDENTIAL_E_UNAVAILABLE);
	}
	config = config_of(&store);
	config.client_id = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.client_id = "";
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of(&store);
	store.secret = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	store.secret = "";
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.client_secret.open = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_v2);
	RUN(test_v1);
	RUN(test_claims);
	RUN(test_headers);
	RUN(test_a_refusal);
	RUN(test_the_secret_is_opened_for_each_form);
	RUN(test_the_secret_goes_away);
	RUN(test_tenants_that_are_none);
	RUN(test_not_configured);
	return check_report();
}
