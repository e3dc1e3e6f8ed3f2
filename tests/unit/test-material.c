/* SPDX-License-Identifier: MIT */

/* Secrets that hold no certificate, or one that is not to be believed. */

#include <openssl/asn1t.h>
#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/parse.h"
#include "check.h"
#include "fs/material.h"
#include "fs/pem.h"
#include "fs/pfx.h"
#include "pki.h"

static EVP_PKEY *key;
static X509 *own;
static char why[256];
static const Why where = {why, sizeof(why)};

/* Takes @value over. */
static int read_value(Material *ret, Secret *value, const char *content_type)
{
	int r;

	why[0] = '\0';
	r = material_read(ret, value, content_type, &where);
	(void)secret_unref(value);
	return r;
}

static void refused(Secret *value, const char *content_type, const char *words)
{
	Material material = {0};

	CHECK_EQ(read_value(&material, value, content_type),
		 MATERIAL_E_UNTRUSTED);
	if (!strstr(why, words))
		CHECK_FAIL("%s", why);
	CHECK(ascii_is_printable(why));
	CHECK(!material.key && material.n == 0);
}

static void read_well(Secret *value, const char *content_type)
{
	Material material = {0};

	CHECK_OK(read_value(&material, value, content_type));
	CHECK_STR(why, "");
	CHECK_EQ(EVP_PKEY_eq(material.key, key), 1);
	CHECK_EQ(material.n, 1);
	CHECK_EQ(X509_cmp(material.certificates[0], own), 0);
	material_done(&material);
	CHECK(!material.key && material.n == 0);
}

static void test_content_types(void)
{
	static const char *const wrong[] = {
		NULL, "", "text/plain", "application/x-pkcs12 ",
		"application/x-pem-file; charset=utf-8"};
	Material material = {0};

	read_well(pki_pem(key, &own, 1), "APPLICATION/X-PEM-FILE");
	read_well(pki_pfx(key, own, NULL, 0, "", 0, 0), PFX_CONTENT_TYPE);
	for (size_t i = 0; i < AKV_ARRAY_LEN(wrong); i++)
		refused(pki_pem(key, &own, 1), wrong[i], "of neither");
	refused(pki_pem(key, &own, 1), PFX_CONTENT_TYPE, "not base64");
	/* No block of PEM at all is for the caller to judge. */
	CHECK_OK(read_value(&material, pki_text("AAAA"), PEM_CONTENT_TYPE));
	CHECK(!material.key && material.n == 0);
}

/* A PFX, without its MAC's key, as base64; takes it over. */
static Secret *pfx_text(PKCS12 *pfx, const char *behind)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	unsigned char *bytes = NULL;
	int n = i2d_PKCS12(pfx, &bytes);

	if (n <= 0 || buf_append(&der, bytes, (size_t)n) != 0 ||
	    buf_append_string(&der, behind) != 0 ||
	    base64_encode(&text, BASE64_STANDARD, der.p, der.n) != 0)
		abort();
	OPENSSL_free(bytes);
	PKCS12_free(pfx);
	return pki_text(text.p);
}

static PKCS12 *pfx_make(int rounds, int mac_rounds)
{
	PKCS12 *pfx = PKCS12_create("", NULL, key, own, NULL, 0, 0, rounds,
				    mac_rounds, 0);

	if (!pfx)
		abort();
	return pfx;
}

static PKCS12 *mac_rounds_set(PKCS12 *pfx, int64_t rounds)
{
	const ASN1_INTEGER *kept = NULL;

	PKCS12_get0_mac(NULL, NULL, NULL, &kept, pfx);
	if (ASN1_INTEGER_set_int64((ASN1_INTEGER *)(uintptr_t)kept, rounds) !=
	    1)
		abort();
	return pfx;
}

/* The rounds of PBMAC1 are in its parameters. */
static PKCS12 *pbmac1_set(PKCS12 *pfx, int rounds)
{
	X509_ALGOR *pbes2 =
		PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, NULL, 0, NULL, -1);
	const X509_ALGOR *mac = NULL;

	PKCS12_get0_mac(NULL, &mac, NULL, NULL, pfx);
	if (!pbes2 ||
	    X509_ALGOR_set0(
		    (X509_ALGOR *)(uintptr_t)mac,
		    OBJ_txt2obj("1.2.840.113549.1.5.14", 1), V_ASN1_SEQUENCE,
		    ASN1_STRING_dup(pbes2->parameter->value.sequence)) != 1)
		abort();
	X509_ALGOR_free(pbes2);
	return pfx;
}

/* All of it is counted before any of it is done. */
static void test_too_much_work(void)
{
	static const char words[] = "too many iterations";

	read_well(pfx_text(pfx_make(2048, 2048), ""), PFX_CONTENT_TYPE);
	refused(pfx_text(pfx_make(2048, PFX_ITERATIONS_MAX / 2 + 1), ""),
		PFX_CONTENT_TYPE, words);
	refused(pfx_text(mac_rounds_set(pfx_make(1, 2), INT64_MAX), ""),
		PFX_CONTENT_TYPE, words);
	refused(pfx_text(mac_rounds_set(pfx_make(1, 2), 0), ""),
		PFX_CONTENT_TYPE, words);
	refused(pfx_text(mac_rounds_set(pfx_make(1, 2), -5), ""),
		PFX_CONTENT_TYPE, words);
	refused(pfx_text(pfx_make(PFX_ITERATIONS_MAX, 1), ""), PFX_CONTENT_TYPE,
		words);
	refused(pfx_text(pbmac1_set(pfx_make(1, 1), INT32_MAX), ""),
		PFX_CONTENT_TYPE, words);
}

static void test_what_is_no_pfx(void)
{
	refused(pki_text(""), PFX_CONTENT_TYPE, "");
	refused(pki_text("AAAA"), PFX_CONTENT_TYPE, "well-formed");
	refused(pki_text("!"), PFX_CONTENT_TYPE, "not base64");
	refused(pfx_text(pfx_make(1, 1), "x"), PFX_CONTENT_TYPE, "well-formed");
	refused(pki_pfx(key, own, NULL, 0, "secret", 0, 0), PFX_CONTENT_TYPE,
		"with a password");
}

/* The PEM of @key and @own, with @more behind it. */
static Secret *pem_with(const char *more)
{
	AKV_CLEANUP(secret_unrefp) Secret *pem = pki_pem(key, &own, 1);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);

	if (buf_append(&text, secret_bytes(pem), secret_size(pem)) != 0 ||
	    buf_append_string(&text, more) != 0)
		abort();
	return pki_text(text.p);
}

static void test_what_is_no_pem(void)
{
	X509 *many[MATERIAL_CERTIFICATES_MAX + 1];
	AKV_BUF Buf blocks = BUF_INIT(BUF_MAX_FILE);

	for (size_t i = 0; i < AKV_ARRAY_LEN(many); i++)
		many[i] = own;
	refused(pki_pem(key, many, AKV_ARRAY_LEN(many)), PEM_CONTENT_TYPE,
		"more than 24 certificates");
	refused(pem_with("-----BEGIN CERTIFICATE-----\nAAAA\n"
			 "-----END CERTIFICATE-----\n"),
		PEM_CONTENT_TYPE, "no certificate");
	refused(pem_with("-----BEGIN PRIVATE KEY-----\nAAAA\n"
			 "-----END PRIVATE KEY-----\n"),
		PEM_CONTENT_TYPE, "no private key");
	refused(pem_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
			 "-----END ENCRYPTED PRIVATE KEY-----\n"),
		PEM_CONTENT_TYPE, "encrypted");
	refused(pem_with(
			"-----BEGIN RSA PRIVATE KEY-----\n"
			"Proc-Type: 4,ENCRYPTED\n"
			"DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF"
			"\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
		PEM_CONTENT_TYPE, "encrypted");
	for (size_t i = 0; i <= PEM_BLOCKS_MAX; i++)
		if (buf_append_string(&blocks, "-----BEGIN X-----\nAAAA\n"
					       "-----END X-----\n") != 0)
			abort();
	refused(pem_with(blocks.p), PEM_CONTENT_TYPE, "");
	/* What else there may be is passed over. */
	read_well(pem_with("-----BEGIN X-----\nAAAA\n-----END X-----\n"),
		  PEM_CONTENT_TYPE);
}

static void test_two_keys(void)
{
	EVP_PKEY *second = pki_ec("P-256");
	AKV_CLEANUP(secret_unrefp) Secret *more = pki_pem(second, NULL, 0);

	refused(pem_with(secret_bytes(more)), PEM_CONTENT_TYPE,
		"several private keys");
	EVP_PKEY_free(second);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	key = pki_rsa(2048);
	own = pki_issue("own", key, NULL, NULL);
	RUN(test_content_types);
	RUN(test_too_much_work);
	RUN(test_what_is_no_pfx);
	RUN(test_what_is_no_pem);
	RUN(test_two_keys);
	X509_free(own);
	EVP_PKEY_free(key);
	return check_report();
}
