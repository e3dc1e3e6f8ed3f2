/* SPDX-License-Identifier: MIT */

/* The work of each way of encrypting a key, and where it is too much. */

#include <openssl/asn1t.h>

#include "auth/key-work.h"
#include "check.h"
#include "key-material.h"

static int add_all(X509_ALGOR *algorithm, int64_t max, int64_t *sum)
{
	KeyWork work = {.max = max};
	int r;

	key_must(algorithm != NULL);
	r = key_work_add_algorithm(&work, algorithm);
	*sum = work.sum;
	X509_ALGOR_free(algorithm);
	return r;
}

static X509_ALGOR *pbkdf2(int rounds)
{
	return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, NULL, 0, NULL, -1);
}

static X509_ALGOR *pbe(int nid, int rounds)
{
	return PKCS5_pbe_set(nid, rounds, NULL, 0);
}

static X509_ALGOR *scrypt(uint64_t n, uint64_t r, uint64_t p)
{
	return PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, n, r, p);
}

static void test_each_way(void)
{
	int64_t sum = 0;

	CHECK_OK(add_all(pbkdf2(600000), 600000, &sum));
	CHECK_EQ(sum, 600000);
	CHECK_OK(add_all(pbe(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048),
			 2048, &sum));
	CHECK_EQ(sum, 2048);
	CHECK_OK(add_all(pbe(NID_pbe_WithSHA1And40BitRC2_CBC, 7), 7, &sum));
	CHECK_EQ(sum, 7);
	CHECK_OK(add_all(pbe(NID_pbeWithMD5AndDES_CBC, 7), 7, &sum));
	CHECK_OK(add_all(scrypt(16384, 8, 1), 131072, &sum));
	CHECK_EQ(sum, 131072);
}

/* OpenSSL does not write what it would not read. */
static X509_ALGOR *scrypt_of_cost(uint64_t n)
{
	X509_ALGOR *algorithm = scrypt(16384, 8, 1);
	PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
						     algorithm->parameter);
	SCRYPT_PARAMS *params = ASN1_TYPE_unpack_sequence(
		ASN1_ITEM_rptr(SCRYPT_PARAMS), pbes2->keyfunc->parameter);

	key_must(ASN1_INTEGER_set_uint64(params->costParameter, n) == 1);
	key_must(ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), params,
					 &pbes2->keyfunc->parameter) != NULL);
	key_must(ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), pbes2,
					 &algorithm->parameter) != NULL);
	SCRYPT_PARAMS_free(params);
	PBE2PARAM_free(pbes2);
	return algorithm;
}

static void test_too_much(void)
{
	int64_t sum = 7;

	CHECK_EQ(add_all(pbkdf2(600001), 600000, &sum), KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(sum, 0);
	CHECK_EQ(add_all(pbkdf2(INT32_MAX), 600000, &sum), KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(add_all(pbe(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, INT32_MAX),
			 600000, &sum),
		 KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(add_all(scrypt(16384, 8, 1), 131071, &sum),
		 KEY_WORK_E_TOO_MUCH);
	/* The product is one that no 64 bits hold. */
	CHECK_EQ(add_all(scrypt_of_cost(UINT64_C(1) << 62), INT64_MAX, &sum),
		 KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(add_all(scrypt_of_cost(UINT64_MAX), INT64_MAX, &sum),
		 KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(add_all(scrypt_of_cost(0), INT64_MAX, &sum),
		 KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(sum, 0);
}

/* What is no number of rounds is not taken for few. */
static void test_numbers(void)
{
	static const int64_t wrong[] = {0, -1, INT64_MIN, 11};
	ASN1_INTEGER *rounds = ASN1_INTEGER_new();
	KeyWork work = {.max = 10};
	BIGNUM *large = NULL;

	key_must(rounds != NULL);
	for (size_t i = 0; i < AKV_ARRAY_LEN(wrong); i++) {
		key_must(ASN1_INTEGER_set_int64(rounds, wrong[i]) == 1);
		CHECK_EQ(key_work_add(&work, rounds), KEY_WORK_E_TOO_MUCH);
	}
	key_must(BN_hex2bn(&large, "10000000000000001") > 0);
	key_must(BN_to_ASN1_INTEGER(large, rounds) != NULL);
	CHECK_EQ(key_work_add(&work, rounds), KEY_WORK_E_TOO_MUCH);
	CHECK_EQ(work.sum, 0);
	/* It is a sum, to the last. */
	CHECK_OK(key_work_add(&work, NULL));
	key_must(ASN1_INTEGER_set_int64(rounds, 9) == 1);
	CHECK_OK(key_work_add(&work, rounds));
	CHECK_EQ(work.sum, 10);
	CHECK_EQ(key_work_add(&work, NULL), KEY_WORK_E_TOO_MUCH);
	BN_free(large);
	ASN1_INTEGER_free(rounds);
}

static X509_ALGOR *algorithm_of(int nid, int type)
{
	X509_ALGOR *algorithm = X509_ALGOR_new();

	key_must(algorithm &&
		 X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), type, NULL) == 1);
	return algorithm;
}

static void test_what_is_not_known(void)
{
	int64_t sum = 0;

	CHECK_EQ(add_all(algorithm_of(NID_aes_256_cbc, V_ASN1_NULL), 10, &sum),
		 KEY_WORK_E_UNKNOWN);
	CHECK_EQ(add_all(algorithm_of(NID_pbes2, V_ASN1_NULL), 10, &sum),
		 KEY_WORK_E_SYNTAX);
	CHECK_EQ(add_all(algorithm_of(NID_pbes2, V_ASN1_UNDEF), 10, &sum),
		 KEY_WORK_E_SYNTAX);
	CHECK_EQ(add_all(algorithm_of(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
				      V_ASN1_NULL),
			 10, &sum),
		 KEY_WORK_E_SYNTAX);
	CHECK_EQ(sum, 0);
}

static PKCS12 *pfx_of(int mac_rounds)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = key_certificate(key, "own");
	PKCS12 *pfx = PKCS12_create("p", "akvfs", key, certificate, NULL, 0, 0,
				    0, mac_rounds, 0);

	key_must(pfx != NULL);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return pfx;
}

static int add_mac(const PKCS12 *pfx, int64_t max)
{
	KeyWork work = {.max = max};

	return key_work_add_mac(&work, pfx);
}

/* A MAC whose rounds are where those of an encryption are (RFC 9579). */
static void make_pbmac1(PKCS12 *pfx, int rounds)
{
	X509_ALGOR *pbes2 = pbkdf2(rounds);
	const X509_ALGOR *mac = NULL;

	PKCS12_get0_mac(NULL, &mac, NULL, NULL, pfx);
	key_must(X509_ALGOR_set0(
			 (X509_ALGOR *)(uintptr_t)mac,
			 OBJ_txt2obj("1.2.840.113549.1.5.14", 1),
			 V_ASN1_SEQUENCE,
			 ASN1_STRING_dup(pbes2->parameter->value.sequence)) ==
		 1);
	X509_ALGOR_free(pbes2);
}

static void test_macs(void)
{
	PKCS12 *pfx = pfx_of(2000);

	CHECK_OK(add_mac(pfx, 2000));
	CHECK_EQ(add_mac(pfx, 1999), KEY_WORK_E_TOO_MUCH);
	make_pbmac1(pfx, 3000);
	CHECK_OK(add_mac(pfx, 5000));
	CHECK_EQ(add_mac(pfx, 4999), KEY_WORK_E_TOO_MUCH);
	PKCS12_free(pfx);
	pfx = pfx_of(-1);
	CHECK(!PKCS12_mac_present(pfx));
	CHECK_OK(add_mac(pfx, 0));
	PKCS12_free(pfx);
}

int main(void)
{
	RUN(test_each_way);
	RUN(test_too_much);
	RUN(test_numbers);
	RUN(test_what_is_not_known);
	RUN(test_macs);
	return check_report();
}
