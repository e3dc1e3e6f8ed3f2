/* SPDX-License-Identifier: MIT */

/* Words that may be asked for, and those that could be something else. */

#include "auth/errand.h"
#include "check.h"

static bool is_valid(enum errand_kind kind, const char *a, const char *b,
		     const char *c)
{
	Errand errand = {.kind = kind, .words = {a, b, c}};

	return errand_is_valid(&errand);
}

#define RESOURCE "https://vault.azure.net"

static void test_what_may_be_asked(void)
{
	CHECK(is_valid(ERRAND_CERTIFICATE, NULL, NULL, NULL));
	CHECK(is_valid(ERRAND_TOKEN_FILE, NULL, NULL, NULL));
	CHECK(is_valid(ERRAND_ARC_KEY, "0a-1b_2c.key", NULL, NULL));
	CHECK(is_valid(ERRAND_AZ, RESOURCE, "", NULL));
	CHECK(is_valid(ERRAND_AZ, RESOURCE, "contoso.com", NULL));
	CHECK(is_valid(ERRAND_AZD, RESOURCE, "t-1", "eyJhIjoxfQ=="));
	CHECK(is_valid(ERRAND_AZD, RESOURCE, "", ""));
	CHECK(is_valid(ERRAND_SHOW, "open https://a and type B", NULL, NULL));
}

static void test_words_that_do_not_belong(void)
{
	CHECK(!is_valid((enum errand_kind)0, NULL, NULL, NULL));
	CHECK(!is_valid((enum errand_kind)99, NULL, NULL, NULL));
	CHECK(!is_valid(ERRAND_CERTIFICATE, "/etc/shadow", NULL, NULL));
	CHECK(!is_valid(ERRAND_TOKEN_FILE, "/etc/shadow", NULL, NULL));
	CHECK(!is_valid(ERRAND_ARC_KEY, NULL, NULL, NULL));
	CHECK(!is_valid(ERRAND_ARC_KEY, "a.key", "b", NULL));
	CHECK(!is_valid(ERRAND_AZ, NULL, NULL, NULL));
	CHECK(!is_valid(ERRAND_AZ, RESOURCE, NULL, NULL));
	CHECK(!is_valid(ERRAND_AZ, RESOURCE, "", "claims"));
	CHECK(!is_valid(ERRAND_SHOW, "", NULL, NULL));
	CHECK(!is_valid(ERRAND_SHOW, "a\x1b[2J", NULL, NULL));
}

static void test_words_that_are_something_else(void)
{
	static const char *const keys[] = {
		".key",        "a.KEY",   "a.key.", "../a.key", "a/b.key",
		"a.key\n.key", "a b.key", "",       "a.txt",    "a%2f.key",
		"-.key",       "-a.key",  "_a.key"};
	static const char *const words[] = {"--debug", "-o", "a b",  "a;b",
					    "$(id)",   "a'", "a\"b", "a\nb",
					    "`id`",    ""};

	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		if (is_valid(ERRAND_ARC_KEY, keys[i], NULL, NULL))
			CHECK_FAIL("was taken: %s", keys[i]);
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (is_valid(ERRAND_AZ, words[i], "", NULL) ||
		    (words[i][0] &&
		     (is_valid(ERRAND_AZ, RESOURCE, words[i], NULL) ||
		      is_valid(ERRAND_AZD, RESOURCE, "", words[i]))))
			CHECK_FAIL("was taken: %s", words[i]);
	}
	/* What ends a name is not looked for behind it. */
	CHECK(arc_key_name_is_valid("a.key"));
	CHECK(!is_valid(ERRAND_AZD, RESOURCE, "a:b", ""));
}

static void test_there_and_back(void)
{
	Errand errand = {.kind = ERRAND_AZD,
			 .words = {RESOURCE, "", "eyJhIjoxfQ=="}};
	char text[ERRAND_PACKED_SIZE];
	Errand back;

	CHECK_OK(errand_pack(text, &errand));
	CHECK_STR(text, RESOURCE "\n\neyJhIjoxfQ==");
	errand_unpack(&back, ERRAND_AZD, text);
	CHECK_STR(back.words[0], RESOURCE);
	CHECK_STR(back.words[1], "");
	CHECK_STR(back.words[2], "eyJhIjoxfQ==");
	CHECK(errand_is_valid(&back));
	errand = (Errand){.kind = ERRAND_TOKEN_FILE};
	CHECK_OK(errand_pack(text, &errand));
	errand_unpack(&back, ERRAND_TOKEN_FILE, text);
	CHECK(errand_is_valid(&back));
}

static void test_too_long(void)
{
	char word[ERRAND_PACKED_SIZE];
	char text[ERRAND_PACKED_SIZE] = "x";
	Errand errand = {.kind = ERRAND_SHOW, .words = {word}};

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CHECK_EQ(errand_pack(text, &errand), -EMSGSIZE);
	CHECK_STR(text, "x");
	word[sizeof(word) - 2] = '\0';
	CHECK_OK(errand_pack(text, &errand));
}

int main(void)
{
	RUN(test_what_may_be_asked);
	RUN(test_words_that_do_not_belong);
	RUN(test_words_that_are_something_else);
	RUN(test_there_and_back);
	RUN(test_too_long);
	return check_report();
}
