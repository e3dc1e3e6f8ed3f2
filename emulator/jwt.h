/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * jwt - JSON Web Tokens (RFC 7515, 7519): made with RS256, taken with PS256 too
 */

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/std.h"

enum { JWT_MAX = 64 * 1024 };

/*
 * Append the token with these claims (JSON text), signed by @key, which its
 * header calls @kid. Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int jwt_sign(Buf *ret, EVP_PKEY *key, const char *kid,
			    const char *claims, size_t claims_size);

/* A token taken apart, nothing of it believed yet. */
typedef struct Jwt {
	cJSON *header, *claims; /* owned; objects */
	const char *text;       /* borrowed from the token */
	size_t signed_size;     /* of text: what the signature is over */
	size_t size;            /* of text, the signature included */
} Jwt;

/*
 * What can be wrong with a token. jwt_parse() answers JWT_E_MALFORMED only,
 * jwt_check() the other two.
 */
enum {
	JWT_E_MALFORMED = 1, /* not three parts of base64url with JSON in */
	JWT_E_KEY,           /* another algorithm, or a key that is not ours */
	JWT_E_SIGNATURE,
};
AKV_MUST_CHECK int jwt_parse(Jwt *ret, const char *token, size_t n);
void jwt_done(Jwt *jwt);

/*
 * Is it signed by @key, with the algorithm that its header names: RS256, or
 * PS256 with a salt of 32 bytes (RFC 7518 3.5)?
 */
AKV_MUST_CHECK int jwt_check(const Jwt *jwt, EVP_PKEY *key);

/*
 * The claims of an access token, which the caller deletes. Only the signature
 * is judged (RS256, by the key @kid), not the claims. Returns 0, a negative
 * errno, or an answer of those above.
 */
AKV_MUST_CHECK int jwt_verify(cJSON **ret_claims, EVP_PKEY *key,
			      const char *kid, const char *token, size_t n);
