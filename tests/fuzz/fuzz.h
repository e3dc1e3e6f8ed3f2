/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * fuzz - what a harness is written with
 *
 * A harness is one LLVMFuzzerTestOneInput() of about a dozen lines. libFuzzer
 * calls it with -Dfuzz=true; otherwise replay.c does, with the corpus.
 */

#include "base/std.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input, in release builds too. */
#define FUZZ_CHECK(condition)                                                  \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				      __LINE__, #condition);                   \
			abort();                                               \
		}                                                              \
	} while (0)

/* The input as a string, cut at its first NUL; the caller frees it. */
AKV_UNUSED static char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_CHECK(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
