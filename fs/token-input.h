/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token-input - a token that somebody has got elsewhere
 *
 * On its own, with "Bearer " before it, or in the JSON object that az, azd and
 * token endpoints print (accessToken, token, access_token).
 */

#include "base/secret.h"
#include "base/std.h"

/*
 * Read all of @fd. On TOKEN_INPUT_E_INVALID, @why says what it is instead of a
 * token, without a byte of it. Also returns -ENOMEM, or what read(2) does.
 */
enum { TOKEN_INPUT_E_INVALID = 1 };
AKV_MUST_CHECK int token_input_read(Secret **ret, int fd, char *why,
				    size_t why_size);

/* The same of @n bytes at @text. */
AKV_MUST_CHECK int token_input_take(Secret **ret, const char *text, size_t n,
				    char *why, size_t why_size);
