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
	RUN(test_errors);
	token_done(&token);
	return check_report();
}
