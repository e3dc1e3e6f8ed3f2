/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errand - what a credential cannot do where it runs
 *
 * Signing in happens in a process that may open no file of the user who mounts
 * and start no program. What needs that user's rights is an errand: it is run
 * by who has them, one of a fixed list, named by its kind and never by a path
 * or a command line of the credential's making. fs/errands.c runs them in the
 * launcher; tests answer them at once.
 */

#include "base/secret.h"
#include "base/std.h"

enum errand_kind {
	ERRAND_CERTIFICATE = 1, /* read the file of certificate= */
	ERRAND_TOKEN_FILE,      /* read the file of token_file= */
	ERRAND_ARC_KEY,         /* words: name, in the Arc agent's folder */
	ERRAND_AZ,              /* words: resource, tenant or "" */
	ERRAND_AZD,  /* words: resource, tenant or "", claims or "" */
	ERRAND_SHOW, /* words: text, for the person who mounts */
};

enum {
	ERRAND_WORDS_MAX = 3,
	/* Of a file or of what a program prints; a pipe holds it. */
	ERRAND_OUTPUT_MAX = 64 * 1024,
	ERRAND_ERRORS_MAX = 4 * 1024, /* of what it prints as errors */
	ERRAND_TOOL_S = 10,           /* a program has to end in that time */
};

typedef struct Errand {
	enum errand_kind kind;
	const char *words[ERRAND_WORDS_MAX]; /* printable ASCII; NULL ends */
} Errand;

typedef struct ErrandAnswer {
	/*
	 * 0 or a negative errno: -ENOENT (no such file, no such program),
	 * -EACCES, -ETIMEDOUT, -EFBIG, -EPERM (a file that breaks the rules for
	 * its kind), -ENOTTY (nobody to show it to), ...
	 */
	int result;
	int code;             /* what a program ended with; 128 + signal */
	const Secret *output; /* file or standard output; NULL: nothing */
	const char *errors;   /* standard error; text that nobody checked */
} ErrandAnswer;

/* Why a file that was asked for is no use; NULL if it is there. */
static inline const char *errand_file_fault(const ErrandAnswer *answer)
{
	if (answer->result < 0)
		return strerror(-answer->result);
	return answer->output && secret_size(answer->output) > 0
		       ? NULL
		       : "it is empty";
}

typedef struct ErrandRun ErrandRun; /* the runner's */

typedef struct Errands {
	/*
	 * Run @errand, whose words are borrowed for the call. @done is called
	 * once, from the loop, never from here. Returns 0, -EBUSY with too many
	 * under way, or another negative errno.
	 */
	int (*start)(void *data, ErrandRun **ret, const Errand *errand,
		     void (*done)(void *user, const ErrandAnswer *answer),
		     void *user);
	/* End it without a call; accepts NULL. */
	void (*cancel)(ErrandRun *run);
	void *data;
} Errands;
