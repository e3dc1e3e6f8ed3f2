/* SPDX-License-Identifier: MIT */

/* Where a form is posted, what is in it, byte for byte, and what is refused. */

#include "auth/token-endpoint.h"
#include "exchange-test.h"

#define S CLOCK_US_PER_S

static TokenEndpoint endpoint;

static int init(const char *authority, const char *client_id, bool v1)
{
	token_endpoint_done(&endpoint);
	return token_endpoint_init(&endpoint, &(CredentialConfig){
						      .authority = authority,
						      .client_id = client_id,
						      .v1 = v1,
					      });
}

static void test_authorities(void)
{
	static const char *const good[] = {
		"https://login.microsoftonline.com",
		"https://login.microsoftonline.com/",
		"https://LOGIN.microsoftonline.com:443",
	};
	static const char *const bad[] = {
		"",
		"login.microsoftonline.com",
		"http://login.microsoftonline.com",
		"https://login.microsoftonline.com/tenant",
		"https://login.microsoftonline.com//",
		"https://login.microsoftonline.com/?a=b",
		"https://login.microsoftonline.com#f",
		"https://user@login.microsoftonline.com",
		"https://",
		"https://a b",
		"ftp://login.microsoftonline.com",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(good); i++) {
		CHECK_OK(init(good[i], "c", false));
		CHECK_STR(endpoint.authority,
			  "https://login.microsoftonline.com");
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		if (init(bad[i], "c", false) != CREDENTIAL_E_UNAVAILABLE)
			CHECK_FAIL("was taken: %s", bad[i]);
		CHECK(!endpoint.authority && !endpoint.client_id);
	}
	CHECK_EQ(init(NULL, "c", false), CREDENTIAL_E_UNAVAILABLE);
	CHECK_EQ(init(good[0], "", false), CREDENTIAL_E_UNAVAILABLE);
	CHECK_EQ(init(good[0], NULL, false), CREDENTIAL_E_UNAVAILABLE);
}

static int url_of(const char *tenant)
{
	exchange.ask.tenant = tenant;
	return token_endpoint_url(&endpoint, &exchange);
}

/* The tenant may come from a challenge: it leads to no other path or host. */
static void test_tenants(void)
{
	static const char *const bad[] = {
		"",    ".",   "..", "a/b",  "a%2fb",    "a?b",  "a#b",  "a b",
		"a\n", "a:b", "@a", "a\\b", "\xc3\xa9", "adfs", "ADFS",
	};

	CHECK_OK(init("https://login.microsoftonline.com", "c", false));
	exchange_init(&exchange);
	CHECK_OK(url_of(TENANT));
	CHECK_STR(exchange.url.p, ENDPOINT);
	CHECK_OK(url_of("contoso.onmicrosoft.com"));
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		if (url_of(bad[i]) != -EINVAL)
			CHECK_FAIL("was taken: %s", bad[i]);
		/* What was there is not taken for it. */
		CHECK(!strstr(exchange.url.p, "//login.microsoftonline.com//"));
	}
	endpoint.v1 = true;
	CHECK_OK(url_of("t"));
	CHECK_STR(exchange.url.p,
		  "https://login.microsoftonline.com/t/oauth2/token");
	exchange_done(&exchange);
}

static int send_secret(bool v1, const char *secret, const char *claims)
{
	AKV_CLEANUP(secret_unrefp) Secret *bytes = NULL;
	int r = init("https://login.microsoftonline.com", "app 1&x=y", v1);

	if (r == 0)
		r = secret_new(&bytes, secret, strlen(secret));
	if (r != 0)
		return r;
	clock_freeze(NOW_US, WALL_S);
	exchange_init(&exchange);
	exchange.ask = ask_vault;
	exchange.ask.claims = claims;
	return token_endpoint_send(&endpoint, &exchange, PROOF_SECRET, bytes);
}

static void sent_done(void)
{
	let_go();
	finish();
}

static void test_a_form(void)
{
	CHECK_OK(send_secret(false, "a&b=c d+%/~\xc3\xa9", NULL));
	CHECK_STR(body_text(),
		  "client_id=app%201%26x%3Dy&client_secret=a%26b%3Dc%20d%2B%25"
		  "%2F~%C3%A9&grant_type=client_credentials&scope=https%3A%2F"
		  "%2Fvault.azure.net%2F.default");
	CHECK_STR(exchange.request.method, "POST");
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK_STR(exchange.request.content_type,
		  "application/x-www-form-urlencoded");
	CHECK_EQ(exchange.request.deadline_us, NOW_US + TIMEOUT_US);
	CHECK(!exchange.request.allow_clear && !exchange.request.no_proxy);
	CHECK(!exchange.request.authorization);
	CHECK_EQ(strlen(exchange.request_id),
		 strlen("client-request-id: ") + UUID_TEXT_SIZE - 1);
	sent_done();
	CHECK_OK(send_secret(true, "s", "{\"a\":1}"));
	CHECK_STR(body_text(),
		  "client_id=app%201%26x%3Dy&client_secret=s&grant_type="
		  "client_credentials&resource=https%3A%2F%2Fvault.azure.net&"
		  "claims=%7B%22a%22%3A1%7D");
	sent_done();
}

/* What does not fit is a fault, and no request with half of it. */
static void test_a_form_that_is_too_long(void)
{
	char *claims = malloc(BUF_MAX_FORM);

	if (!claims)
		abort();
	memset(claims, '"', BUF_MAX_FORM - 1);
	claims[BUF_MAX_FORM - 1] = '\0';
	CHECK(send_secret(false, "s", claims) < 0);
	CHECK(!exchange.request.body);
	sent_done();
	free(claims);
}

static uint64_t pause_of(int result, const char *retry_after)
{
	return response_pause_us(&(HttpResponse){
		.result = result, .status = 429, .retry_after = retry_after});
}

static void test_pauses(void)
{
	static const char *const none[] = {"",
					   "0",
					   "-1",
					   "1.5",
					   "soon",
					   " 5",
					   "5 ",
					   "86401",
					   "0x10",
					   "99999999999999999999",
					   "Sun, 06 Nov 1994 08:49:37 GMT",
					   "Sunday, 06-Nov-94 08:49:37 GMT"};

	clock_freeze(NOW_US, WALL_S);
	CHECK_EQ(pause_of(HTTP_OK, "5"), 5 * S);
	CHECK_EQ(pause_of(HTTP_OK, "86400"), 86400 * S);
	CHECK_EQ(pause_of(HTTP_OK, "Mon, 24 Nov 2025 03:00:07 GMT"), 7 * S);
	CHECK_EQ(pause_of(HTTP_OK, "Mon, 01 Dec 2025 03:00:07 GMT"), 86400 * S);
	CHECK_EQ(pause_of(HTTP_E_CONNECT, "5"), 0);
	CHECK_EQ(pause_of(HTTP_OK, NULL), 0);
	for (size_t i = 0; i < AKV_ARRAY_LEN(none); i++)
		if (pause_of(HTTP_OK, none[i]) != 0)
			CHECK_FAIL("was taken: %s", none[i]);
	clock_thaw();
}

/* Of what is not a token nothing is kept; a pause that is asked for is. */
static void test_answers(void)
{
	HttpResponse response;

	clock_freeze(NOW_US, WALL_S);
	exchange_init(&exchange);
	fake_response(
		&response,
		&(FakeAnswer){.status = 429, .body = "{}", .retry_after = "9"});
	CHECK_EQ(token_endpoint_read(&exchange, &response), EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK_EQ(exchange.retry_after_us, 9 * S);
	CHECK(exchange.token.bytes == NULL);
	fake_response(&response,
		      &(FakeAnswer){.status = 200, .body = TOKEN_ANSWER});
	CHECK_EQ(token_endpoint_read(&exchange, &response), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "the.token.itself");
	finish();
}

/* RFC 9562: 8-4-4-4-12, of version 4, and another one each time. */
static void test_uuids(void)
{
	char one[UUID_TEXT_SIZE], two[UUID_TEXT_SIZE];

	CHECK_OK(uuid_make(one));
	CHECK_OK(uuid_make(two));
	CHECK_EQ(strlen(one), 36);
	CHECK_EQ(strspn(one, "0123456789abcdef-"), 36);
	CHECK(one[8] == '-' && one[13] == '-' && one[18] == '-');
	CHECK(one[23] == '-' && one[14] == '4' && strchr("89ab", one[19]));
	CHECK(strcmp(one, two) != 0);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_authorities);
	RUN(test_tenants);
	RUN(test_a_form);
	RUN(test_a_form_that_is_too_long);
	RUN(test_pauses);
	RUN(test_answers);
	RUN(test_uuids);
	token_endpoint_done(&endpoint);
	return check_report();
}
