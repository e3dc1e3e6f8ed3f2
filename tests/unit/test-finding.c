/* SPDX-License-Identifier: MIT */

/* What a stage says, fit for a terminal whoever it came from. */

#include "auth/finding.h"
#include "check.h"

static Finding finding;

static void test_a_failure(void)
{
	finding_init(&finding, "dns");
	CHECK_STR(finding.stage, "dns");
	finding_failed(&finding, FINDING_EXIT_NETWORK, "dns-absent",
		       "no %s here", "name");
	finding_command(&finding, "getent hosts %s", "a");
	CHECK_EQ(finding.state, FINDING_FAILED);
	CHECK_EQ(finding.exit, 3);
	CHECK_STR(finding.code, "dns-absent");
	CHECK_STR(finding.sentence, "No name here.");
	CHECK_STR(finding.command, "getent hosts a");
}

/* Who says better takes the command back, too. */
static void test_a_later_word_counts(void)
{
	test_a_failure();
	finding_ok(&finding, "dns-ok", "all is well");
	CHECK_EQ(finding.state, FINDING_OK);
	CHECK_EQ(finding.exit, 0);
	CHECK_STR(finding.command, "");
	finding_warning(&finding, "dns-odd", "odd");
	CHECK_STR(finding_state_text(finding.state), "warning");
	finding_skipped(&finding, "dns-not", "not asked");
	CHECK_STR(finding_state_text(finding.state), "skipped");
}

static void test_text_of_the_network(void)
{
	finding_init(&finding, "tls");
	finding_ok(&finding, "tls-ok", "%s", "a\x1b[2Jb\nc");
	CHECK_STR(finding.sentence, "a?[2Jb c");
	finding_fact(&finding, "issuer", "%s", "x\x07y");
	CHECK_STR(finding_fact_text(&finding, "issuer"), "x?y");
}

static void test_whole_sentences(void)
{
	static const struct {
		const char *said, *whole;
	} cases[] = {
		{"it fails", "It fails."},
		{"It fails.", "It fails."},
		{"az is old", "az is old."},
		{"azd is old", "azd is old."},
		{"azure", "Azure."},
		{"", ""},
		{"\"x\" fails", "\"x\" fails."},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		finding_failed(&finding, FINDING_EXIT_USAGE, "x", "%s",
			       cases[i].said);
		CHECK_STR(finding.sentence, cases[i].whole);
	}
}

static void test_facts(void)
{
	char long_text[2000];

	finding_init(&finding, "token");
	finding_fact(&finding, "empty", "%s", "");
	CHECK_EQ(finding.n_facts, 0);
	CHECK(!finding_fact_text(&finding, "empty"));
	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	finding_fact(&finding, "long", "%s", long_text);
	CHECK_EQ(strlen(finding_fact_text(&finding, "long")),
		 FINDING_FACT_SIZE - 1);
	for (int i = 0; i < 2 * FINDING_FACTS_MAX; i++)
		finding_fact(&finding, "many", "%d", i);
	CHECK_EQ(finding.n_facts, FINDING_FACTS_MAX);
}

int main(void)
{
	RUN(test_a_failure);
	RUN(test_a_later_word_counts);
	RUN(test_text_of_the_network);
	RUN(test_whole_sentences);
	RUN(test_facts);
	return check_report();
}
