/* SPDX-License-Identifier: MIT */

/* Answers that authorities give, and those that only look like one. */

#include "auth/token-response.h"
#include "base/clock.h"
#include "check.h"

#define S CLOCK_US_PER_S
#define NOW (5000 * S)
#define WALL INT64_C(1763953200)

static AuthFailure failure;

static int read_body(Token *ret, int status, const char *body)
{
	HttpResponse response = {
		.result = HTTP_OK,
		.status = status,
		.body = body,
		.body_size = strlen(body),
	};

	*ret = (Token){0};
	return token_response_read(ret, &failure, &response, NOW, WALL);
}

static void test_v2(void)
{
	Token token;

	CHECK_OK(read_body(&token, 200,
			   "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
			   "\"ext_expires_in\":3599,\"access_token\":"
			   "\"eyJ0.eyJh.c2ln\"}"));
	CHECK_STR(secret_bytes(token.bytes), "eyJ0.eyJh.c2ln");
	CHECK_EQ(secret_size(token.bytes), 14);
	CHECK_EQ(token.issued_us, NOW);
	CHECK_EQ(token.expires_us, NOW + 3599 * S);
	token_done(&token);
	CHECK(token.bytes == NULL);
}

static void test_v1_has_strings(void)
{
	Token token;

	CHECK_OK(read_body(&token, 200,
			   "{\"token_type\":\"Bearer\",\"expires_in\":\"3599\","
			   "\"ext_expires_in\":\"3599\",\"expires_on\":"
			   "\"1763955200\",\"not_before\":\"1763953199\","
			   "\"resource\":\"https://vault.azure.net\","
			   "\"access_token\":\"a\",\"refresh_token\":\"\"}"));
	CHECK_EQ(token.expires_us, NOW + 2000 * S);
	token_done(&token);
}

static void test_refresh_in(void)
{
	Token token;

	CHECK_OK(read_body(&token, 200,
			   "{\"expires_in\":86399,\"refresh_in\":43199,"
			   "\"access_token\":\"a\"}"));
	CHECK_EQ(token.refresh_us, NOW + 43199 * S);
	token_done(&token);
}

/* App Service of 2017 wrote a date; this one is 1800 s after WALL. */
static void test_a_date_is_a_time(void)
{
	Token token;

	CHECK_OK(read_body(&token, 200,
			   "{\"expires_on\":\"11/24/2025 03:30:00 AM +00:00\","
			   "\"access_token\":\"a\"}"));
	CHECK_EQ(token.expires_us, NOW + 1800 * S);
	token_done(&token);
	CHECK_EQ(read_body(&token, 200,
			   "{\"expires_on\":\"tomorrow\","
			   "\"access_token\":\"a\"}"),
		 TOKEN_RESPONSE_E_INVALID);
	/* Where the answer says nothing of use, the token does. */
	CHECK_OK(read_body(&token, 200,
			   "{\"expires_on\":\"tomorrow\",\"access_token\":"
			   "\"e30.eyJleHAiOjE3NjM5NTM4MDB9.c2ln\"}"));
	CHECK_EQ(token.expires_us, NOW + 600 * S);
	token_done(&token);
}

static void test_what_is_no_token(void)
{
	static const char *const bodies[] = {
		"",
		"<html>please log in</html>",
		"[]",
		"\"a\"",
		"{}",
		"{\"expires_in\":3599}",
		"{\"expires_in\":3599,\"access_token\":\"\"}",
		"{\"expires_in\":3599,\"access_token\":7}",
		"{\"expires_in\":3599,\"access_token\":null}",
		"{\"expires_in\":3599,\"access_token\":\"a b\"}",
		"{\"expires_in\":3599,\"access_token\":\"a\\r\\nX: y\"}",
		"{\"expires_in\":3599,\"access_token\":\"\xc3\xb6\"}",
		"{\"expires_in\":3599,\"access_token\":\"a\","
		"\"access_token\":\"b\"}",
		"{\"expires_in\":3599,\"access_token\":\"a\","
		"\"token_type\":\"pop\"}",
		"{\"access_token\":\"a\"}",
		"{\"expires_in\":-1,\"access_token\":\"a\"}",
		"{\"expires_in\":1e30,\"access_token\":\"a\"}",
		"{\"expires_in\":3599,\"access_token\":\"a\"}x",
		"{\"Access_Token\":\"a\",\"expires_in\":3599}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		Token token;

		if (read_body(&token, 200, bodies[i]) !=
		    TOKEN_RESPONSE_E_INVALID)
			CHECK_FAIL("was taken: %s", bodies[i]);
		CHECK(token.bytes == NULL);
		CHECK(strstr(failure.sentence, "HTTP 200") != NULL);
	}
}

static void test_a_wrong_secret(void)
{
	Token token;

	CHECK_EQ(read_body(&token, 401,
			   "{\"error\":\"invalid_client\",\"error_description\""
			   ":\"AADSTS7000215: Invalid client secret provided."
			   "\\r\\nTrace ID: x\",\"error_codes\":[7000215],"
			   "\"timestamp\":\"2026-11-24 03:00:00Z\","
			   "\"trace_id\":\"trace-1\",\"correlation_id\":"
			   "\"correlation-1\",\"error_uri\":\"https://x\"}"),
		 TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(failure.status, 401);
	CHECK_EQ(failure.code, 7000215);
	CHECK_STR(failure.error, "invalid_client");
	CHECK_STR(failure.trace_id, "trace-1");
	CHECK_STR(failure.correlation_id, "correlation-1");
	CHECK_STR(failure.timestamp, "2026-11-24 03:00:00Z");
	CHECK(strstr(failure.sentence, "AADSTS7000215") != NULL);
	CHECK(strstr(failure.sentence, "AZURE_CLIENT_SECRET") != NULL);
}

static void test_a_number_that_is_only_in_the_text(void)
{
	Token token;

	CHECK_EQ(read_body(&token, 400,
			   "{\"error\":\"invalid_request\",\"error_description"
			   "\":\"AADSTS900023: Specified tenant identifier\"}"),
		 TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(failure.code, 900023);
	CHECK(strstr(failure.sentence, "AZURE_TENANT_ID") != NULL);
}

/* Then the authority's own first line is the best there is. */
static void test_an_unknown_number(void)
{
	Token token;

	CHECK_EQ(read_body(&token, 400,
			   "{\"error\":\"invalid_grant\",\"error_description\":"
			   "\"AADSTS999: What\\u001b[2J happened.\\r\\n"
			   "Trace ID: y\"}"),
		 TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(failure.code, 999);
	CHECK(strstr(failure.sentence, "AADSTS999: What?[2J happened.") !=
	      NULL);
	CHECK(strstr(failure.sentence, "Trace ID") == NULL);
}

static void test_try_later(void)
{
	static const int statuses[] = {408, 429, 500, 502, 503, 504};
	Token token;

	for (size_t i = 0; i < AKV_ARRAY_LEN(statuses); i++) {
		CHECK_EQ(read_body(&token, statuses[i], "<html>"),
			 TOKEN_RESPONSE_E_UNREACHABLE);
		CHECK_EQ(read_body(&token, statuses[i], ""),
			 TOKEN_RESPONSE_E_UNREACHABLE);
		CHECK(failure.sentence[0] != '\0');
	}
	CHECK_EQ(read_body(&token, 400,
			   "{\"error\":\"temporarily_unavailable\","
			   "\"error_codes\":[90033]}"),
		 TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK(strstr(failure.sentence, "busy") != NULL);
}

/* A login page, a redirect to one, a captive portal. */
static void test_not_an_authority(void)
{
	static const int statuses[] = {204, 302, 400, 403, 404, 407};
	Token token;

	for (size_t i = 0; i < AKV_ARRAY_LEN(statuses); i++) {
		CHECK_EQ(read_body(&token, statuses[i], "<html>"),
			 TOKEN_RESPONSE_E_INVALID);
		CHECK_EQ(failure.status, statuses[i]);
	}
	CHECK_EQ(read_body(&token, 400, "{\"message\":\"no\"}"),
		 TOKEN_RESPONSE_E_INVALID);
}

static void test_no_answer(void)
{
	HttpResponse response = {
		.result = HTTP_E_RESOLVE,
		.body = "",
		.reason = "Could not resolve host: login.example",
	};
	Token token = {0};

	CHECK_EQ(token_response_read(&token, &failure, &response, NOW, WALL),
		 TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK_EQ(failure.result, HTTP_E_RESOLVE);
	CHECK_EQ(failure.status, 0);
	CHECK(strstr(failure.sentence, "login.example") != NULL);
	response.reason = "";
	CHECK_EQ(token_response_read(&token, &failure, &response, NOW, WALL),
		 TOKEN_RESPONSE_E_UNREACHABLE);
	CHECK(strstr(failure.sentence, "()") == NULL);
}

/* A body of an error is never quoted whole, whatever it is. */
static void test_nothing_long_or_strange_is_kept(void)
{
	char body[4096];
	Token token;

	(void)snprintf(body, sizeof(body),
		       "{\"error\":\"%0200d\",\"trace_id\":\"%0200d\","
		       "\"correlation_id\":\"\\u0007\\u009b\","
		       "\"error_description\":\"%01000d\","
		       "\"error_codes\":[1e99,\"x\"]}",
		       1, 2, 3);
	CHECK_EQ(read_body(&token, 400, body), TOKEN_RESPONSE_E_REFUSED);
	CHECK(strlen(failure.error) < sizeof(failure.error));
	CHECK_STR(failure.correlation_id, "???");
	CHECK_EQ(failure.code, 0);
	CHECK(strlen(failure.sentence) < 400);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_v2);
	RUN(test_v1_has_strings);
	RUN(test_refresh_in);
	RUN(test_a_date_is_a_time);
	RUN(test_what_is_no_token);
	RUN(test_a_wrong_secret);
	RUN(test_a_number_that_is_only_in_the_text);
	RUN(test_an_unknown_number);
	RUN(test_try_later);
	RUN(test_not_an_authority);
	RUN(test_no_answer);
	RUN(test_nothing_long_or_strange_is_kept);
	return check_report();
}
