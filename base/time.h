/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * time - instants as text: RFC 3339 in UTC, and the dates of HTTP
 */

#include "base/std.h"

enum { TIME_TEXT_SIZE = sizeof("9999-12-31T23:59:59Z") };

enum { TIME_E_SYNTAX = 1, TIME_E_RANGE = 2 };

/* The last second that four digits of a year can say. */
#define TIME_MAX_S INT64_C(253402300799)

/* "2026-11-24T02:51:00Z" from seconds since 1970; 0 .. TIME_MAX_S, clamped. */
void time_format_rfc3339(char ret[TIME_TEXT_SIZE], int64_t seconds);

/* Also offsets and fractions of a second, which are cut; RFC 3339 5.6. */
AKV_MUST_CHECK int time_parse_rfc3339(int64_t *ret, const char *text);

/* IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7). */
AKV_MUST_CHECK int time_parse_http_date(int64_t *ret, const char *text);
