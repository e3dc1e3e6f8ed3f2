/* SPDX-License-Identifier: MIT */

/* Version 3 certificates with SHA-256, random serial, valid from an hour ago.
 */

#include "emulator/certificate.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "emulator/names.h"

enum { SERIAL_BYTES = 16, SECONDS_PER_DAY = 86400 };

/* PEM never asks: an encrypted file is simply refused. */
static int password_none(AKV_UNUSED char *buffer, AKV_UNUSED int size,
			 AKV_UNUSED int writing, AKV_UNUSED void *data)
{
	return -1;
}

bool certificate_serial_set(X509 *certificate)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number;
	bool ok;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number &&
	     BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return ok;
}

static bool extension_add(X509 *certificate, X509 *issuer, int nid,
			  const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (!extension)
		return false;
	ok = X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool extensions_set(X509 *certificate, X509 *issuer,
			   const CertificateRequest *request)
{
	bool authority = request->kind == CERTIFICATE_AUTHORITY;
	bool ok;

	ok = extension_add(certificate, issuer, NID_basic_constraints,
			   authority ? "critical,CA:TRUE,pathlen:0"
				     : "critical,CA:FALSE") &&
	     extension_add(certificate, issuer, NID_key_usage,
			   authority ? "critical,keyCertSign,cRLSign"
				     : "critical,digitalSignature") &&
	     extension_add(certificate, issuer, NID_subject_key_identifier,
			   "hash") &&
	     extension_add(certificate, issuer, NID_authority_key_identifier,
			   "keyid:always");
	if (ok && request->kind == CERTIFICATE_SERVER)
		ok = extension_add(certificate, issuer, NID_ext_key_usage,
				   "serverAuth");
	if (ok && request->alternative_names)
		ok = extension_add(certificate, issuer, NID_subject_alt_name,
				   request->alternative_names);
	return ok;
}

static bool names_set(X509 *certificate, X509 *issuer, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					  (const unsigned char *)common_name,
					  -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate,
				    X509_get_subject_name(issuer)) == 1;
}

int certificate_new(X509 **ret, const CertificateRequest *request)
{
	AKV_CLEANUP(x509_freep) X509 *certificate = X509_new();
	X509 *issuer = request->issuer ? request->issuer : certificate;
	EVP_PKEY *signer = request->issuer ? request->issuer_key : request->key;
	long life_s = (long)request->days * SECONDS_PER_DAY;

	if (!certificate)
		return -ENOMEM;
	if (X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    !certificate_serial_set(certificate) ||
	    !X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) ||
	    !X509_gmtime_adj(X509_getm_notAfter(certificate), life_s) ||
	    X509_set_pubkey(certificate, request->key) != 1 ||
	    !names_set(certificate, issuer, request->common_name) ||
	    !extensions_set(certificate, issuer, request) ||
	    X509_sign(certificate, signer, EVP_sha256()) == 0)
		return -EIO;
	*ret = AKV_TAKE(certificate);
	return 0;
}

/* Move what @bio holds to the end of @ret. */
static int bio_append(Buf *ret, BIO *bio)
{
	char *text = NULL;
	long n = BIO_get_mem_data(bio, &text);

	return n > 0 ? buf_append(ret, text, (size_t)n) : -EIO;
}

int certificate_append_pem(Buf *ret, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r;

	if (!bio)
		return -ENOMEM;
	r = PEM_write_bio_X509(bio, certificate) == 1 ? 0 : -EIO;
	if (r == 0)
		r = bio_append(ret, bio);
	(void)BIO_free(bio);
	return r;
}

int private_key_append_pem(Buf *ret, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r;

	if (!bio)
		return -ENOMEM;
	r = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
					  NULL) == 1
		    ? 0
		    : -EIO;
	if (r == 0)
		r = bio_append(ret, bio);
	(void)BIO_free(bio);
	return r;
}

int certificate_parse_pem(X509 **ret, const char *pem, size_t n)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)AKV_MIN(n, (size_t)BUF_MAX_FILE));
	X509 *certificate;

	if (!bio)
		return -ENOMEM;
	certificate = PEM_read_bio_X509(bio, NULL, password_none, NULL);
	(void)BIO_free(bio);
	if (!certificate)
		return -EIO;
	*ret = certificate;
	return 0;
}

int private_key_parse_pem(EVP_PKEY **ret, const char *pem, size_t n)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)AKV_MIN(n, (size_t)BUF_MAX_FILE));
	EVP_PKEY *key;

	if (!bio)
		return -ENOMEM;
	key = PEM_read_bio_PrivateKey(bio, NULL, password_none, NULL);
	(void)BIO_free(bio);
	if (!key)
		return -EIO;
	*ret = key;
	return 0;
}
