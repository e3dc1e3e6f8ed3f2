/* SPDX-License-Identifier: MIT */

/* What is taken from standard input for a token, and what is not. */

#include "auth/claims.h"
#include "check.h"
#include "fs/token-input.h"

static char why[256];

static int taken_n(const char *token, const char *text, size_t n)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r = token_input_take(&secret, text, n, why, sizeof(why));

	if (r == 0 && strcmp(secret_bytes(secret), token) != 0)
		return -EBADMSG;
	return r;
}

static int taken(const char *token, const char *text)
{
	return taken_n(token, text, strlen(text));
}

static void test_what_is_taken(void)
{
	CHECK_OK(taken("a.b.c", "a.b.c"));
	CHECK_OK(taken("a.b.c", "\r\n a.b.c \t\n"));
	CHECK_OK(taken("a.b.c", "Bearer a.b.c\n"));
	CHECK_OK(taken("a.b.c", "bearer a.b.c"));
	CHECK_OK(taken("Bearer", "Bearer"));
	CHECK_OK(taken("a.b.c", "{\"accessToken\":\"a.b.c\",\"tenant\":1}"));
	CHECK_OK(taken("a.b.c", "{\"token\":\"a.b.c\"}\n"));
	CHECK_OK(taken("a.b.c", "{\"access_token\":\"a.b.c\"}"));
	CHECK_OK(taken("{", "{\"token\":\"{\"}"));
}

static void test_what_is_not(void)
{
	static const char *const texts[] = {
		"",
		" \n",
		"a b",
		"a.b.c\na.b.c",
		"a\x01",
		"\xc3\xa4",
		"Bearer  a",
		"{",
		"{}",
		"{\"token\":1}",
		"{\"token\":\"a b\"}",
		"{\"token\":\"\"}",
		"{\"token\":\"a\",\"token\":\"b\"}",
		"{\"token\":\"a\"}{",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		why[0] = '\0';
		if (taken("", texts[i]) != TOKEN_INPUT_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK(why[0] != '\0');
	}
	CHECK_EQ(taken_n("", "a\0b", 3), TOKEN_INPUT_E_INVALID);
	CHECK_EQ(taken_n("", "a\0", 2), TOKEN_INPUT_E_INVALID);
	CHECK_EQ(taken_n("", "\0", 1), TOKEN_INPUT_E_INVALID);
}

static void test_the_longest(void)
{
	static char text[CLAIMS_TOKEN_MAX + 2];

	memset(text, 'a', CLAIMS_TOKEN_MAX);
	CHECK_OK(taken(text, text));
	text[CLAIMS_TOKEN_MAX] = 'a';
	CHECK_EQ(taken("", text), TOKEN_INPUT_E_INVALID);
	CHECK(strstr(why, "64 KiB"));
}

static void test_a_descriptor(void)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	AKV_FD int from = -1;
	int fds[2];

	CHECK_OK(pipe(fds));
	from = fds[0];
	CHECK_EQ(write(fds[1], "a.b.c\n", 6), 6);
	(void)close(fds[1]);
	CHECK_OK(token_input_read(&secret, from, why, sizeof(why)));
	CHECK_STR((const char *)secret_bytes(secret), "a.b.c");
	CHECK_EQ(token_input_read(&secret, -1, why, sizeof(why)), -EBADF);
}

int main(void)
{
	if (secret_heap_init(NULL, 1024 * 1024) < 0)
		return 1;
	RUN(test_what_is_taken);
	RUN(test_what_is_not);
	RUN(test_the_longest);
	RUN(test_a_descriptor);
	return check_report();
}
