/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-algorithm - the names of RFC 7518 that a key can be used with
 */

#include "base/std.h"
#include "emulator/key-operation.h"

enum key_scheme {
	KEY_SCHEME_RSA_PKCS1, /* encryption, RFC 8017 7.2 */
	KEY_SCHEME_RSA_OAEP,  /* 7.1 */
	KEY_SCHEME_RSA_SIGN,  /* signature, 8.2 */
	KEY_SCHEME_RSA_PSS,   /* 8.1, the salt as long as the digest */
	KEY_SCHEME_ECDSA,     /* r and s one after the other, RFC 7518 3.4 */
	KEY_SCHEME_AES_GCM,
	KEY_SCHEME_AES_CBC,
	KEY_SCHEME_AES_CBC_PAD, /* PKCS#7 */
	KEY_SCHEME_AES_WRAP,    /* RFC 3394 */
};

typedef struct KeyAlgorithm {
	const char *name;
	enum key_type type;
	enum key_scheme scheme;
	unsigned operations; /* a set of enum key_operation */
	const char *digest;  /* OpenSSL's name; NULL: none */
	size_t digest_size;  /* bytes that are signed; 0: free */
	const char *curve;   /* of ECDSA */
	unsigned bits;       /* of AES */
} KeyAlgorithm;

/* NULL if there is none of that name. */
const KeyAlgorithm *key_algorithm_find(const char *name);
