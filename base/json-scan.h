/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * json-scan - is this text strict JSON, within limits?
 *
 * One pass, no allocation. RFC 8259 to the letter, and besides: valid UTF-8, no
 * NUL in any form (raw or \u0000), no lone surrogate, no duplicate member
 * check here (the getters do that), nesting of at most JSON_DEPTH_MAX, at most
 * JSON_TOKENS_MAX values and names of members, no number written with more than
 * JSON_NUMBER_MAX characters, and the whole input used.
 */

#include "base/std.h"

enum {
	JSON_DEPTH_MAX = 16,
	JSON_TOKENS_MAX = 20000,
	JSON_NUMBER_MAX = 63, /* cJSON 1.7.15 as released reads no more */
};

enum { JSON_E_INVALID = 1 };

typedef struct JsonFault {
	size_t offset;    /* of the byte that is wrong */
	const char *what; /* static text: "trailing bytes", ... */
} JsonFault;

/* Returns 0 or JSON_E_INVALID with *@fault (may be NULL) filled. */
AKV_MUST_CHECK int json_scan(const char *text, size_t n, JsonFault *fault);
