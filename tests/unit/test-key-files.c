/* SPDX-License-Identifier: MIT */

/* The files of keys/NAME/, read back by OpenSSL and compared. */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/json.h"
#include "fs/facts.h"
#include "fs/rendition.h"
#include "tests/unit/check.h"
#include "tests/unit/pki.h"

#define KID "https://v.vault.azure.net/keys/sign/" PKI_VERSION

static RenditionResult results[RENDITIONS];

static void number_append(Buf *buf, const char *name, EVP_PKEY *key,
			  const char *param, int size)
{
	BIGNUM *number = NULL;
	unsigned char bytes[1024];

	if (!EVP_PKEY_get_bn_param(key, param, &number) ||
	    BN_bn2binpad(number, bytes, size) < 0 ||
	    buf_printf(buf, ",\"%s\":\"", name) < 0 ||
	    base64_encode(buf, BASE64_URL, bytes, (size_t)size) < 0 ||
	    buf_append_char(buf, '"') < 0)
		abort();
	BN_free(number);
}

/* A bundle, its numbers @extra bytes longer than they have to be. */
static Secret *bundle(EVP_PKEY *key, const char *kty, const char *crv, int size,
		      int extra)
{
	AKV_BUF Buf text = BUF_INIT(8192);

	if (buf_printf(&text,
		       "{\"attributes\":{\"created\":0},\"key\":{\"kid\":"
		       "\"" KID "\",\"kty\":\"%s\",\"crv\":\"%s\","
		       "\"key_ops\":[\"sign\",\"a,b\"],\"d\":\"AQAB\"",
		       kty, crv) < 0)
		abort();
	if (EVP_PKEY_is_a(key, "RSA")) {
		number_append(&text, "n", key, OSSL_PKEY_PARAM_RSA_N,
			      size + extra);
		number_append(&text, "e", key, OSSL_PKEY_PARAM_RSA_E,
			      3 + extra);
	} else {
		number_append(&text, "x", key, OSSL_PKEY_PARAM_EC_PUB_X,
			      size + extra);
		number_append(&text, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y,
			      size + extra);
	}
	if (buf_append_string(&text, "}}") < 0)
		abort();
	return pki_text(text.p);
}

static const char *text_of(enum rendition rendition)
{
	return results[rendition].bytes ? secret_bytes(results[rendition].bytes)
					: "";
}

/* Both forms are this key? */
static bool public_is(EVP_PKEY *key)
{
	const Secret *pem = results[RENDITION_KEY_PUBLIC_PEM].bytes;
	const Secret *der = results[RENDITION_KEY_PUBLIC_DER].bytes;
	const unsigned char *p = der ? secret_bytes(der) : NULL;
	BIO *bio = BIO_new_mem_buf(secret_bytes(pem), -1);
	EVP_PKEY *a = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_PKEY *b = p ? d2i_PUBKEY(NULL, &p, (long)secret_size(der)) : NULL;
	bool so =
		a && b && EVP_PKEY_eq(a, key) == 1 && EVP_PKEY_eq(b, key) == 1;

	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
	BIO_free(bio);
	return so;
}

static void test_every_type(void)
{
	static const struct {
		const char *group, *kty, *crv, *ssh, *jwk;
		int size;
	} rows[] = {
		{NULL, "RSA", "", "ssh-rsa AAAAB3NzaC1yc2E", "{\"e\":\"AQAB\"",
		 256},
		{"P-256", "EC", "P-256",
		 "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI",
		 "{\"crv\":\"P-256\"", 32},
		{"P-384", "EC-HSM", "P-384",
		 "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAI",
		 "{\"crv\":\"P-384\"", 48},
		{"P-521", "EC", "P-521",
		 "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAI",
		 "{\"crv\":\"P-521\"", 66},
		{"secp256k1", "EC", "P-256K", "", "{\"crv\":\"secp256k1\"", 32},
		{"secp256k1", "EC-HSM", "SECP256K1", "",
		 "{\"crv\":\"secp256k1\"", 32},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		EVP_PKEY *key =
			rows[i].group ? pki_ec(rows[i].group) : pki_rsa(2048);
		const char *ssh;

		/* The service writes zeros in front, and cuts them off. */
		for (int extra = 0; extra < 2; extra++) {
			RenditionSources sources = {
				.document =
					bundle(key, rows[i].kty, rows[i].crv,
					       rows[i].size, extra),
			};

			renditions_make(results, RENDITION_OF_KEY, &sources);
			CHECK(public_is(key));
			ssh = text_of(RENDITION_KEY_SSH);
			CHECK(strncmp(ssh, rows[i].ssh, strlen(rows[i].ssh)) ==
			      0);
			CHECK((ssh[0] == '\0') == (rows[i].ssh[0] == '\0'));
			CHECK(ssh[0] == '\0' || strstr(ssh, " sign\n"));
			CHECK(strncmp(text_of(RENDITION_KEY_JWK), rows[i].jwk,
				      strlen(rows[i].jwk)) == 0);
			CHECK(strstr(text_of(RENDITION_KEY_JWK),
				     "\"kid\":\"" KID "\",\"kty\":\""));
			CHECK(!strstr(text_of(RENDITION_KEY_JWK), "\"d\""));
			renditions_done(results);
			secret_unref((Secret *)(uintptr_t)sources.document);
		}
		EVP_PKEY_free(key);
	}
}

static void test_json(void)
{
	AKV_CLEANUP(secret_unrefp)
	Secret *rotation = pki_text("{\"attributes\":{\"updated\":1}}");
	EVP_PKEY *key = pki_ec("P-256");
	RenditionSources sources = {
		.document = bundle(key, "EC", "P-256", 32, 0),
		.rotation = rotation,
	};

	renditions_make(results, RENDITION_OF_KEY, &sources);
	CHECK_STR(text_of(RENDITION_KEY_JSON),
		  "{\n"
		  "  \"attributes\": {\n"
		  "    \"created\": \"1970-01-01T00:00:00Z\"\n"
		  "  },\n"
		  "  \"key\": {\n"
		  "    \"crv\": \"P-256\",\n"
		  "    \"key_ops\": [\n"
		  "      \"sign\",\n"
		  "      \"a,b\"\n"
		  "    ],\n"
		  "    \"kid\": \"" KID "\",\n"
		  "    \"kty\": \"EC\"\n"
		  "  },\n"
		  "  \"rotation_policy\": {\n"
		  "    \"attributes\": {\n"
		  "      \"updated\": \"1970-01-01T00:00:01Z\"\n"
		  "    }\n"
		  "  }\n"
		  "}\n");
	renditions_done(results);
	secret_unref((Secret *)(uintptr_t)sources.document);
	EVP_PKEY_free(key);
}

static void test_symmetric(void)
{
	AKV_CLEANUP(secret_unrefp)
	Secret *document = pki_text("{\"key\":{\"kid\":\"" KID
				    "\",\"kty\":\"oct-HSM\",\"k\":\"AAAA\"}}");
	RenditionSources sources = {.document = document};

	renditions_make(results, RENDITION_OF_KEY, &sources);
	CHECK_EQ(results[RENDITION_KEY_PUBLIC_PEM].answer, RENDITION_E_ABSENT);
	CHECK_EQ(results[RENDITION_KEY_JWK].answer, RENDITION_E_ABSENT);
	CHECK_EQ(results[RENDITION_KEY_SSH].answer, RENDITION_E_ABSENT);
	CHECK_OK(results[RENDITION_KEY_JSON].answer);
	CHECK(!strstr(text_of(RENDITION_KEY_JSON), "AAAA"));
	renditions_done(results);
}

#define KEY(members) "{\"key\":{\"kid\":\"" KID "\"," members "}}"

static void test_refused(void)
{
	static const char *const documents[] = {
		"{}",
		KEY("\"kty\":\"DSA\""),
		KEY("\"kty\":1"),
		KEY("\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\""),
		KEY("\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\""),
		KEY("\"kty\":\"RSA\",\"n\":\"a b\",\"e\":\"AQAB\""),
		KEY("\"kty\":\"EC\",\"crv\":\"P-999\",\"x\":\"AQ\","
		    "\"y\":\"AQ\""),
		/* Not on the curve; too long; none. */
		KEY("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\","
		    "\"y\":\"AQ\""),
		KEY("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		    "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\","
		    "\"y\":\"AQ\""),
		KEY("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\""),
		KEY("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\""),
		"{\"key\":{\"kid\":\"https://v/keys/a b/1\",\"kty\":\"oct\"}}",
		"{\"key\":{\"kid\":\"\\n\",\"kty\":\"oct\"}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(documents); i++) {
		AKV_CLEANUP(secret_unrefp)
		Secret *document = pki_text(documents[i]);
		RenditionSources sources = {.document = document};

		renditions_make(results, RENDITION_OF_KEY, &sources);
		for (size_t k = 0; k < RENDITIONS; k++) {
			if (rendition_row((enum rendition)k)->owner !=
			    RENDITION_OF_KEY)
				continue;
			CHECK_EQ(results[k].answer, RENDITION_E_UNTRUSTED);
			CHECK(results[k].why[0]);
		}
		renditions_done(results);
	}
}

/* An exponent of 9 bytes, a modulus of 8,200 bits. */
static void test_large_numbers(void)
{
	static const struct {
		size_t n, e;
	} rows[] = {{256, 9}, {1025, 3}, {127, 3}};
	char ones[2048];

	memset(ones, 'x', sizeof(ones));
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_BUF Buf text = BUF_INIT(8192);
		AKV_CLEANUP(secret_unrefp) Secret *document = NULL;
		RenditionSources sources = {0};

		ones[rows[i].n - 1] = 'y';
		CHECK_OK(buf_printf(&text, "{\"key\":{\"kid\":\"" KID
					   "\",\"kty\":\"RSA\",\"n\":\""));
		CHECK_OK(base64_encode(&text, BASE64_URL, ones, rows[i].n));
		CHECK_OK(buf_printf(&text, "\",\"e\":\""));
		CHECK_OK(base64_encode(&text, BASE64_URL, "yyyyyyyyy",
				       rows[i].e));
		CHECK_OK(buf_printf(&text, "\"}}"));
		document = pki_text(text.p);
		sources.document = document;
		renditions_make(results, RENDITION_OF_KEY, &sources);
		CHECK_EQ(results[RENDITION_KEY_PUBLIC_PEM].answer,
			 RENDITION_E_UNTRUSTED);
		renditions_done(results);
	}
}

static const char *fact(const Secret *document, const char *name)
{
	static char text[256];
	AKV_BUF Buf buf = BUF_INIT(sizeof(text) - 1);
	int r = fact_append(&buf, RENDITION_OF_KEY, document, name);

	(void)snprintf(text, sizeof(text), "%s",
		       r == 0 ? buf.p : (r == FACT_E_ABSENT ? "-" : "?"));
	return text;
}

static void test_facts(void)
{
	EVP_PKEY *ec = pki_ec("P-384");
	EVP_PKEY *rsa = pki_rsa(2048);
	AKV_CLEANUP(secret_unrefp)
	Secret *curve = bundle(ec, "EC-HSM", "P-384", 48, 0);
	AKV_CLEANUP(secret_unrefp)
	Secret *number = bundle(rsa, "RSA", "P-521", 256, 0);

	CHECK_STR(fact(curve, "kty"), "EC-HSM");
	CHECK_STR(fact(curve, "crv"), "P-384");
	CHECK_STR(fact(curve, "size"), "-");
	CHECK_STR(fact(curve, "key_ops"), "sign,a%2Cb");
	CHECK_STR(fact(number, "kty"), "RSA");
	CHECK_STR(fact(number, "crv"), "-");
	CHECK_STR(fact(number, "size"), "2048");
	CHECK_STR(fact(number, "subject"), "-");
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_every_type);
	RUN(test_json);
	RUN(test_symmetric);
	RUN(test_refused);
	RUN(test_large_numbers);
	RUN(test_facts);
	return check_report();
}
