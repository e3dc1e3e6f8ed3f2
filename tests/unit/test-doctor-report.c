/* SPDX-License-Identifier: MIT */

/* The table for people and the JSON for programs, of made-up findings. */

#include "base/json.h"
#include "check.h"
#include "fs/doctor-report.h"

static Finding findings[3];
static char text[16 * 1024];
static size_t width = 78;

static const char *report(bool color, bool json)
{
	AKV_BUF Buf buf = BUF_INIT(sizeof(text) - 1);
	DoctorReport made = {
		.source = "demo",
		.findings = findings,
		.n = AKV_ARRAY_LEN(findings),
		.exit_code = 3,
		.color = color,
		.width = width,
	};
	int r = json ? doctor_report_json(&buf, &made)
		     : doctor_report_text(&buf, &made);

	(void)snprintf(text, sizeof(text), "%s", r == 0 ? buf.p : "fault");
	return text;
}

static void begin(void)
{
	finding_init(&findings[0], "config");
	finding_ok(&findings[0], "config-ok", "the vault demo");
	finding_fact(&findings[0], "host", "h");
	finding_fact(&findings[0], "cloud", "public");
	finding_init(&findings[1], "dns");
	finding_warning(&findings[1], "dns-private-zone", "the zone");
	finding_command(&findings[1], "az network");
	finding_init(&findings[2], "tls");
	finding_skipped(&findings[2], "tls-unresolved", "no address");
	finding_fact(&findings[2], "never", "shown");
}

static void test_all_is_well(void)
{
	begin();
	CHECK_STR(report(false, false),
		  "config    ok       the vault demo\n"
		  "                   host h; cloud public\n"
		  "dns       warning  the zone\n"
		  "                   $ az network\n"
		  "tls       skipped  no address\n"
		  "\n"
		  "All that a mount needs is there.\n");
}

static void fail(size_t i, const char *code, const char *sentence)
{
	finding_failed(&findings[i], FINDING_EXIT_NETWORK, code, "%s",
		       sentence);
	finding_command(&findings[i], "run this");
}

/* The first failure is explained, the others are named. */
static void test_failures(void)
{
	begin();
	fail(1, "dns-absent", "The first.");
	fail(2, "tls-failed", "The second.");
	CHECK_STR(report(false, false),
		  "config    ok       the vault demo\n"
		  "                   host h; cloud public\n"
		  "dns       failed   dns-absent\n"
		  "tls       failed   tls-failed\n"
		  "                   never shown\n"
		  "\n"
		  "The first.\n"
		  "\n"
		  "    run this\n");
}

static void test_long_lines(void)
{
	begin();
	fail(1, "dns-absent",
	     "One two three four five six seven eight nine ten eleven twelve "
	     "thirteen fourteen fifteen");
	(void)report(false, false);
	CHECK(strstr(text, "\nOne two three four five six seven eight nine ten "
			   "eleven twelve thirteen\nfourteen fifteen.\n"));
}

static void test_colors(void)
{
	begin();
	(void)report(true, false);
	CHECK(strstr(text, "config    \x1b[32mok     \x1b[0m  the vault"));
	CHECK(strstr(text, "\x1b[33mwarning\x1b[0m"));
	(void)report(false, false);
	CHECK(!strchr(text, '\x1b'));
}

static void check_json(const cJSON *document)
{
	const cJSON *stages = NULL, *first, *facts = NULL, *failure = NULL;
	const char *word = NULL;
	int64_t code = 0;

	CHECK_OK(json_get_int64(&code, document, "exit_code"));
	CHECK_EQ(code, 3);
	CHECK_OK(json_get_array(&stages, document, "stages"));
	CHECK_EQ(cJSON_GetArraySize(stages), 3);
	first = cJSON_GetArrayItem(stages, 0);
	CHECK_OK(json_get_object(&facts, first, "facts"));
	CHECK_OK(json_get_string(&word, facts, "cloud"));
	CHECK_STR(word, "public");
	CHECK_EQ(json_get_string(&word, first, "command"), JSON_E_ABSENT);
	CHECK_OK(json_get_object(&failure, document, "failure"));
	CHECK_OK(json_get_string(&word, failure, "code"));
	CHECK_STR(word, "dns-absent");
	CHECK_OK(json_get_string(&word, failure, "command"));
	CHECK_STR(word, "run this");
}

static void test_json(void)
{
	AKV_JSON cJSON *document = NULL;

	begin();
	fail(1, "dns-absent", "The first.");
	(void)report(false, true);
	CHECK_OK(json_parse(&document, text, strlen(text), NULL));
	check_json(document);
	begin();
	(void)report(false, true);
	CHECK(strstr(text, "\"failure\": null"));
}

int main(void)
{
	RUN(test_all_is_well);
	RUN(test_failures);
	RUN(test_long_lines);
	RUN(test_colors);
	RUN(test_json);
	return check_report();
}
