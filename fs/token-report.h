/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token-report - what there is to say of a token, for people and for programs
 *
 * Never its bytes: claims of an allow-list (auth/claims.h), which nobody has
 * verified, who signed in, its end, and the planes that it works on, with the
 * reason where it works on none.
 */

#include "auth/claims.h"
#include "auth/cloud.h"
#include "base/buf.h"
#include "base/std.h"

typedef struct TokenFacts {
	/* Who signed in: kind and id; NULL: the token was handed to us. */
	const char *name, *identity;
	int answer; /* claims_read()'s; 0: @claims is what it read */
	Claims claims;
	int64_t now_s;
	int64_t expires_s; /* what the authority said, or -1; claims first */
	/* The cloud it is to be used in; NULL: any that it fits. */
	const Cloud *home;
	bool is_hsm;          /* it is to be used on a managed HSM */
	const char *resource; /* what resource= names, or NULL */
} TokenFacts;

/* Append lines of text. buf_append()'s returns. */
AKV_MUST_CHECK int token_report_text(Buf *buf, const TokenFacts *facts);

/* Append a JSON object. Likewise. */
AKV_MUST_CHECK int token_report_json(Buf *buf, const TokenFacts *facts);

/* "2 days 3 hours", "59 minutes", "12 seconds": the two largest units. */
enum { DURATION_TEXT_SIZE = 48 };
void duration_text(char ret[DURATION_TEXT_SIZE], int64_t seconds);
