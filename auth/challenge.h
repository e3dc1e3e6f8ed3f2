/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * challenge - what a vault says in WWW-Authenticate
 *
 * A tokenizer of RFC 9110 11.6.1, over all headers of the answer. Only the
 * tenant is ever taken from it; the authority's host is not even kept, so that
 * no secret can be sent to a host that a challenge names.
 */

#include "base/buf.h"
#include "base/std.h"

enum {
	CHALLENGE_TENANT_MAX = 64,
	CHALLENGE_RESOURCE_MAX = 256,
	CHALLENGE_CLAIMS_MAX = 4096,
	CHALLENGE_PARAMETERS_MAX = 32,
};

typedef struct Challenge {
	/*
	 * From authorization or authorization_uri; "" if there is none, or a
	 * word that stands for no tenant in particular, such as "common".
	 */
	char tenant[CHALLENGE_TENANT_MAX + 1];
	/* resource, or scope without "/.default"; no trailing slash; or "". */
	char resource[CHALLENGE_RESOURCE_MAX + 1];
	/*
	 * With error="insufficient_claims", or "invalid_token" for a session
	 * that was revoked: the base64 text of claims; or "".
	 */
	char claims[CHALLENGE_CLAIMS_MAX + 1];
} Challenge;

enum {
	CHALLENGE_E_NONE = 1,    /* no Bearer challenge in these headers */
	CHALLENGE_E_INVALID = 2, /* one that cannot be believed */
};

/* The first usable Bearer challenge of @n header values. */
AKV_MUST_CHECK int challenge_parse(Challenge *ret, const char *const *headers,
				   size_t n);

/*
 * Append the JSON object that the claims stand for: base64 or base64url, padded
 * or not. Returns 0, CHALLENGE_E_INVALID with @buf unchanged, or what
 * buf_append() does.
 */
AKV_MUST_CHECK int challenge_claims(const Challenge *challenge, Buf *buf);

/* [0-9A-Za-z.-]+, as every SDK requires before it builds a URL of it. */
bool tenant_is_valid(const char *tenant);
