/* SPDX-License-Identifier: MIT */

/* Whether an answer is a token, a pause or a sentence, for each host. */

#include <limits.h>

#include "auth/managed-answer.h"
#include "base/clock.h"
#include "base/parse.h"
#include "check.h"

#define S CLOCK_US_PER_S
#define NOW_US (1000 * S)
#define WALL_S INT64_C(1763953200)
#define ID "11111111-2222-3333-4444-555555555555"
#define TOKEN(more) "{\"access_token\":\"t\",\"expires_in\":\"3600\"" more "}"

enum { HOSTS = MANAGED_IMDS + 1, NO_MORE_TRIES = 99 };

static Exchange exchange;

static int ask(ManagedFacts facts, HttpResponse response)
{
	if (!facts.id)
		facts.id = "";
	if (!response.body)
		response.body = "";
	response.body_size = strlen(response.body);
	exchange_done(&exchange);
	exchange_init(&exchange);
	return managed_answer(&exchange, &facts, &response);
}

static int says(enum managed_host host, int status, const char *body)
{
	return ask((ManagedFacts){.host = host, .tries = NO_MORE_TRIES},
		   (HttpResponse){.status = status, .body = body});
}

static int first_try(enum managed_host host, int status,
		     const char *retry_after)
{
	return ask((ManagedFacts){.host = host, .tries = 1},
		   (HttpResponse){.status = status,
				  .body = "{}",
				  .retry_after = retry_after});
}

static void test_a_token(void)
{
	for (int host = 0; host < HOSTS; host++) {
		CHECK_EQ(says((enum managed_host)host, 200, TOKEN("")),
			 EXCHANGE_E_TOKEN);
		CHECK_STR(secret_bytes(exchange.token.bytes), "t");
		CHECK_EQ(exchange.token.expires_us, NOW_US + 3600 * S);
		/* Not of a status that no token comes with. */
		CHECK_EQ(says((enum managed_host)host, 201, TOKEN("")),
			 EXCHANGE_E_FAILED);
		CHECK(exchange.token.bytes == NULL);
	}
}

/* Never an empty one, or one that would end the header it goes into. */
static void test_what_is_no_token(void)
{
	static const char *const bodies[] = {
		"{}",
		"{\"access_token\":\"\",\"expires_in\":\"3600\"}",
		"{\"access_token\":\" \",\"expires_in\":\"3600\"}",
		"{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":\"3600\"}",
		"{\"access_token\":\"\xc3\xa9\",\"expires_in\":\"3600\"}",
		"{\"access_token\":null,\"expires_in\":\"3600\"}",
		"{\"access_token\":[\"t\"],\"expires_in\":\"3600\"}",
		"{\"access_token\":\"t\",\"access_token\":\"u\","
		"\"expires_in\":\"3600\"}",
		"{\"access_token\":\"t\"}",
		"{\"access_token\":\"t\",\"expires_in\":\"0\"}",
		"{\"access_token\":\"t\",\"expires_in\":\"-1\"}",
		"{\"access_token\":\"t\",\"expires_in\":\"999999999999\"}",
		"{\"access_token\":\"t\",\"expires_on\":\"yesterday\"}",
		TOKEN(",\"token_type\":\"pop\""),
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		int r = says(MANAGED_APP_SERVICE, 200, bodies[i]);

		if (r != EXCHANGE_E_FAILED || exchange.token.bytes)
			CHECK_FAIL("was taken: %s", bodies[i]);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_INVALID);
		CHECK(ascii_is_printable(exchange.failure.sentence));
	}
}

/* A portal that answers for an address that is nobody's is no metadata
 * service; who is configured and does not speak JSON is broken. */
static void test_what_is_not_json(void)
{
	static const char *const bodies[] = {"",      "<html>",      "[]",
					     "\"t\"", TOKEN("") "x", "{\"a\":"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		CHECK_EQ(says(MANAGED_IMDS, 200, bodies[i]),
			 EXCHANGE_E_UNAVAILABLE);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_INVALID);
		CHECK(strstr(exchange.failure.sentence, "NO_PROXY") != NULL);
		CHECK_EQ(says(MANAGED_APP_SERVICE, 200, bodies[i]),
			 EXCHANGE_E_FAILED);
	}
}

/* What passes, by host, while there are tries left. */
static void test_what_passes(void)
{
	static const int everywhere[] = {408, 429, 500, 502, 503, 504};
	static const int on_imds[] = {404, 410, 501, 505, 508, 510, 511};
	static const int nowhere[] = {200, 204, 302, 400, 401, 403, 405, 409};

	for (int host = 0; host < HOSTS; host++) {
		enum managed_host at = (enum managed_host)host;
		int there =
			at == MANAGED_IMDS ? MANAGED_AGAIN : EXCHANGE_E_FAILED;

		for (size_t i = 0; i < AKV_ARRAY_LEN(everywhere); i++)
			CHECK_EQ(first_try(at, everywhere[i], ""),
				 MANAGED_AGAIN);
		for (size_t i = 0; i < AKV_ARRAY_LEN(on_imds); i++)
			CHECK_EQ(first_try(at, on_imds[i], ""), there);
		for (size_t i = 0; i < AKV_ARRAY_LEN(nowhere); i++)
			CHECK(first_try(at, nowhere[i], "") != MANAGED_AGAIN);
	}
}

static void test_when_to_ask_again(void)
{
	uint64_t least_us = managed_pause_us(MANAGED_IMDS, 1, 0);

	CHECK_EQ(first_try(MANAGED_IMDS, 503, ""), MANAGED_AGAIN);
	CHECK_EQ(exchange.until_us, NOW_US + least_us);
	/* As long as it asks for, and no shorter than we would wait. */
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "30"), MANAGED_AGAIN);
	CHECK_EQ(exchange.until_us, NOW_US + 30 * S);
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "0"), MANAGED_AGAIN);
	CHECK_EQ(exchange.until_us, NOW_US + least_us);
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "Mon, 24 Nov 2025 03:00:20 GMT"),
		 MANAGED_AGAIN);
	CHECK_EQ(exchange.until_us, NOW_US + 20 * S);
	/* Nobody waits that long in one sign-in: it is handed on. */
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "61"), EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.retry_after_us, 61 * S);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
	/* And no server sends us away for ever. */
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "86401"), MANAGED_AGAIN);
	CHECK_EQ(exchange.until_us, NOW_US + least_us);
	CHECK_EQ(first_try(MANAGED_IMDS, 429, "Fri, 31 Dec 9999 23:59:59 GMT"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.retry_after_us, 86400 * S);
}

static void test_no_answer(void)
{
	const HttpResponse none = {.result = HTTP_E_CONNECT,
				   .reason = "Connection refused\x1b[2J\n"};

	for (int host = 0; host < HOSTS; host++) {
		ManagedFacts facts = {.host = (enum managed_host)host,
				      .tries = 1};

		CHECK_EQ(ask(facts, none), MANAGED_AGAIN);
		facts.tries = NO_MORE_TRIES;
		CHECK_EQ(ask(facts, none), facts.host == MANAGED_IMDS
						   ? EXCHANGE_E_UNAVAILABLE
						   : EXCHANGE_E_FAILED);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_UNREACHABLE);
		CHECK_EQ(exchange.failure.result, HTTP_E_CONNECT);
		CHECK(strstr(exchange.failure.sentence,
			     "(Connection refused?[2J)") != NULL);
	}
}

/* Each host has its own way to say what is wrong. */
static void test_the_words(void)
{
	static const struct {
		const char *body, *error, *words;
	} rows[] = {
		{"{\"error\":\"e\",\"error_description\":\"why\"}", "e",
		 "(HTTP 400 e): why"},
		{"{\"error\":{\"code\":\"c\",\"message\":\"why\"}}", "c",
		 "(HTTP 400 c): why"},
		{"{\"statusCode\":500,\"message\":\"why\"}", "",
		 "(HTTP 400): why"},
		{"{\"error\":{\"code\":7,\"message\":null}}", "", "(HTTP 400)"},
		{"{\"error\":\"a\\u001b[31m\\n\"}", "a?[31m",
		 "(HTTP 400 a?[31m)"},
		{"{}", "", "(HTTP 400)"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_EQ(says(MANAGED_CLOUD_SHELL, 400, rows[i].body),
			 EXCHANGE_E_FAILED);
		CHECK_STR(exchange.failure.error, rows[i].error);
		if (!strstr(exchange.failure.sentence, rows[i].words))
			CHECK_FAIL("%s", exchange.failure.sentence);
	}
}

/* However much it has to say. */
static void test_long_words(void)
{
	char body[4096], word[1500];

	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	(void)snprintf(body, sizeof(body),
		       "{\"error\":\"%s\",\"error_description\":\"%s\"}", word,
		       word);
	CHECK_EQ(says(MANAGED_SERVICE_FABRIC, 400, body), EXCHANGE_E_FAILED);
	CHECK(strlen(exchange.failure.error) < sizeof(exchange.failure.error));
	CHECK(strstr(exchange.failure.sentence, "www...") != NULL);
}

/* Arc names the identity of its token; who does not is too old to be
 * believed, and its token is another identity's. */
static void test_arc_names_its_identity(void)
{
	static const struct {
		const char *body;
		int r;
	} rows[] = {
		{TOKEN(",\"client_id\":\"" ID "\""), EXCHANGE_E_TOKEN},
		{TOKEN(",\"client_id\":\"" ID " \""), EXCHANGE_E_FAILED},
		{TOKEN(",\"client_id\":\"other\""), EXCHANGE_E_FAILED},
		{TOKEN(",\"object_id\":\"" ID "\""), EXCHANGE_E_FAILED},
		{TOKEN(",\"client_id\":[\"" ID "\"]"), EXCHANGE_E_FAILED},
		{TOKEN(",\"client_id\":\"" ID "\",\"client_id\":\"" ID "\""),
		 EXCHANGE_E_FAILED},
		{TOKEN(""), EXCHANGE_E_FAILED},
	};
	ManagedFacts facts = {.host = MANAGED_ARC,
			      .id_name = "client_id",
			      .id = ID,
			      .tries = NO_MORE_TRIES};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		HttpResponse response = {.status = 200, .body = rows[i].body};

		if (ask(facts, response) != rows[i].r)
			CHECK_FAIL("%s", rows[i].body);
		CHECK((exchange.token.bytes != NULL) ==
		      (rows[i].r == EXCHANGE_E_TOKEN));
	}
	/* The others do not. */
	facts.host = MANAGED_APP_SERVICE;
	CHECK_EQ(ask(facts, (HttpResponse){.status = 200, .body = TOKEN("")}),
		 EXCHANGE_E_TOKEN);
}

/* The pauses grow, have a most, and end. */
static void test_pauses(void)
{
	for (int host = 0; host < HOSTS; host++) {
		enum managed_host at = (enum managed_host)host;
		uint64_t before_us = 0;
		unsigned tries = 1;

		CHECK_EQ(managed_pause_us(at, 0, 0), 0);
		for (; managed_pause_us(at, tries, 0) > 0; tries++) {
			uint64_t us = managed_pause_us(at, tries, 0);

			CHECK(us >= before_us && us <= 60 * S);
			CHECK(managed_pause_us(at, tries, UINT32_MAX) >= us);
			CHECK(tries < 10);
			before_us = us;
		}
		CHECK(tries > 1);
		CHECK_EQ(managed_pause_us(at, UINT_MAX, UINT32_MAX), 0);
	}
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	clock_freeze(NOW_US, WALL_S);
	exchange_init(&exchange);
	RUN(test_a_token);
	RUN(test_what_is_no_token);
	RUN(test_what_is_not_json);
	RUN(test_what_passes);
	RUN(test_when_to_ask_again);
	RUN(test_no_answer);
	RUN(test_the_words);
	RUN(test_long_words);
	RUN(test_arc_names_its_identity);
	RUN(test_pauses);
	exchange_done(&exchange);
	clock_thaw();
	return check_report();
}
