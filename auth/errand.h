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
	/* Of a file or of what a program prints. */
	ERRAND_OUTPUT_MAX = 64 * 1024,
	ERRAND_ERRORS_MAX = 4 * 1024, /* of what it prints as errors */
	ERRAND_TOOL_S = 10,           /* a program has to end in that time */
};

typedef struct Errand {
	enum errand_kind kind;
	const char *words[ERRAND_WORDS_MAX]; /* printable ASCII; NULL ends */
} Errand;

/* The longest packed errand: fs/control.h carries it. */
enum { ERRAND_PACKED_SIZE = 768 };

/*
 * Does it have the words of its kind, of the grammar that each is held to? Who
 * runs it asks, whoever made it: none of them can be taken for an option of a
 * program or leave a folder.
 */
bool errand_is_valid(const Errand *errand);

/* Words one a line. Returns 0, or -EMSGSIZE. */
AKV_MUST_CHECK int errand_pack(char ret[ERRAND_PACKED_SIZE],
			       const Errand *errand);

/* The reverse: the words point into @text, which is cut up. */
void errand_unpack(Errand *ret, enum errand_kind kind, char *text);

/* The folder of the Arc agent's key files, and whether that is one's name. */
#define ARC_KEY_FOLDER "/var/opt/azcmagent/tokens"
enum { ARC_KEY_NAME_SIZE = 80, ARC_KEY_SIZE_MAX = 4096 };
bool arc_key_name_is_valid(const char *name);

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
const char *errand_file_fault(const ErrandAnswer *answer);

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
