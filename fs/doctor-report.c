/* SPDX-License-Identifier: MIT */

/* Pure. Text is wrapped; commands are not, so that they can be copied. */

#include "fs/doctor-report.h"

#include "fs/json-text.h"

enum {
	FACTS_AT = 19,
	DOCTOR_FACTS_MAX = FINDING_FACTS_MAX * (FINDING_FACT_SIZE + 32),
};

/* --- text -------------------------------------------------------------------
 */

/* Append @text, words whole, lines of at most @width (0: no end), each indented
 * but the first, which begins there already. */
static int wrap(Buf *buf, const char *text, size_t width, size_t indent)
{
	size_t at = indent;
	int r = 0;

	while (*text && r == 0) {
		size_t n = strcspn(text, " ");

		if (at > indent && width > 0 && at + 1 + n > width) {
			r = buf_printf(buf, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			r = buf_append_char(buf, ' ');
			at++;
		}
		if (r == 0)
			r = buf_append(buf, text, n);
		at += n;
		text += n + (text[n] == ' ');
	}
	return r == 0 ? buf_append_char(buf, '\n') : r;
}

static const char *state_color(enum finding_state state)
{
	switch (state) {
	case FINDING_OK:
		return "\x1b[32m";
	case FINDING_WARNING:
		return "\x1b[33m";
	case FINDING_FAILED:
		return "\x1b[31m";
	case FINDING_SKIPPED:
		return "\x1b[2m";
	}
	return "";
}

/* "name value; name value", for what was looked at. */
static int append_facts(Buf *buf, const Finding *finding, size_t width)
{
	AKV_BUF Buf line = BUF_INIT(DOCTOR_FACTS_MAX);
	int r = 0;

	if (finding->n_facts == 0 || finding->state == FINDING_SKIPPED)
		return 0;
	for (size_t i = 0; i < finding->n_facts && r == 0; i++)
		r = buf_printf(&line, "%s%s %s", i > 0 ? "; " : "",
			       finding->facts[i].name, finding->facts[i].text);
	if (r == 0)
		r = buf_printf(buf, "%*s", FACTS_AT, "");
	return r == 0 ? wrap(buf, line.p, width, FACTS_AT) : r;
}

/* What is said in the row: the code, where the explanation is at the end, or
 * where there is another failure to look at first. */
static int append_row(Buf *buf, const DoctorReport *report,
		      const Finding *finding)
{
	bool is_failure = finding->state == FINDING_FAILED;
	int r;

	r = buf_printf(buf, "%-9s %s%-7s%s  ", finding->stage,
		       report->color ? state_color(finding->state) : "",
		       finding_state_text(finding->state),
		       report->color ? "\x1b[0m" : "");
	if (r == 0)
		r = wrap(buf, is_failure ? finding->code : finding->sentence,
			 report->width, FACTS_AT);
	if (r == 0 && !is_failure && finding->command[0] != '\0')
		r = buf_printf(buf, "%*s$ %s\n", FACTS_AT, "",
			       finding->command);
	return r == 0 ? append_facts(buf, finding, report->width) : r;
}

static const Finding *first_failure(const DoctorReport *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->findings[i].state == FINDING_FAILED)
			return &report->findings[i];
	return NULL;
}

static int append_verdict(Buf *buf, const DoctorReport *report)
{
	const Finding *failure = first_failure(report);
	int r = buf_append_char(buf, '\n');

	if (r == 0 && !failure)
		return wrap(buf, "All that a mount needs is there.",
			    report->width, 0);
	if (r == 0)
		r = wrap(buf, failure->sentence, report->width, 0);
	if (r == 0 && failure->command[0] != '\0')
		r = buf_printf(buf, "\n    %s\n", failure->command);
	return r;
}

int doctor_report_text(Buf *buf, const DoctorReport *report)
{
	int r = 0;

	for (size_t i = 0; i < report->n && r == 0; i++)
		r = append_row(buf, report, &report->findings[i]);
	return r == 0 ? append_verdict(buf, report) : r;
}

/* --- JSON -------------------------------------------------------------------
 */

static int add_text(cJSON *to, const char *name, const char *text)
{
	cJSON *made = text ? cJSON_AddStringToObject(to, name, text)
			   : cJSON_AddNullToObject(to, name);

	return made ? 0 : -ENOMEM;
}

/* "" is null there. */
static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static int add_facts(cJSON *stage, const Finding *finding)
{
	cJSON *facts = cJSON_AddObjectToObject(stage, "facts");
	int r = facts ? 0 : -ENOMEM;

	for (size_t i = 0; i < finding->n_facts && r == 0; i++)
		r = add_text(facts, finding->facts[i].name,
			     finding->facts[i].text);
	return r;
}

static int add_words(cJSON *to, const Finding *finding)
{
	int r = add_text(to, "stage", finding->stage);

	if (r == 0)
		r = add_text(to, "code", finding->code);
	if (r == 0)
		r = add_text(to, "sentence", finding->sentence);
	if (r == 0)
		r = add_text(to, "command", or_null(finding->command));
	return r;
}

static int add_stage(cJSON *stages, const Finding *finding)
{
	cJSON *stage = cJSON_CreateObject();
	int r;

	if (!stage || !cJSON_AddItemToArray(stages, stage)) {
		cJSON_Delete(stage);
		return -ENOMEM;
	}
	r = add_words(stage, finding);
	if (r == 0)
		r = add_text(stage, "state",
			     finding_state_text(finding->state));
	return r == 0 ? add_facts(stage, finding) : r;
}

static int add_verdict(cJSON *document, const DoctorReport *report)
{
	const Finding *failure = first_failure(report);
	cJSON *verdict;

	if (!failure)
		return cJSON_AddNullToObject(document, "failure") ? 0 : -ENOMEM;
	verdict = cJSON_AddObjectToObject(document, "failure");
	return verdict ? add_words(verdict, failure) : -ENOMEM;
}

int doctor_report_json(Buf *buf, const DoctorReport *report)
{
	AKV_JSON cJSON *document = cJSON_CreateObject();
	cJSON *stages;
	int r;

	if (!document ||
	    !cJSON_AddNumberToObject(document, "exit_code", report->exit_code))
		return -ENOMEM;
	stages = cJSON_AddArrayToObject(document, "stages");
	r = stages ? add_text(document, "source", report->source) : -ENOMEM;
	for (size_t i = 0; i < report->n && r == 0; i++)
		r = add_stage(stages, &report->findings[i]);
	if (r == 0)
		r = add_verdict(document, report);
	if (r == 0)
		r = json_text_append(buf, document);
	return r > 0 ? -EINVAL : r;
}
