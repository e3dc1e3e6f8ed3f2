/* SPDX-License-Identifier: MIT */

/* The names of paddings are OpenSSL's; the schemes are those of RFC 8017. */

#include "emulator/key-crypto.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

AKV_UNUSED static inline void context_freep(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
AKV_UNUSED static inline void signature_freep(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

bool key_crypto_fits(const KeyMaterial *material, const KeyAlgorithm *algorithm)
{
	if (material->shape.type != algorithm->type)
		return false;
	if (algorithm->curve)
		return strcmp(material->shape.curve->name, algorithm->curve) ==
		       0;
	return algorithm->bits == 0 || algorithm->bits == material->shape.bits;
}

typedef int (*ContextInit)(EVP_PKEY_CTX *context);
typedef int (*ContextRun)(EVP_PKEY_CTX *context, unsigned char *to, size_t *n,
			  const unsigned char *from, size_t from_n);

/* A context that @init has made ready, padded as @algorithm says. */
static int context_new(EVP_PKEY_CTX **ret, const KeyMaterial *material,
		       const KeyAlgorithm *algorithm, ContextInit init)
{
	AKV_CLEANUP(context_freep)
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_pkey(NULL, material->pkey, NULL);
	const EVP_MD *digest = algorithm->digest
				       ? EVP_get_digestbyname(algorithm->digest)
				       : NULL;
	int good = context ? init(context) : 0;

	switch (algorithm->scheme) {
	case KEY_SCHEME_RSA_PKCS1:
	case KEY_SCHEME_RSA_SIGN:
		good = good == 1 ? EVP_PKEY_CTX_set_rsa_padding(
					   context, RSA_PKCS1_PADDING)
				 : 0;
		break;
	case KEY_SCHEME_RSA_OAEP:
		good = good == 1 &&
		       EVP_PKEY_CTX_set_rsa_padding(
			       context, RSA_PKCS1_OAEP_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) == 1;
		break;
	case KEY_SCHEME_RSA_PSS:
		good = good == 1 &&
		       EVP_PKEY_CTX_set_rsa_padding(
			       context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       context, RSA_PSS_SALTLEN_DIGEST) == 1;
		break;
	default:
		break;
	}
	if (good == 1 && digest && algorithm->digest_size > 0)
		good = EVP_PKEY_CTX_set_signature_md(context, digest);
	if (good != 1)
		return -EIO;
	*ret = AKV_TAKE(context);
	return 0;
}

static int run(Buf *ret, const KeyMaterial *material,
	       const KeyAlgorithm *algorithm, ContextInit init,
	       ContextRun operate, const Buf *input, int refusal)
{
	AKV_CLEANUP(context_freep) EVP_PKEY_CTX *context = NULL;
	unsigned char output[KEY_RSA_BITS_MAX / 8];
	size_t n = sizeof(output);
	int r = context_new(&context, material, algorithm, init);

	if (r < 0)
		return r;
	r = refusal;
	if (operate(context, output, &n, (const unsigned char *)input->p,
		    input->n) == 1)
		r = buf_append(ret, output, n);
	explicit_bzero(output, sizeof(output));
	return r;
}

int key_crypto_encrypt(Buf *ret, const KeyMaterial *material,
		       const KeyAlgorithm *algorithm, const Buf *text)
{
	return run(ret, material, algorithm, EVP_PKEY_encrypt_init,
		   EVP_PKEY_encrypt, text, KEY_CRYPTO_E_SIZE);
}

int key_crypto_decrypt(Buf *ret, const KeyMaterial *material,
		       const KeyAlgorithm *algorithm, const Buf *sealed)
{
	return run(ret, material, algorithm, EVP_PKEY_decrypt_init,
		   EVP_PKEY_decrypt, sealed, KEY_CRYPTO_E_REFUSED);
}

/* DER to r || s. */
static int signature_flatten(Buf *ret, const Buf *der, size_t size)
{
	const unsigned char *at = (const unsigned char *)der->p;
	AKV_CLEANUP(signature_freep)
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der->n);
	unsigned char flat[2 * (KEY_RSA_BITS_MAX / 8)];
	const BIGNUM *r, *s;

	if (!signature)
		return -EIO;
	ECDSA_SIG_get0(signature, &r, &s);
	if (BN_bn2binpad(r, flat, (int)size) < 0 ||
	    BN_bn2binpad(s, flat + size, (int)size) < 0)
		return -EIO;
	return buf_append(ret, flat, 2 * size);
}

/* The reverse; KEY_CRYPTO_E_SIZE if it is not twice @size long. */
static int signature_wrap(Buf *ret, const Buf *flat, size_t size)
{
	AKV_CLEANUP(signature_freep) ECDSA_SIG *signature = ECDSA_SIG_new();
	const unsigned char *at = (const unsigned char *)flat->p;
	unsigned char *der = NULL;
	BIGNUM *r, *s;
	int n, result;

	if (flat->n != 2 * size)
		return KEY_CRYPTO_E_SIZE;
	r = BN_bin2bn(at, (int)size, NULL);
	s = BN_bin2bn(at + size, (int)size, NULL);
	if (!signature || !r || !s || ECDSA_SIG_set0(signature, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return -ENOMEM;
	}
	n = i2d_ECDSA_SIG(signature, &der);
	if (n <= 0)
		return -EIO;
	result = buf_append(ret, der, (size_t)n);
	OPENSSL_free(der);
	return result;
}

static bool digest_fits(const KeyAlgorithm *algorithm, const Buf *digest)
{
	return algorithm->digest_size == 0 ||
	       digest->n == algorithm->digest_size;
}

int key_crypto_sign(Buf *ret, const KeyMaterial *material,
		    const KeyAlgorithm *algorithm, const Buf *digest)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_LINE);
	bool flat = algorithm->scheme == KEY_SCHEME_ECDSA;
	int r;

	if (!digest_fits(algorithm, digest))
		return KEY_CRYPTO_E_SIZE;
	r = run(flat ? &der : ret, material, algorithm, EVP_PKEY_sign_init,
		EVP_PKEY_sign, digest, KEY_CRYPTO_E_SIZE);
	if (r == 0 && flat)
		r = signature_flatten(ret, &der, material->shape.curve->size);
	return r;
}

int key_crypto_verify(bool *ret, const KeyMaterial *material,
		      const KeyAlgorithm *algorithm, const Buf *digest,
		      const Buf *signature)
{
	AKV_CLEANUP(context_freep) EVP_PKEY_CTX *context = NULL;
	AKV_BUF Buf der = BUF_INIT(KEY_CRYPTO_MAX);
	int r = 0;

	if (!digest_fits(algorithm, digest))
		return KEY_CRYPTO_E_SIZE;
	if (algorithm->scheme == KEY_SCHEME_ECDSA) {
		r = signature_wrap(&der, signature,
				   material->shape.curve->size);
		signature = &der;
	}
	if (r == KEY_CRYPTO_E_SIZE) {
		*ret = false;
		return 0;
	}
	if (r == 0)
		r = context_new(&context, material, algorithm,
				EVP_PKEY_verify_init);
	if (r == 0)
		*ret = EVP_PKEY_verify(
			       context, (const unsigned char *)signature->p,
			       signature->n, (const unsigned char *)digest->p,
			       digest->n) == 1;
	return r;
}
