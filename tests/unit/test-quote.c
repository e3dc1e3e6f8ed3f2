/* SPDX-License-Identifier: MIT */

#include "auth/quote.h"
#include "check.h"

#define QUOTE(ret, text) quote_text(ret, sizeof(ret), text, strlen(text))

static void test_plain_text_stays(void)
{
	char text[32];

	QUOTE(text, "Secret not found: a");
	CHECK_STR(text, "Secret not found: a");
	QUOTE(text, "");
	CHECK_STR(text, "");
	quote_text(text, sizeof(text), NULL, 0);
	CHECK_STR(text, "");
	quote_text(text, sizeof(text), "abcdef", 3);
	CHECK_STR(text, "abc");
}

static void test_lines_become_one(void)
{
	char text[32];

	QUOTE(text, "\r\n a\r\n\r\nb\tc \r\n");
	CHECK_STR(text, "a b c");
}

/* A terminal must not be driven by a server. */
static void test_what_is_not_printable(void)
{
	char text[32];

	QUOTE(text, "a\x1b[2Jb\x7f\x01");
	CHECK_STR(text, "a?[2Jb??");
	QUOTE(text, "sch\xc3\xb6n");
	CHECK_STR(text, "sch??n");
}

static void test_a_cut_is_shown(void)
{
	char text[8];
	char tiny[3];
	char one[1];

	QUOTE(text, "1234567");
	CHECK_STR(text, "1234567");
	QUOTE(text, "12345678");
	CHECK_STR(text, "1234...");
	QUOTE(tiny, "1234");
	CHECK_STR(tiny, "12");
	QUOTE(one, "1");
	CHECK_STR(one, "");
}

int main(void)
{
	RUN(test_plain_text_stays);
	RUN(test_lines_become_one);
	RUN(test_what_is_not_printable);
	RUN(test_a_cut_is_shown);
	return check_report();
}
