/* SPDX-License-Identifier: MIT */

/*
 * The algorithms are those that the service itself writes (3DES, SHA-1): with
 * an empty password they hide nothing anyway, and they are what every reader
 * knows. Used by certificate-files.c.
 */

#include <openssl/pkcs12.h>

#include "fs/pfx.h"

typedef STACK_OF(PKCS12_SAFEBAG) Bags;
typedef STACK_OF(PKCS7) Safes;

enum { SALT_SIZE = 8, ITERATIONS = 2000 };

/* What is made from the first certificate, in place of random bytes. */
typedef struct PfxSeed {
	unsigned char sha1[20];   /* it ties the key to its certificate */
	unsigned char sha256[32]; /* of which the salts are parts */
} PfxSeed;

static bool seed_make(PfxSeed *ret, const X509 *certificate)
{
	return X509_digest(certificate, EVP_sha1(), ret->sha1, NULL) == 1 &&
	       X509_digest(certificate, EVP_sha256(), ret->sha256, NULL) == 1;
}

static bool bag_name(PKCS12_SAFEBAG *bag, PfxSeed *seed, const char *name)
{
	return bag &&
	       PKCS12_add_localkeyid(bag, seed->sha1, sizeof(seed->sha1)) &&
	       PKCS12_add_friendlyname_asc(bag, name, -1);
}

static PKCS12_SAFEBAG *key_bag(EVP_PKEY *key, PfxSeed *seed)
{
	PKCS8_PRIV_KEY_INFO *clear = EVP_PKEY2PKCS8(key);
	PKCS12_SAFEBAG *bag = NULL;
	X509_SIG *shrouded = NULL;

	if (clear)
		shrouded = PKCS8_encrypt(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
					 NULL, "", 0, seed->sha256, SALT_SIZE,
					 ITERATIONS, clear);
	PKCS8_PRIV_KEY_INFO_free(clear);
	if (shrouded)
		bag = PKCS12_SAFEBAG_create0_pkcs8(shrouded);
	if (shrouded && !bag)
		X509_SIG_free(shrouded);
	return bag;
}

/* Takes @bag over. */
static bool bags_add(Bags *bags, PKCS12_SAFEBAG *bag)
{
	if (bag && sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
		return true;
	PKCS12_SAFEBAG_free(bag);
	return false;
}

/* Takes @bags over. */
static bool safes_add(Safes *safes, Bags *bags, bool whole)
{
	PKCS7 *safe = whole ? PKCS12_pack_p7data(bags) : NULL;

	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	if (safe && sk_PKCS7_push(safes, safe) > 0)
		return true;
	PKCS7_free(safe);
	return false;
}

static bool add_certificates(Safes *safes, X509 *const certificates[], size_t n,
			     PfxSeed *seed, const char *name)
{
	Bags *bags = sk_PKCS12_SAFEBAG_new_null();
	bool whole = bags;

	for (size_t i = 0; i < n && whole; i++) {
		PKCS12_SAFEBAG *bag =
			PKCS12_SAFEBAG_create_cert(certificates[i]);

		if (i == 0 && bag && !bag_name(bag, seed, name))
			whole = false;
		whole = bags_add(bags, bag) && whole;
	}
	return safes_add(safes, bags, whole);
}

static bool add_key(Safes *safes, EVP_PKEY *key, PfxSeed *seed,
		    const char *name)
{
	Bags *bags = sk_PKCS12_SAFEBAG_new_null();
	PKCS12_SAFEBAG *bag = key_bag(key, seed);
	bool whole = bags && bag_name(bag, seed, name);

	if (bags)
		whole = bags_add(bags, bag) && whole;
	else
		PKCS12_SAFEBAG_free(bag);
	return safes_add(safes, bags, whole);
}

static int pfx_bytes(Secret **ret, const PKCS12 *p12)
{
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p12, &der);
	int r = n > 0 ? secret_new(ret, der, (size_t)n) : -ENOMEM;

	if (n > 0)
		OPENSSL_clear_free(der, (size_t)n);
	return r;
}

int pfx_write(Secret **ret, EVP_PKEY *key, X509 *const certificates[], size_t n,
	      const char *name)
{
	Safes *safes = sk_PKCS7_new_null();
	PKCS12 *p12 = NULL;
	PfxSeed seed;
	int r = -ENOMEM;

	if (safes && seed_make(&seed, certificates[0]) &&
	    add_certificates(safes, certificates, n, &seed, name) &&
	    add_key(safes, key, &seed, name))
		p12 = PKCS12_add_safes(safes, 0);
	if (p12 && PKCS12_set_mac(p12, "", 0, seed.sha256 + SALT_SIZE,
				  SALT_SIZE, ITERATIONS, EVP_sha1()) == 1)
		r = pfx_bytes(ret, p12);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return r;
}
