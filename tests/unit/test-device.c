/* SPDX-License-Identifier: MIT */

/* The code is shown, the answer is waited for, and kept in memory only. */

#include "auth/device.h"
#include "exchange-test.h"

#define S CLOCK_US_PER_S
#define CODE                                                          \
	"{\"user_code\":\"ABCD\",\"device_code\":\"d-1\","            \
	"\"verification_uri\":\"https://microsoft.com/devicelogin\"," \
	"\"expires_in\":60,\"interval\":5,\"message\":"               \
	"\"Open a page\\nand enter ABCD\"}"

static char kept[64];

static int kept_open(AKV_UNUSED void *data, Secret **ret)
{
	return kept[0] ? secret_new(ret, kept, strlen(kept)) : -ENOENT;
}

static int kept_put(AKV_UNUSED void *data, const Secret *secret)
{
	(void)snprintf(kept, sizeof(kept), "%s",
		       secret ? (const char *)secret_bytes(secret) : "");
	return 0;
}

static Credential *credential;

static void begin(void)
{
	CredentialConfig config = {
		.kind = "device",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.v1 = true,
		.refresh_token = {.open = kept_open, .put = kept_put},
	};

	if (device_ops.new(&credential, &config) != 0)
		abort();
	kept[0] = '\0';
}

static void end(void)
{
	finish();
	credential = credential_free(credential);
}

/* Up to the first poll. */
static void shown(void)
{
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.url,
		  "https://login.microsoftonline.com/" TENANT
		  "/oauth2/v2.0/devicecode");
	CHECK_STR(body_text(),
		  "client_id=app-1&scope=https%3A%2F%2Fvault.azure.net%2F"
		  ".default%20offline_access");
	CHECK_OK(respond(credential, 200, CODE));
	CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
	CHECK_EQ(exchange.errand.kind, ERRAND_SHOW);
	CHECK_STR(exchange.errand.words[0], "Open a page and enter ABCD");
	CHECK_OK(answer(credential, 0, 0, NULL, NULL));
	CHECK_EQ(exchange.act, EXCHANGE_PAUSE);
	CHECK_EQ(exchange.until_us, NOW_US + 5 * S);
	CHECK_OK(pause_over(credential));
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK_STR(body_text(),
		  "client_id=app-1&grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
		  "grant-type%3Adevice_code&device_code=d-1");
}

static void test_a_person_signs_in(void)
{
	begin();
	shown();
	CHECK_OK(respond(credential, 400,
			 "{\"error\":\"authorization_pending\"}"));
	CHECK_EQ(exchange.until_us, NOW_US + 10 * S);
	CHECK_OK(pause_over(credential));
	CHECK_OK(respond(credential, 400, "{\"error\":\"slow_down\"}"));
	CHECK_EQ(exchange.until_us, NOW_US + 20 * S);
	CHECK_OK(pause_over(credential));
	CHECK_OK(respond_with(credential,
			      &(FakeAnswer){.result = HTTP_E_CONNECT}));
	CHECK_OK(pause_over(credential));
	CHECK_EQ(respond(credential, 200,
			 "{\"access_token\":\"t\",\"expires_in\":3599,"
			 "\"token_type\":\"Bearer\",\"refresh_token\":"
			 "\"r-1\"}"),
		 EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "t");
	CHECK_STR(kept, "r-1");
	finish();
	/* From then on nobody is asked. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.url, ENDPOINT);
	CHECK_STR(body_text(),
		  "client_id=app-1&scope=https%3A%2F%2Fvault.azure.net%2F"
		  ".default%20offline_access&grant_type=refresh_token"
		  "&refresh_token=r-1");
	CHECK_EQ(respond(credential, 200,
			 "{\"access_token\":\"u\",\"expires_in\":3599,"
			 "\"refresh_token\":\"r-2\"}"),
		 EXCHANGE_E_TOKEN);
	CHECK_STR(kept, "r-2");
	end();
}

static void test_a_refresh_token_that_is_over(void)
{
	begin();
	(void)snprintf(kept, sizeof(kept), "r-1");
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 503, "{}"), EXCHANGE_E_FAILED);
	CHECK_STR(kept, "r-1");
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 400,
			 "{\"error\":\"invalid_grant\",\"error_codes\":"
			 "[700082]}"));
	CHECK_STR(kept, "");
	CHECK(strstr(exchange.request.url, "/devicecode") != NULL);
	end();
}

static void test_nobody_signs_in(void)
{
	begin();
	shown();
	clock_freeze(NOW_US + 61 * S, WALL_S);
	CHECK_EQ(respond(credential, 400,
			 "{\"error\":\"authorization_pending\"}"),
		 EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "nobody signed in") != NULL);
	finish();
	shown();
	CHECK_EQ(respond(credential, 400,
			 "{\"error\":\"authorization_declined\"}"),
		 EXCHANGE_E_FAILED);
	CHECK_STR(exchange.failure.error, "authorization_declined");
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200, CODE));
	CHECK_EQ(answer(credential, -ENOTTY, 0, NULL, NULL), EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "no terminal") != NULL);
	end();
}

static void test_no_code(void)
{
	static const char *const bodies[] = {
		"{}", "[]", "{\"device_code\":\"\"}", "{\"device_code\":\"d\"}",
		TOKEN_ANSWER};

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_EQ(respond(credential, 200, bodies[i]),
			 EXCHANGE_E_FAILED);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_INVALID);
		finish();
	}
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 400,
			 "{\"error\":\"invalid_client\",\"error_codes\":"
			 "[7000218]}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.failure.code, 7000218);
	end();
}

/* Neither an answer that has us ask without a pause, nor one that has us wait
 * for ever. */
static void test_times_that_cannot_be(void)
{
	static const struct {
		const char *times;
		uint64_t pause_s, life_s;
	} rows[] = {
		{"\"interval\":0,\"expires_in\":0", 5, 900},
		{"\"interval\":-1,\"expires_in\":-1", 5, 900},
		{"\"interval\":1e9,\"expires_in\":1e12", 60, 900},
		{"\"interval\":1e400,\"expires_in\":[]", 5, 900},
		{"\"interval\":\"7\",\"expires_in\":\"70\"", 7, 70},
		{"\"interval\":7,\"interval\":8,\"expires_in\":null", 5, 900},
		{"\"interval\":\"soon\"", 5, 900},
	};

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char body[256];

		(void)snprintf(body, sizeof(body),
			       "{\"device_code\":\"d\",\"message\":\"m\",%s}",
			       rows[i].times);
		CHECK_OK(start(credential, &ask_vault));
		if (respond(credential, 200, body) == EXCHANGE_E_FAILED) {
			/* A number that no JSON reader of ours takes. */
			CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_INVALID);
			finish();
			continue;
		}
		CHECK_EQ(exchange.interval_us, rows[i].pause_s * S);
		CHECK_EQ(exchange.end_us, NOW_US + rows[i].life_s * S);
		finish();
	}
	end();
}

/* What is shown to a person moves no cursor and is not without end. */
static void test_words_for_a_person(void)
{
	char body[2048], long_word[1200];

	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200,
			 "{\"device_code\":\"d\",\"message\":"
			 "\"\\u001b[2Ja\\r\\nb\\u202e\"}"));
	CHECK(errand_is_valid(&exchange.errand));
	CHECK(strstr(exchange.errand.words[0], "?[2Ja b?") != NULL);
	finish();
	memset(long_word, 'w', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	(void)snprintf(body, sizeof(body),
		       "{\"device_code\":\"d\",\"message\":\"%s\"}", long_word);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200, body));
	CHECK(errand_is_valid(&exchange.errand));
	CHECK(strlen(exchange.errand.words[0]) < ERRAND_PACKED_SIZE);
	end();
}

/* Without words of its own, the code is shown with ours. */
static void test_no_message(void)
{
	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond(credential, 200,
			 "{\"user_code\":\"AB\",\"device_code\":\"d\","
			 "\"verification_uri\":\"https://x/y\"}"));
	CHECK_STR(exchange.errand.words[0],
		  "To sign in, open https://x/y and enter the code AB");
	CHECK(errand_is_valid(&exchange.errand));
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_a_person_signs_in);
	RUN(test_a_refresh_token_that_is_over);
	RUN(test_nobody_signs_in);
	RUN(test_no_code);
	RUN(test_times_that_cannot_be);
	RUN(test_words_for_a_person);
	RUN(test_no_message);
	return check_report();
}
