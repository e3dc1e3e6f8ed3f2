/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * jwk - the public key that the JSON of a key describes
 *
 * The vault's JSON Web Keys are not quite those of RFC 7517: "kty" may end in
 * "-HSM", the curve of RFC 8812 is called P-256K or SECP256K1, and numbers come
 * with zeros in front, or with leading zeros cut off, where RFC 7518 has one
 * length only. All of that was seen from the service, and is read.
 */

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/std.h"
#include "fs/why.h"

enum {
	JWK_RSA_BITS_MIN = 1024, /* the service itself starts at 2,048 */
	JWK_RSA_BITS_MAX = 8192, /* and ends at 4,096 */
	JWK_EXPONENT_MAX = 8,    /* bytes */
	JWK_COORDINATE_MAX = 66, /* bytes, of P-521 */
};

/* Frees a key: for AKV_CLEANUP. */
AKV_UNUSED static inline void evp_pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

/*
 * The public key of @jwk, the member "key" of a bundle; the caller frees it.
 * Returns 0, JWK_E_SYMMETRIC if it is of a type that has none (oct),
 * JWK_E_UNTRUSTED with *@why filled, or -ENOMEM.
 */
enum { JWK_E_SYMMETRIC = 1, JWK_E_UNTRUSTED = 2 };
AKV_MUST_CHECK int jwk_read(EVP_PKEY **ret, const cJSON *jwk, const Why *why);

/*
 * Append @key as the public JWK of RFC 7517 and RFC 7518 with "kid": one line,
 * the members in lexicographic order (RFC 7638), lengths as in the RFCs. No
 * "key_ops": what the vault would do with its private half is not what others
 * do with this one. Returns 0, -ENOMEM, or buf_append()'s.
 */
AKV_MUST_CHECK int jwk_append(Buf *buf, EVP_PKEY *key, const char *kid);
