/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * bearer - may this token come in?
 *
 * Signature, issuer, audience and time, in that order, with the answers the
 * service gives. A token that was verified before is recognised, not verified
 * again: that costs a comparison instead of a public key operation.
 */

#include <openssl/evp.h>

#include "base/std.h"
#include "emulator/exchange.h"

enum { BEARER_CACHE_SIZE = 64, BEARER_SKEW_S = 300 };

typedef struct BearerEntry {
	char *token; /* owned, wiped */
	size_t size;
	Caller caller;
	char issuer[AUDIENCE_SIZE];
	bool v2; /* of the v2 format: it may name us by application id */
	int64_t nbf_s, exp_s;
} BearerEntry;

typedef struct BearerCache {
	BearerEntry entries[BEARER_CACHE_SIZE];
	size_t next; /* to be replaced */
} BearerCache;

void bearer_cache_done(BearerCache *cache);

/* What the service expects of a token. */
typedef struct BearerPolicy {
	EVP_PKEY *key;
	const char *key_id;
	const char *tenant;   /* whose tokens are taken */
	const char *resource; /* the audience, exactly */
	const Cloud *cloud;   /* its application id, too; NULL: no such */
	int64_t now_s;
} BearerPolicy;

/*
 * The token in an Authorization header, whose signature is right; its claims
 * are the caller's to judge. Only key and key_id of @policy are looked at.
 * Returns 0, a negative errno, BEARER_E_MISSING or BEARER_E_FORGED.
 */
enum { BEARER_E_MISSING = 1, BEARER_E_FORGED };
AKV_MUST_CHECK int bearer_verify(const BearerEntry **ret, BearerCache *cache,
				 const BearerPolicy *policy,
				 const char *authorization);

/*
 * Judge the value of an Authorization header as a vault does. 0 and *@ret, a
 * negative errno, or BEARER_E_DENIED with @why saying what the service would
 * say.
 */
enum { BEARER_E_DENIED = 1, BEARER_WHY_SIZE = 1024 };
AKV_MUST_CHECK int bearer_check(Caller *ret, char why[BEARER_WHY_SIZE],
				BearerCache *cache, const BearerPolicy *policy,
				const char *authorization);
