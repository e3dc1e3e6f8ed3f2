/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * why - where a rendition says why it was not made
 *
 * A sentence of this program's own words, never a value.
 */

#include "base/std.h"

typedef struct Why {
	char *text; /* borrowed; of @size bytes */
	size_t size;
} Why;

/* Write the sentence; returns @answer. */
int why_say(const Why *why, int answer, const char *format, ...)
	AKV_PRINTF(3, 4);

/*
 * The same after a call of OpenSSL that failed, whose queue of errors is
 * emptied. Returns @answer, or -ENOMEM if that was what failed.
 */
int why_crypto(const Why *why, int answer, const char *what);
