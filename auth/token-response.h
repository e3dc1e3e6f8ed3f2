/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token-response - the answer of a token endpoint, of whatever flow
 *
 * Success needs status 200, a JSON object and a non-empty access_token of
 * printable ASCII. Times come as numbers or strings; see the reference on
 * Microsoft identity platform's client credentials flow.
 */

#include "auth/token.h"
#include "base/http.h"
#include "base/std.h"

/* Why signing in failed, for one log line and one sentence; no secret. */
typedef struct AuthFailure {
	int result;     /* HTTP_E_* if there was no answer */
	int status;     /* HTTP status, or 0 */
	char error[64]; /* "invalid_client", ... */
	long code;      /* 7000215 of AADSTS7000215, or 0 */
	char correlation_id[64], trace_id[64], timestamp[32];
	char sentence[512]; /* what is wrong and what to do */
	bool absent; /* the source is not there at all: a chain goes on */
	/* Nobody is asked before this; set by sign-in.c, 0 elsewhere. */
	uint64_t retry_us;
} AuthFailure;

enum {
	TOKEN_RESPONSE_E_UNREACHABLE = 1, /* no answer, 429, 5xx: try later */
	TOKEN_RESPONSE_E_REFUSED = 2,     /* the authority said no */
	TOKEN_RESPONSE_E_INVALID = 3, /* not an answer of a token endpoint */
};

/*
 * Read @response into *@ret (its issued_us is @now_us), or say in *@failure
 * why not. Also returns -ENOMEM.
 */
AKV_MUST_CHECK int token_response_read(Token *ret, AuthFailure *failure,
				       const HttpResponse *response,
				       uint64_t now_us, int64_t wall_s);

/* Not empty, not too long, printable ASCII without blanks. */
bool access_token_is_valid(const char *text, size_t n);
