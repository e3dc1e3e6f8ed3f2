/* SPDX-License-Identifier: MIT */

/* Wrapping is a cipher of OpenSSL's too, once it is allowed to be. */

#include "emulator/key-aes.h"

#include "emulator/key-crypto.h"
#include "emulator/names.h"

enum { CIPHER_NAME_SIZE = 32, OUTPUT_SLACK = 2 * KEY_AES_BLOCK };

AKV_UNUSED static inline void cipher_freep(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}
AKV_UNUSED static inline void context_freep(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

void key_aes_sides_done(KeyAesSides *sides)
{
	buf_done(&sides->iv);
	buf_done(&sides->aad);
	buf_done(&sides->tag);
}

static const char *scheme_name(enum key_scheme scheme)
{
	switch (scheme) {
	case KEY_SCHEME_AES_GCM:
		return "GCM";
	case KEY_SCHEME_AES_WRAP:
		return "WRAP";
	default:
		return "CBC";
	}
}

static int context_new(EVP_CIPHER_CTX **ret, const KeyMaterial *material,
		       const KeyAlgorithm *algorithm, const Buf *iv,
		       bool encrypt)
{
	AKV_CLEANUP(context_freep)
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	AKV_CLEANUP(cipher_freep) EVP_CIPHER *cipher = NULL;
	bool wraps = algorithm->scheme == KEY_SCHEME_AES_WRAP;
	char name[CIPHER_NAME_SIZE];

	(void)snprintf(name, sizeof(name), "AES-%u-%s", algorithm->bits,
		       scheme_name(algorithm->scheme));
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	if (!context || !cipher)
		return -ENOMEM;
	EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(context, cipher, material->octets,
			       wraps ? NULL : (const unsigned char *)iv->p,
			       encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(
		    context, algorithm->scheme == KEY_SCHEME_AES_CBC_PAD) != 1)
		return -EIO;
	*ret = AKV_TAKE(context);
	return 0;
}

static bool iv_fits(const KeyAlgorithm *algorithm, const Buf *iv)
{
	switch (algorithm->scheme) {
	case KEY_SCHEME_AES_GCM:
		return iv->n == KEY_AES_GCM_NONCE;
	case KEY_SCHEME_AES_WRAP:
		return true;
	default:
		return iv->n == KEY_AES_BLOCK;
	}
}

/* @aad goes in first; the text between the two ends. */
static int run(Buf *ret, EVP_CIPHER_CTX *context, const Buf *aad,
	       const Buf *input, int refusal)
{
	size_t size = input->n + OUTPUT_SLACK;
	unsigned char *output;
	int n = 0, rest = 0, r = refusal;

	if (input->n > KEY_CRYPTO_MAX)
		return KEY_CRYPTO_E_SIZE;
	output = malloc(size);
	if (!output)
		return -ENOMEM;
	if ((aad->n == 0 ||
	     EVP_CipherUpdate(context, NULL, &n, (const unsigned char *)aad->p,
			      (int)aad->n) == 1) &&
	    EVP_CipherUpdate(context, output, &n,
			     (const unsigned char *)input->p,
			     (int)input->n) == 1 &&
	    EVP_CipherFinal_ex(context, output + n, &rest) == 1)
		r = buf_append(ret, output, (size_t)(n + rest));
	explicit_bzero(output, size);
	free(output);
	return r;
}

static int nonce_make(KeyAesSides *sides)
{
	unsigned char nonce[KEY_AES_GCM_NONCE];

	random_bytes(nonce, sizeof(nonce));
	buf_reset(&sides->iv);
	return buf_append(&sides->iv, nonce, sizeof(nonce));
}

static int tag_take(KeyAesSides *sides, EVP_CIPHER_CTX *context)
{
	unsigned char tag[KEY_AES_GCM_TAG];

	if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof(tag),
				tag) != 1)
		return -EIO;
	buf_reset(&sides->tag);
	return buf_append(&sides->tag, tag, sizeof(tag));
}

int key_aes_encrypt(Buf *ret, KeyAesSides *sides, const KeyMaterial *material,
		    const KeyAlgorithm *algorithm, const Buf *text)
{
	AKV_CLEANUP(context_freep) EVP_CIPHER_CTX *context = NULL;
	bool is_gcm = algorithm->scheme == KEY_SCHEME_AES_GCM;
	int r = is_gcm ? nonce_make(sides) : 0;

	if (r == 0 && !iv_fits(algorithm, &sides->iv))
		return KEY_CRYPTO_E_SIZE;
	if (r == 0)
		r = context_new(&context, material, algorithm, &sides->iv,
				true);
	if (r == 0)
		r = run(ret, context, &sides->aad, text, KEY_CRYPTO_E_SIZE);
	if (r == 0 && is_gcm)
		r = tag_take(sides, context);
	return r;
}

int key_aes_decrypt(Buf *ret, const KeyAesSides *sides,
		    const KeyMaterial *material, const KeyAlgorithm *algorithm,
		    const Buf *sealed)
{
	AKV_CLEANUP(context_freep) EVP_CIPHER_CTX *context = NULL;
	bool is_gcm = algorithm->scheme == KEY_SCHEME_AES_GCM;
	int r;

	if (!iv_fits(algorithm, &sides->iv) ||
	    (is_gcm && sides->tag.n != KEY_AES_GCM_TAG))
		return KEY_CRYPTO_E_SIZE;
	r = context_new(&context, material, algorithm, &sides->iv, false);
	if (r == 0 && is_gcm &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, KEY_AES_GCM_TAG,
				sides->tag.p) != 1)
		r = -EIO;
	if (r == 0)
		r = run(ret, context, &sides->aad, sealed,
			KEY_CRYPTO_E_REFUSED);
	return r;
}
