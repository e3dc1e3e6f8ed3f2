/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-material - keys, certificates and files of them, made by OpenSSL
 */

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "base/std.h"

AKV_UNUSED static void key_must(bool condition)
{
	if (!condition)
		abort();
}

AKV_UNUSED static EVP_PKEY *key_rsa(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);

	key_must(key != NULL);
	return key;
}

/* A certificate for @key, signed with it. */
AKV_UNUSED static X509 *key_certificate(EVP_PKEY *key, const char *name)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	key_must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7) == 1);
	key_must(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL);
	key_must(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) !=
		 NULL);
	key_must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					    (const unsigned char *)name, -1, -1,
					    0) == 1);
	key_must(X509_set_issuer_name(certificate, subject) == 1);
	key_must(X509_set_pubkey(certificate, key) == 1);
	key_must(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

AKV_UNUSED static Secret *key_bio_take(BIO *bio)
{
	Secret *secret = NULL;
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	key_must(secret_new(&secret, p, (size_t)n) == 0);
	BIO_free(bio);
	return secret;
}

/* The key, encrypted with @password unless NULL, between two certificates of
 * which @own is the second. */
AKV_UNUSED static Secret *key_pem(EVP_PKEY *key, X509 *other, X509 *own,
				  const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (other)
		key_must(PEM_write_bio_X509(bio, other) == 1);
	if (key)
		key_must(PEM_write_bio_PKCS8PrivateKey(
				 bio, key, password ? EVP_aes_256_cbc() : NULL,
				 password, password ? (int)strlen(password) : 0,
				 NULL, NULL) == 1);
	if (own)
		key_must(PEM_write_bio_X509(bio, own) == 1);
	return key_bio_take(bio);
}

AKV_UNUSED static Secret *key_pfx(EVP_PKEY *key, X509 *other, X509 *own,
				  const char *password)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	BIO *bio = BIO_new(BIO_s_mem());
	PKCS12 *pfx;

	if (other)
		key_must(sk_X509_push(others, other) > 0);
	pfx = PKCS12_create(password, "akvfs", key, own, others, 0, 0, 0, 0, 0);
	key_must(pfx != NULL && i2d_PKCS12_bio(bio, pfx) == 1);
	PKCS12_free(pfx);
	sk_X509_free(others);
	return key_bio_take(bio);
}
