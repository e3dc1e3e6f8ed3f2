/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-crypto - what RSA and EC keys do, by OpenSSL
 *
 * Pure. Key and algorithm must fit: key_crypto_fits(). All append to @ret and
 * return 0, a negative errno, KEY_CRYPTO_E_SIZE for input of a length that the
 * algorithm cannot take, or KEY_CRYPTO_E_REFUSED for what does not decrypt.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/key-algorithm.h"
#include "emulator/key-material.h"

enum {
	KEY_CRYPTO_E_SIZE = 1,
	KEY_CRYPTO_E_REFUSED = 2,
	KEY_CRYPTO_MAX = 64 * 1024, /* bytes of input or output */
};

/* Are type, curve and length of @material those of @algorithm? */
bool key_crypto_fits(const KeyMaterial *material,
		     const KeyAlgorithm *algorithm);

AKV_MUST_CHECK int key_crypto_encrypt(Buf *ret, const KeyMaterial *material,
				      const KeyAlgorithm *algorithm,
				      const Buf *text);
AKV_MUST_CHECK int key_crypto_decrypt(Buf *ret, const KeyMaterial *material,
				      const KeyAlgorithm *algorithm,
				      const Buf *sealed);
AKV_MUST_CHECK int key_crypto_sign(Buf *ret, const KeyMaterial *material,
				   const KeyAlgorithm *algorithm,
				   const Buf *digest);
AKV_MUST_CHECK int key_crypto_verify(bool *ret, const KeyMaterial *material,
				     const KeyAlgorithm *algorithm,
				     const Buf *digest, const Buf *signature);
