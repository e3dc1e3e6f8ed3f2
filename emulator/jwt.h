/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * jwt - access tokens: JSON Web Tokens signed with RS256 (RFC 7515, 7519)
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

/*
 * The claims of @token, which the caller deletes. Only the signature is
 * judged, not the claims. Returns 0, a negative errno, or an answer.
 */
enum {
	JWT_E_MALFORMED = 1, /* not three parts of base64url with JSON in */
	JWT_E_KEY,           /* another algorithm, or a key that is not ours */
	JWT_E_SIGNATURE,
};
AKV_MUST_CHECK int jwt_verify(cJSON **ret_claims, EVP_PKEY *key,
			      const char *kid, const char *token, size_t n);
