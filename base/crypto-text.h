/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * crypto-text - OpenSSL's words for its errors, loaded with the first one
 *
 * OpenSSL loads some 1,700 of them with the first call: 0.3 MB of each process
 * that never needs one. What libcurl says of a failed TLS connection has
 * numbers in their place until they are loaded.
 */

#include "base/std.h"

/*
 * Keep OpenSSL from loading them by itself. Before it is called for anything
 * else, once per process.
 */
void crypto_text_defer(void);

/*
 * Put the words for the number of the first error in @text, a NUL-terminated
 * string in @size bytes: "error:0A00010B:lib(20)::reason(267)" and what is
 * behind it. Any other text stays as it is.
 */
void crypto_text_fill(char *text, size_t size);
