/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * finding - what one stage of akvfs doctor has found
 *
 * A stage judges facts and says: a state, a code that scripts may depend on,
 * one sentence, one command to run, and the facts themselves. All text is made
 * fit for a terminal here (quote.h), whoever it came from. Secrets are no
 * facts: nothing here takes one.
 */

#include "base/std.h"

enum finding_state {
	FINDING_OK,
	FINDING_WARNING,
	FINDING_FAILED,
	FINDING_SKIPPED,
};

/* What a failed stage means for the command: exit codes of akvfs(8). */
enum finding_exit {
	FINDING_EXIT_OK = 0,
	FINDING_EXIT_USAGE = 1,
	FINDING_EXIT_AUTHENTICATION = 2,
	FINDING_EXIT_NETWORK = 3,
	FINDING_EXIT_REFUSED = 4,
};

enum {
	FINDING_FACTS_MAX = 40,
	FINDING_SENTENCE_SIZE = 768,
	FINDING_COMMAND_SIZE = 768,
	FINDING_FACT_SIZE = 320,
};

typedef struct FindingFact {
	const char *name; /* static: "address" */
	char text[FINDING_FACT_SIZE];
} FindingFact;

typedef struct Finding {
	const char *stage; /* static: "dns"; a key of the JSON, too */
	const char *code;  /* static: "dns-unresolved"; promised */
	enum finding_state state;
	enum finding_exit exit; /* with FINDING_FAILED */
	char sentence[FINDING_SENTENCE_SIZE];
	char command[FINDING_COMMAND_SIZE]; /* "": none */
	FindingFact facts[FINDING_FACTS_MAX];
	size_t n_facts;
} Finding;

void finding_init(Finding *finding, const char *stage);

/*
 * Say what there is, in a sentence; a later call takes the place of this. That
 * of a failure is made whole: a capital at its beginning, a full stop at its
 * end.
 */
void finding_ok(Finding *finding, const char *code, const char *format, ...)
	AKV_PRINTF(3, 4);
void finding_warning(Finding *finding, const char *code, const char *format,
		     ...) AKV_PRINTF(3, 4);
void finding_skipped(Finding *finding, const char *code, const char *format,
		     ...) AKV_PRINTF(3, 4);
void finding_failed(Finding *finding, enum finding_exit exit, const char *code,
		    const char *format, ...) AKV_PRINTF(4, 5);

/* What to run about it. */
void finding_command(Finding *finding, const char *format, ...)
	AKV_PRINTF(2, 3);

/* One more fact; "" is none, and beyond FINDING_FACTS_MAX it is dropped. */
void finding_fact(Finding *finding, const char *name, const char *format, ...)
	AKV_PRINTF(3, 4);

/* The text of a fact, or NULL. */
const char *finding_fact_text(const Finding *finding, const char *name);

/* "ok", "warning", "failed", "skipped": promised, too. */
const char *finding_state_text(enum finding_state state);
