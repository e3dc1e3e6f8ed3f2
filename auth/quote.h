/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * quote - text of the network, made fit for a sentence
 *
 * What a server says goes into messages for people, on terminals and in logs:
 * bounded, on one line, and of printable ASCII only.
 */

#include "base/std.h"

/*
 * Copy the first @n bytes of @text, at most @size - 1 (@size > 0): line ends
 * become one space, other bytes that are not printable ASCII a "?"; "..." ends
 * what was cut. @text may be NULL: "".
 */
void quote_text(char *ret, size_t size, const char *text, size_t n);
