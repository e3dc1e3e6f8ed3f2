/* SPDX-License-Identifier: MIT */

/* Keys and certificates as PEM and as PKCS #12, in whatever order. */

#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/certificate-content.h"
#include "emulator/certificate.h"
#include "emulator/x509-make.h"
#include "tests/unit/check.h"

enum { CHAIN = 3 };

static EVP_PKEY *keys[CHAIN]; /* of a leaf, and of those above it */
static X509 *chain[CHAIN];

static void chain_make(void)
{
	static const char *const subjects[CHAIN] = {
		"{\"subject\":\"CN=leaf\",\"validity_months\":1}",
		"{\"subject\":\"CN=middle\",\"validity_months\":1}",
		"{\"subject\":\"CN=root\",\"validity_months\":1}",
	};

	for (int i = CHAIN - 1; i >= 0; i--) {
		AKV_JSON cJSON *properties = cJSON_Parse(subjects[i]);
		X509Signer above = {0};

		keys[i] = EVP_EC_gen("prime256v1");
		if (i < CHAIN - 1)
			above = (X509Signer){chain[i + 1], keys[i + 1]};
		CHECK_OK(x509_make_certificate(&chain[i], properties, keys[i],
					       above.key ? &above : NULL,
					       1700000000));
	}
}

static void chain_free(void)
{
	for (int i = 0; i < CHAIN; i++) {
		X509_free(chain[i]);
		EVP_PKEY_free(keys[i]);
	}
}

/* The order of the certificates, "210" for root, middle, leaf. */
static void order_check(const CertificateContent *content, const char *order)
{
	char found[CHAIN + 1] = "";

	for (int i = 0; i < sk_X509_num(content->chain) && i < CHAIN; i++) {
		for (char k = 0; k < CHAIN; k++) {
			if (X509_cmp(sk_X509_value(content->chain, i),
				     chain[(int)k]) == 0)
				found[i] = (char)('0' + k);
		}
	}
	CHECK_STR(found, order);
	CHECK(content->leaf && X509_cmp(content->leaf, chain[0]) == 0);
}

/* A content with the certificates in that order. */
static void content_make(CertificateContent *ret, const char *order)
{
	(void)EVP_PKEY_up_ref(keys[0]);
	*ret = (CertificateContent){.key = keys[0]};
	for (; *order; order++) {
		X509 *certificate = chain[*order - '0'];

		(void)X509_up_ref(certificate);
		CHECK_OK(certificate_content_push(ret, &certificate));
	}
	CHECK_OK(certificate_content_match(ret));
}

static const char *const orders[] = {"0", "012", "210", "102", "20"};

static void test_pem(void)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(orders); i++) {
		AKV_CLEANUP(certificate_content_done)
		CertificateContent made = {0};
		AKV_CLEANUP(certificate_content_done)
		CertificateContent read = {0};
		AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);

		content_make(&made, orders[i]);
		CHECK_OK(certificate_content_append_pem(&pem, &made, true));
		/* The key comes first, as the service has it. */
		CHECK(strncmp(pem.p, "-----BEGIN PRIVATE KEY-----\n", 28) == 0);
		CHECK_OK(
			certificate_content_parse_pem(&read, pem.p, pem.n, ""));
		order_check(&read, orders[i]);
		CHECK_EQ(EVP_PKEY_eq(read.key, keys[0]), 1);
	}
}

static int pfx_read(CertificateContent *ret, const Buf *text,
		    const char *password)
{
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);

	if (base64_decode(&der, BASE64_STANDARD, text->p, text->n) != 0)
		return -EINVAL;
	return certificate_content_parse_pfx(ret, der.p, der.n, password);
}

static void test_pfx(void)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(orders); i++) {
		AKV_CLEANUP(certificate_content_done)
		CertificateContent made = {0};
		AKV_CLEANUP(certificate_content_done)
		CertificateContent read = {0};
		AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);

		content_make(&made, orders[i]);
		CHECK_OK(certificate_content_append_pfx(&text, &made, true));
		CHECK_OK(pfx_read(&read, &text, ""));
		order_check(&read, orders[i]);
		CHECK_EQ(EVP_PKEY_eq(read.key, keys[0]), 1);
		CHECK_EQ(pfx_read(&read, &text, "wrong"), CONTENT_E_FORMAT);
	}
}

/* What OpenSSL itself has written, with a password. */
static void test_foreign_pfx(void)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent read = {0};
	STACK_OF(X509) *others = sk_X509_new_null();
	unsigned char *der = NULL;
	PKCS12 *pfx;
	int n;

	(void)sk_X509_push(others, chain[1]);
	(void)sk_X509_push(others, chain[2]);
	pfx = PKCS12_create("pass", "name", keys[0], chain[0], others, 0, 0, 0,
			    0, 0);
	n = i2d_PKCS12(pfx, &der);
	CHECK(n > 0);
	CHECK_EQ(certificate_content_parse_pfx(&read, der, (size_t)n, ""),
		 CONTENT_E_FORMAT);
	CHECK_OK(certificate_content_parse_pfx(&read, der, (size_t)n, "pass"));
	order_check(&read, "012");
	OPENSSL_free(der);
	PKCS12_free(pfx);
	sk_X509_free(others);
}

static void test_leaf_first(void)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};

	content_make(&content, "210");
	certificate_content_leaf_first(&content);
	order_check(&content, "021");
	certificate_content_leaf_first(&content);
	order_check(&content, "021");
}

static void test_without_key(void)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent made = {0};
	AKV_CLEANUP(certificate_content_done) CertificateContent read = {0};
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf pfx = BUF_INIT(BUF_MAX_FILE);

	content_make(&made, "01");
	CHECK_OK(certificate_content_append_pem(&pem, &made, false));
	CHECK(!strstr(pem.p, "PRIVATE"));
	CHECK_EQ(certificate_content_parse_pem(&read, pem.p, pem.n, ""),
		 CONTENT_E_KEY);
	CHECK_OK(certificate_content_append_pfx(&pfx, &made, false));
	CHECK_EQ(pfx_read(&read, &pfx, ""), CONTENT_E_KEY);
}

static void test_refused(void)
{
	AKV_CLEANUP(certificate_content_done) CertificateContent read = {0};
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	const char *broken = "-----BEGIN CERTIFICATE-----\nAAAA\n"
			     "-----END CERTIFICATE-----\n";

	CHECK_EQ(certificate_content_parse_pem(&read, "", 0, ""),
		 CONTENT_E_KEY);
	CHECK_EQ(certificate_content_parse_pfx(&read, "", 0, ""),
		 CONTENT_E_FORMAT);
	CHECK_EQ(certificate_content_parse_pfx(&read, "0\x82", 2, ""),
		 CONTENT_E_FORMAT);
	/* A key, and the certificate of another. */
	CHECK_OK(private_key_append_pem(&pem, keys[0]));
	CHECK_EQ(certificate_content_parse_pem(&read, pem.p, pem.n, ""),
		 CONTENT_E_MISMATCH);
	CHECK_OK(certificate_append_pem(&pem, chain[1]));
	CHECK_EQ(certificate_content_parse_pem(&read, pem.p, pem.n, ""),
		 CONTENT_E_MISMATCH);
	CHECK_OK(buf_append_string(&pem, broken));
	CHECK_EQ(certificate_content_parse_pem(&read, pem.p, pem.n, ""),
		 CONTENT_E_FORMAT);
}

int main(void)
{
	chain_make();
	RUN(test_pem);
	RUN(test_pfx);
	RUN(test_foreign_pfx);
	RUN(test_leaf_first);
	RUN(test_without_key);
	RUN(test_refused);
	chain_free();
	return check_report();
}
