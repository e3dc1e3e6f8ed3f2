/* SPDX-License-Identifier: MIT */

/*
 * At most n rounds of at most n verifications, each of a key of bounded size.
 * Used by certificate-files.c.
 */

#include "fs/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Those whose verification costs little, whatever they say. */
static bool key_is_sound(const EVP_PKEY *key)
{
	if (!key || EVP_PKEY_get_bits(key) > CHAIN_KEY_BITS_MAX)
		return false;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_EC:
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return true;
	default:
		return false;
	}
}

static bool is_issuer(X509 *issuer, X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool so = X509_check_issued(issuer, certificate) == X509_V_OK &&
		  key_is_sound(key) && X509_verify(certificate, key) == 1;

	ERR_clear_error();
	return so;
}

bool chain_is_self_signed(X509 *certificate)
{
	return is_issuer(certificate, certificate);
}

static bool is_among(X509 *certificate, X509 *const certificates[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (X509_cmp(certificates[i], certificate) == 0)
			return true;
	}
	return false;
}

size_t chain_order(X509 *ret[], X509 *leaf, X509 *const certificates[],
		   size_t n)
{
	X509 *last = leaf;
	size_t found = 0;

	while (found < n && !chain_is_self_signed(last)) {
		size_t i = 0;

		while (i < n && (X509_cmp(certificates[i], leaf) == 0 ||
				 is_among(certificates[i], ret, found) ||
				 !is_issuer(certificates[i], last)))
			i++;
		if (i == n)
			break;
		last = certificates[i];
		ret[found++] = last;
	}
	return found;
}
