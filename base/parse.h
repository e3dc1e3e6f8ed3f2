/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * parse - strict readers of numbers and durations
 *
 * The whole string must be the value: no white space, no sign unless stated,
 * no trailing bytes, no overflow.
 */

#include "base/std.h"

enum {
	PARSE_E_SYNTAX = 1,
	PARSE_E_RANGE = 2,
};

/* Decimal digits only, at most @max. */
AKV_MUST_CHECK int parse_uint64(uint64_t *ret, const char *text, uint64_t max);

/* "0400", "755": an octal file mode, at most 07777. */
AKV_MUST_CHECK int parse_mode(unsigned *ret, const char *text);

/* "300", "5s", "2m", "1h", "7d": in seconds; a bare number is seconds. */
AKV_MUST_CHECK int parse_duration_s(uint64_t *ret, const char *text,
				    uint64_t max_s);

/* "on" or "off". */
AKV_MUST_CHECK int parse_switch(bool *ret, const char *text);

/* ASCII only, whatever the locale. */
bool ascii_equal_fold(const char *a, const char *b);
bool ascii_ends_with_fold(const char *text, const char *end);
void ascii_lower(char *text);
bool ascii_is_printable(const char *text); /* 0x20 .. 0x7e only */
