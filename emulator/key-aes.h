/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-aes - what symmetric keys do, by OpenSSL
 *
 * Pure. Answers are those of key-crypto.h; key and algorithm must fit.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/key-algorithm.h"
#include "emulator/key-material.h"

enum {
	KEY_AES_BLOCK = 16,
	KEY_AES_GCM_NONCE = 12,
	KEY_AES_GCM_TAG = 16,
};

/* What goes with a ciphertext; empty where an algorithm has no such thing. */
typedef struct KeyAesSides {
	Buf iv, aad, tag;
} KeyAesSides;

#define KEY_AES_SIDES_INIT                                                   \
	(KeyAesSides)                                                        \
	{                                                                    \
		.iv = BUF_INIT(BUF_MAX_LINE), .aad = BUF_INIT(BUF_MAX_FORM), \
		.tag = BUF_INIT(BUF_MAX_LINE)                                \
	}
void key_aes_sides_done(KeyAesSides *sides);

/* GCM makes the iv itself, and the tag; CBC needs the iv. */
AKV_MUST_CHECK int key_aes_encrypt(Buf *ret, KeyAesSides *sides,
				   const KeyMaterial *material,
				   const KeyAlgorithm *algorithm,
				   const Buf *text);
AKV_MUST_CHECK int key_aes_decrypt(Buf *ret, const KeyAesSides *sides,
				   const KeyMaterial *material,
				   const KeyAlgorithm *algorithm,
				   const Buf *sealed);
