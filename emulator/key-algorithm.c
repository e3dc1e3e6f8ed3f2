/* SPDX-License-Identifier: MIT */

/* The table alone; key-crypto.c and key-aes.c do what it says. */

#include "emulator/key-algorithm.h"

#define CIPHER (KEY_ENCRYPT | KEY_DECRYPT | KEY_WRAP | KEY_UNWRAP)
#define SIGNATURE (KEY_SIGN | KEY_VERIFY)
#define ENCRYPTION (KEY_ENCRYPT | KEY_DECRYPT)
#define WRAPPING (KEY_WRAP | KEY_UNWRAP)

#define RSA_CIPHER(text, kind, hash)                                   \
	{                                                              \
		.name = (text), .type = KEY_TYPE_RSA,                  \
		.scheme = KEY_SCHEME_RSA_##kind, .operations = CIPHER, \
		.digest = (hash)                                       \
	}
#define RSA_SIGNATURE(text, kind, hash, size)                             \
	{                                                                 \
		.name = (text), .type = KEY_TYPE_RSA,                     \
		.scheme = KEY_SCHEME_RSA_##kind, .operations = SIGNATURE, \
		.digest = (hash), .digest_size = (size)                   \
	}
#define ECDSA(text, on, hash, size)                                    \
	{                                                              \
		.name = (text), .type = KEY_TYPE_EC,                   \
		.scheme = KEY_SCHEME_ECDSA, .operations = SIGNATURE,   \
		.digest = (hash), .digest_size = (size), .curve = (on) \
	}
#define AES(text, kind, use, length)                                  \
	{                                                             \
		.name = (text), .type = KEY_TYPE_OCT,                 \
		.scheme = KEY_SCHEME_AES_##kind, .operations = (use), \
		.bits = (length)                                      \
	}

static const KeyAlgorithm algorithms[] = {
	RSA_CIPHER("RSA1_5", PKCS1, NULL),
	RSA_CIPHER("RSA-OAEP", OAEP, "SHA1"),
	RSA_CIPHER("RSA-OAEP-256", OAEP, "SHA256"),
	RSA_SIGNATURE("RS256", SIGN, "SHA256", 32),
	RSA_SIGNATURE("RS384", SIGN, "SHA384", 48),
	RSA_SIGNATURE("RS512", SIGN, "SHA512", 64),
	RSA_SIGNATURE("RSNULL", SIGN, NULL, 0),
	RSA_SIGNATURE("PS256", PSS, "SHA256", 32),
	RSA_SIGNATURE("PS384", PSS, "SHA384", 48),
	RSA_SIGNATURE("PS512", PSS, "SHA512", 64),
	ECDSA("ES256", "P-256", "SHA256", 32),
	ECDSA("ES384", "P-384", "SHA384", 48),
	ECDSA("ES512", "P-521", "SHA512", 64),
	ECDSA("ES256K", "P-256K", "SHA256", 32),
	/* As it was called up to 2018. */
	ECDSA("ECDSA256", "P-256K", "SHA256", 32),
	AES("A128GCM", GCM, ENCRYPTION, 128),
	AES("A192GCM", GCM, ENCRYPTION, 192),
	AES("A256GCM", GCM, ENCRYPTION, 256),
	AES("A128CBC", CBC, ENCRYPTION, 128),
	AES("A192CBC", CBC, ENCRYPTION, 192),
	AES("A256CBC", CBC, ENCRYPTION, 256),
	AES("A128CBCPAD", CBC_PAD, ENCRYPTION, 128),
	AES("A192CBCPAD", CBC_PAD, ENCRYPTION, 192),
	AES("A256CBCPAD", CBC_PAD, ENCRYPTION, 256),
	AES("A128KW", WRAP, WRAPPING, 128),
	AES("A192KW", WRAP, WRAPPING, 192),
	AES("A256KW", WRAP, WRAPPING, 256),
};

const KeyAlgorithm *key_algorithm_find(const char *name)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(algorithms); i++) {
		if (strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	}
	return NULL;
}
