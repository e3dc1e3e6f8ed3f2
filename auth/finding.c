/* SPDX-License-Identifier: MIT */

/* Filled in by the stages (doctor-*.h), shown by fs/doctor-report.c. */

#include "auth/finding.h"

#include <stdarg.h>

#include "auth/quote.h"

void finding_init(Finding *finding, const char *stage)
{
	*finding = (Finding){
		.stage = stage,
		.code = "",
		.state = FINDING_SKIPPED,
	};
}

AKV_PRINTF(3, 0)
static void text_set(char *ret, size_t size, const char *format,
		     va_list arguments)
{
	char text[2 * FINDING_SENTENCE_SIZE];

	(void)vsnprintf(text, sizeof(text), format, arguments);
	quote_text(ret, size, text, strlen(text));
}

#define SAY(finding_, state_, exit_, code_)                                  \
	do {                                                                 \
		va_list arguments;                                           \
                                                                             \
		(finding_)->state = (state_);                                \
		(finding_)->exit = (exit_);                                  \
		(finding_)->code = (code_);                                  \
		(finding_)->command[0] = '\0';                               \
		va_start(arguments, format);                                 \
		text_set((finding_)->sentence, sizeof((finding_)->sentence), \
			 format, arguments);                                 \
		va_end(arguments);                                           \
	} while (0)

void finding_ok(Finding *finding, const char *code, const char *format, ...)
{
	SAY(finding, FINDING_OK, FINDING_EXIT_OK, code);
}

void finding_warning(Finding *finding, const char *code, const char *format,
		     ...)
{
	SAY(finding, FINDING_WARNING, FINDING_EXIT_OK, code);
}

void finding_skipped(Finding *finding, const char *code, const char *format,
		     ...)
{
	SAY(finding, FINDING_SKIPPED, FINDING_EXIT_OK, code);
}

/* Names of programs stay small. */
static void sentence_complete(char text[FINDING_SENTENCE_SIZE])
{
	size_t n = strlen(text);

	if (text[0] >= 'a' && text[0] <= 'z' && strncmp(text, "az ", 3) != 0 &&
	    strncmp(text, "azd ", 4) != 0)
		text[0] = (char)(text[0] - 'a' + 'A');
	if (n > 0 && text[n - 1] != '.' && n + 1 < FINDING_SENTENCE_SIZE)
		memcpy(text + n, ".", 2);
}

void finding_failed(Finding *finding, enum finding_exit exit, const char *code,
		    const char *format, ...)
{
	SAY(finding, FINDING_FAILED, exit, code);
	sentence_complete(finding->sentence);
}

void finding_command(Finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_set(finding->command, sizeof(finding->command), format, arguments);
	va_end(arguments);
}

void finding_fact(Finding *finding, const char *name, const char *format, ...)
{
	FindingFact *fact = &finding->facts[finding->n_facts];
	va_list arguments;

	if (finding->n_facts == FINDING_FACTS_MAX)
		return;
	va_start(arguments, format);
	text_set(fact->text, sizeof(fact->text), format, arguments);
	va_end(arguments);
	if (fact->text[0] == '\0')
		return;
	fact->name = name;
	finding->n_facts++;
}

const char *finding_fact_text(const Finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->n_facts; i++)
		if (strcmp(finding->facts[i].name, name) == 0)
			return finding->facts[i].text;
	return NULL;
}

const char *finding_state_text(enum finding_state state)
{
	switch (state) {
	case FINDING_OK:
		return "ok";
	case FINDING_WARNING:
		return "warning";
	case FINDING_FAILED:
		return "failed";
	case FINDING_SKIPPED:
		return "skipped";
	}
	return "skipped";
}
