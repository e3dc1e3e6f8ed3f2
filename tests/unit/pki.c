/* SPDX-License-Identifier: MIT */

/* Used by test-rendition-*.c and test-pfx.c. */

#include "tests/unit/pki.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/base64.h"

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

EVP_PKEY *pki_rsa(unsigned bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	MUST(key);
	return key;
}

EVP_PKEY *pki_ec(const char *group)
{
	EVP_PKEY *key = EVP_EC_gen(group);

	MUST(key);
	return key;
}

static void extension_add(X509 *certificate, X509 *issuer, int nid,
			  const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer ? issuer : certificate, certificate, NULL,
		       NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(extension && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

X509 *pki_issue(const char *common_name, EVP_PKEY *key, X509 *issuer,
		EVP_PKEY *issuer_key)
{
	static long serial;
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();
	char san[128];

	MUST(certificate && name);
	MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					(const unsigned char *)common_name, -1,
					-1, 0) == 1);
	MUST(X509_set_version(certificate, 2) == 1);
	MUST(ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial));
	MUST(X509_set_subject_name(certificate, name) == 1);
	MUST(X509_set_issuer_name(certificate,
				  issuer ? X509_get_subject_name(issuer)
					 : name) == 1);
	MUST(X509_gmtime_adj(X509_getm_notBefore(certificate), -86400));
	MUST(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400));
	MUST(X509_set_pubkey(certificate, key) == 1);
	(void)snprintf(san, sizeof(san), "DNS:%s.example,IP:192.0.2.1",
		       common_name);
	extension_add(certificate, issuer, NID_subject_alt_name, san);
	extension_add(certificate, issuer, NID_basic_constraints,
		      "critical,CA:TRUE");
	MUST(X509_sign(certificate, issuer_key ? issuer_key : key,
		       EVP_sha256()) > 0);
	X509_NAME_free(name);
	return certificate;
}

static Secret *secret_of(const void *bytes, size_t n)
{
	Secret *secret = NULL;

	MUST(secret_new(&secret, bytes, n) == 0);
	return secret;
}

Secret *pki_text(const char *text)
{
	return secret_of(text, strlen(text));
}

Secret *pki_document(X509 *certificate, const char *rest)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);

	MUST(n > 0);
	MUST(buf_printf(&text,
			"{\"id\":\"https://v.vault.azure.net/"
			"certificates/web/" PKI_VERSION "\",\"cer\":\"") == 0);
	MUST(base64_encode(&text, BASE64_STANDARD, der, (size_t)n) == 0);
	MUST(buf_printf(&text, "\"%s}", rest) == 0);
	OPENSSL_free(der);
	return secret_of(text.p, text.n);
}

Secret *pki_pem(EVP_PKEY *key, X509 *const certificates[], size_t n)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	Secret *secret;

	MUST(bio);
	if (key)
		MUST(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0,
						   NULL, NULL) == 1);
	for (size_t i = 0; i < n; i++)
		MUST(PEM_write_bio_X509(bio, certificates[i]) == 1);
	n = (size_t)BIO_get_mem_data(bio, &bytes);
	secret = secret_of(bytes, n);
	BIO_free(bio);
	return secret;
}

Secret *pki_pfx(EVP_PKEY *key, X509 *leaf, X509 *const others[], size_t n,
		const char *password, int nid, int iterations)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	STACK_OF(X509) *more = sk_X509_new_null();
	unsigned char *der = NULL;
	PKCS12 *p12;
	int size;

	for (size_t i = 0; i < n; i++)
		MUST(sk_X509_push(more, others[i]) > 0);
	p12 = PKCS12_create(password, NULL, key, leaf, more, nid, nid,
			    iterations, 1, 0);
	MUST(p12);
	size = i2d_PKCS12(p12, &der);
	MUST(size > 0);
	MUST(base64_encode(&text, BASE64_STANDARD, der, (size_t)size) == 0);
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_X509_free(more);
	return secret_of(text.p, text.n);
}
