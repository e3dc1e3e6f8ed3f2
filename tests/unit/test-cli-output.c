/* SPDX-License-Identifier: MIT */

/* What each tool has printed over its versions, and what is no token. */

#include "auth/cli-output.h"
#include "base/clock.h"
#include "check.h"

#define NOW_US (1000 * CLOCK_US_PER_S)
#define WALL_S INT64_C(1763953200) /* 2025-11-24 03:00:00 UTC */
/* {"exp":1763953800} */
#define JWT "e30.eyJleHAiOjE3NjM5NTM4MDB9.c2ln"

static Token token;

static int read_text(enum cli_tool tool, const char *text)
{
	token_done(&token);
	token = (Token){0};
	return cli_token_read(&token, tool, text, strlen(text), NOW_US, WALL_S);
}

static int64_t life_s(void)
{
	return (int64_t)((token.expires_us - NOW_US) / CLOCK_US_PER_S);
}

static void test_az(void)
{
	/* Since 2.54: the number counts, not the local time beside it. */
	CHECK_OK(read_text(CLI_AZ,
			   "{\"accessToken\":\"t\",\"expires_on\":1763956800,"
			   "\"expiresOn\":\"1999-01-01 00:00:00.000000\","
			   "\"tenant\":\"x\",\"tokenType\":\"Bearer\"}"));
	CHECK_STR(secret_bytes(token.bytes), "t");
	CHECK_EQ(life_s(), 3600);
	/* Before: the token itself says it, whatever summer time did. */
	CHECK_OK(read_text(CLI_AZ,
			   "{\"accessToken\":\"" JWT "\",\"expiresOn\":"
			   "\"1999-01-01 00:00:00.000000\",\"expiresIn\":7}"));
	CHECK_EQ(life_s(), 600);
	/* An opaque token: local time is all there is. */
	CHECK_OK(read_text(CLI_AZ, "{\"accessToken\":\"t\",\"expiresOn\":"
				   "\"2025-11-24 03:30:00.000000\"}"));
	CHECK_EQ(life_s(), 1800);
}

static void test_azd(void)
{
	CHECK_OK(read_text(CLI_AZD, "{\"token\":\"t\",\"expiresOn\":"
				    "\"2025-11-24T04:00:00Z\"}"));
	CHECK_EQ(life_s(), 3600);
	CHECK_OK(read_text(CLI_AZD, "{\"token\":\"" JWT "\"}"));
	CHECK_EQ(life_s(), 600);
}

static void test_what_is_no_token(void)
{
	static const char *const texts[] = {
		"",
		"ERROR: Please run 'az login'",
		"[]",
		"{}",
		"{\"accessToken\":\"t\"}",
		"{\"accessToken\":\"\",\"expires_on\":1763956800}",
		"{\"accessToken\":\"a b\",\"expires_on\":1763956800}",
		"{\"accessToken\":7,\"expires_on\":1763956800}",
		"{\"accessToken\":\"t\",\"expires_on\":1763953199}",
		"{\"accessToken\":\"t\",\"expires_on\":1763956800}{}",
		("{\"accessToken\":\"t\",\"accessToken\":\"u\","
		 "\"expires_on\":1763956800}"),
		"{\"token\":\"t\",\"expiresOn\":\"2025-11-24T04:00:00Z\"}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		if (read_text(CLI_AZ, texts[i]) != CLI_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK(token.bytes == NULL);
	}
}

/* Local time without a zone, where an hour is there twice or not at all. */
static void test_summer_time(void)
{
	static const struct {
		const char *text;
		int64_t least, most; /* seconds since 1970 */
	} rows[] = {
		/* 02:30 is once at 00:30 UTC and once at 01:30 UTC. */
		{"2026-10-25 02:30:00.000000", 1792888200, 1792891800},
		/* 02:30 is not there: 01:30 or 00:30 UTC. */
		{"2026-03-29 02:30:00.000000", 1774744200, 1774747800},
		{"2026-07-01 12:00:00", 1782900000, 1782900000},
		{"2026-01-01 12:00:00", 1767265200, 1767265200},
	};

	CHECK_OK(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1));
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char text[128];
		int64_t wall_s;

		(void)snprintf(text, sizeof(text),
			       "{\"accessToken\":\"t\",\"expiresOn\":\"%s\"}",
			       rows[i].text);
		token_done(&token);
		wall_s = rows[i].least - 7200;
		CHECK_OK(cli_token_read(&token, CLI_AZ, text, strlen(text),
					NOW_US, wall_s));
		CHECK(wall_s + life_s() >= rows[i].least);
		CHECK(wall_s + life_s() <= rows[i].most);
	}
	CHECK_OK(setenv("TZ", "UTC", 1));
}

/* Ends that cannot be, and tokens of a size that no header takes. */
static void test_what_cannot_be(void)
{
	static const char *const ends[] = {
		"\"expires_on\":-1",
		"\"expires_on\":1e300",
		"\"expires_on\":\"9007199254740993\"",
		"\"expires_on\":1763956800.5",
		"\"expires_on\":null",
		"\"expiresOn\":\"9999-12-31 23:59:59.999999\"",
		"\"expiresOn\":\"1969-12-31 23:59:59.999999\"",
		"\"expiresOn\":\"2025-11-24T03:30:00\"",
		"\"expiresOn\":1763956800",
	};
	static char text[70 * 1024];

	for (size_t i = 0; i < AKV_ARRAY_LEN(ends); i++) {
		(void)snprintf(text, sizeof(text), "{\"accessToken\":\"t\",%s}",
			       ends[i]);
		if (read_text(CLI_AZ, text) != CLI_E_INVALID)
			CHECK_FAIL("was taken: %s", ends[i]);
		CHECK(token.bytes == NULL);
	}
	(void)snprintf(
		text, sizeof(text),
		"{\"expires_on\":1763956800,\"accessToken\":\"%066000d\"}", 0);
	CHECK_EQ(read_text(CLI_AZ, text), CLI_E_INVALID);
	/* An end that no token says of itself, and one that it does. */
	CHECK_EQ(read_text(CLI_AZD, "{\"token\":\"opaque\"}"), CLI_E_INVALID);
	CHECK_EQ(read_text(CLI_AZD, "{\"token\":\"e30.e30.c2ln\"}"),
		 CLI_E_INVALID);
}

static void test_long_errors(void)
{
	char words[CLI_ERROR_SIZE], said[2000];

	memset(said, 'w', sizeof(said) - 1);
	said[sizeof(said) - 1] = '\0';
	cli_error_read(words, CLI_AZ, said);
	CHECK_EQ(strlen(words), CLI_ERROR_SIZE - 1);
	CHECK(strstr(words, "w...") != NULL);
	cli_error_read(words, CLI_AZD, "{\"error\":7,\"data\":{}}");
	CHECK_STR(words, "{\"error\":7,\"data\":{}}");
	cli_error_read(words, CLI_AZD, "{\"error\":\"a\\u001b]0;b\\u0007\"}");
	CHECK_STR(words, "a?]0;b?");
	/* Of several lines of JSON, each is one object: shown as they are. */
	cli_error_read(words, CLI_AZD, "{\"error\":\"a\"}\n{\"error\":\"b\"}");
	CHECK_STR(words, "{\"error\":\"a\"} {\"error\":\"b\"}");
}

static void test_errors(void)
{
	char words[CLI_ERROR_SIZE];

	cli_error_read(words, CLI_AZ, "ERROR: Please run\n 'az login'.\x1b\n");
	CHECK_STR(words, "ERROR: Please run 'az login'.?");
	cli_error_read(words, CLI_AZD, "{\"error\":\"not logged in\"}");
	CHECK_STR(words, "not logged in");
	cli_error_read(words, CLI_AZD,
		       "{\"type\":\"consoleMessage\",\"data\":{\"message\":"
		       "\"run azd auth login\"}}");
	CHECK_STR(words, "run azd auth login");
	cli_error_read(words, CLI_AZD, "plain");
	CHECK_STR(words, "plain");
	cli_error_read(words, CLI_AZD, "");
	CHECK_STR(words, "");
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0 || setenv("TZ", "UTC", 1) != 0)
		return 1;
	RUN(test_az);
	RUN(test_azd);
	RUN(test_what_is_no_token);
	RUN(test_summer_time);
	RUN(test_what_cannot_be);
	RUN(test_errors);
	RUN(test_long_errors);
	token_done(&token);
	return check_report();
}
