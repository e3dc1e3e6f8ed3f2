/* SPDX-License-Identifier: MIT */

/* Some writers mean NULL and some "" by no password: both are tried. */

#include "emulator/pkcs12.h"

#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "emulator/certificate.h"

static void chain_freep(STACK_OF(X509) * *chain)
{
	sk_X509_pop_free(*chain, X509_free);
}

static int pfx_append(Buf *ret, PKCS12 *pfx)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *key = NULL;
	AKV_CLEANUP(x509_freep) X509 *leaf = NULL;
	AKV_CLEANUP(chain_freep) STACK_OF(X509) *chain = NULL;
	int r = 0;

	if (PKCS12_parse(pfx, NULL, &key, &leaf, &chain) != 1 &&
	    PKCS12_parse(pfx, "", &key, &leaf, &chain) != 1)
		return PKCS12_E_INVALID;
	if (key)
		r = private_key_append_pem(ret, key);
	if (r == 0 && leaf)
		r = certificate_append_pem(ret, leaf);
	for (int i = 0; r == 0 && i < sk_X509_num(chain); i++)
		r = certificate_append_pem(ret, sk_X509_value(chain, i));
	return r;
}

int pkcs12_to_pem(Buf *ret, const char *text, size_t n)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	const unsigned char *at;
	PKCS12 *pfx;
	int r;

	r = base64_decode(&der, BASE64_STANDARD, text, n);
	if (r != 0)
		return r == -ENOMEM ? r : PKCS12_E_INVALID;
	at = (const unsigned char *)der.p;
	pfx = d2i_PKCS12(NULL, &at, (long)der.n);
	if (!pfx)
		return PKCS12_E_INVALID;
	r = pfx_append(ret, pfx);
	PKCS12_free(pfx);
	return r;
}
