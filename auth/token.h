/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token - an access token and its times
 *
 * When it is refreshed and when it is over are pure functions of the times in
 * the answer (token_times()); the bytes are a Secret.
 */

#include "base/secret.h"
#include "base/std.h"

typedef struct Token {
	Secret *bytes;                              /* owned; printable ASCII */
	uint64_t issued_us, refresh_us, expires_us; /* clock_now_us() scale */
	uint64_t serial; /* distinguishes tokens without showing them */
} Token;

void token_done(Token *token);

/*
 * What a token endpoint said about time, in seconds; -1 where it said nothing.
 */
typedef struct TokenLife {
	int64_t expires_in_s, expires_on_s, refresh_in_s;
} TokenLife;

/*
 * Set refresh_us and expires_us of @token from @life, as of @now_us/@wall_s.
 * Expiry: the earlier of expires_in and expires_on, so that a skewed local
 * clock cannot lengthen it; but expires_in alone where expires_on is past,
 * which tells of the clock and not of the token. Refresh: refresh_in if given;
 * else half the life of one that lives over 2 h or under 10 min, but a second
 * at least; else 5 min before the end. Returns 0, or TOKEN_E_LIFE if no or no
 * sane expiry was given.
 */
enum { TOKEN_E_LIFE = 1 };
AKV_MUST_CHECK int token_times(Token *token, const TokenLife *life,
			       uint64_t now_us, int64_t wall_s);
