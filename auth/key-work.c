/* SPDX-License-Identifier: MIT */

/* Pure. Used by key-file.c and fs/pfx.c. */

#include "auth/key-work.h"

#include <openssl/asn1t.h>

enum { OID_TEXT_SIZE = 64 };

static int add(KeyWork *work, int64_t rounds)
{
	if (rounds < 1 || rounds > work->max - work->sum)
		return KEY_WORK_E_TOO_MUCH;
	work->sum += rounds;
	return 0;
}

int key_work_add(KeyWork *work, const ASN1_INTEGER *rounds)
{
	int64_t n = 1;

	if (rounds && !ASN1_INTEGER_get_int64(&n, rounds))
		n = 0;
	return add(work, n);
}

int key_work_add_pbe(KeyWork *work, const ASN1_TYPE *parameter)
{
	PBEPARAM *pbe =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), parameter);
	int r = pbe ? key_work_add(work, pbe->iter) : KEY_WORK_E_SYNTAX;

	PBEPARAM_free(pbe);
	return r;
}

static int add_pbkdf2(KeyWork *work, const ASN1_TYPE *parameter)
{
	PBKDF2PARAM *pbkdf2 = ASN1_TYPE_unpack_sequence(
		ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
	int r = pbkdf2 ? key_work_add(work, pbkdf2->iter) : KEY_WORK_E_SYNTAX;

	PBKDF2PARAM_free(pbkdf2);
	return r;
}

/* Cost, block size and parallelization are multiplied. */
static int add_scrypt(KeyWork *work, const ASN1_TYPE *parameter)
{
	SCRYPT_PARAMS *scrypt = ASN1_TYPE_unpack_sequence(
		ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
	const ASN1_INTEGER *factors[3];
	int64_t product = 1;

	if (!scrypt)
		return KEY_WORK_E_SYNTAX;
	factors[0] = scrypt->costParameter;
	factors[1] = scrypt->blockSize;
	factors[2] = scrypt->parallelizationParameter;
	for (size_t i = 0; i < AKV_ARRAY_LEN(factors); i++) {
		int64_t n = 0;

		if (!ASN1_INTEGER_get_int64(&n, factors[i]) || n < 1 ||
		    n > work->max / product) {
			product = 0;
			break;
		}
		product *= n;
	}
	SCRYPT_PARAMS_free(scrypt);
	return add(work, product);
}

int key_work_add_pbes2(KeyWork *work, const ASN1_TYPE *parameter)
{
	PBE2PARAM *pbes2 =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
	int r = KEY_WORK_E_UNKNOWN;

	if (!pbes2)
		return KEY_WORK_E_SYNTAX;
	switch (OBJ_obj2nid(pbes2->keyfunc->algorithm)) {
	case NID_id_pbkdf2:
		r = add_pbkdf2(work, pbes2->keyfunc->parameter);
		break;
	case NID_id_scrypt:
		r = add_scrypt(work, pbes2->keyfunc->parameter);
		break;
	default:
		break;
	}
	PBE2PARAM_free(pbes2);
	return r;
}

int key_work_add_algorithm(KeyWork *work, const X509_ALGOR *algorithm)
{
	switch (OBJ_obj2nid(algorithm->algorithm)) {
	case NID_pbes2:
		return key_work_add_pbes2(work, algorithm->parameter);
	case NID_pbeWithMD2AndDES_CBC:
	case NID_pbeWithMD5AndDES_CBC:
	case NID_pbeWithMD2AndRC2_CBC:
	case NID_pbeWithMD5AndRC2_CBC:
	case NID_pbeWithSHA1AndDES_CBC:
	case NID_pbeWithSHA1AndRC2_CBC:
	case NID_pbe_WithSHA1And128BitRC4:
	case NID_pbe_WithSHA1And40BitRC4:
	case NID_pbe_WithSHA1And3_Key_TripleDES_CBC:
	case NID_pbe_WithSHA1And2_Key_TripleDES_CBC:
	case NID_pbe_WithSHA1And128BitRC2_CBC:
	case NID_pbe_WithSHA1And40BitRC2_CBC:
		return key_work_add_pbe(work, algorithm->parameter);
	default:
		return KEY_WORK_E_UNKNOWN;
	}
}

/* Only OpenSSL 3.4 has a name for it. */
static bool is_pbmac1(const ASN1_OBJECT *algorithm)
{
	char text[OID_TEXT_SIZE] = "";

	return OBJ_obj2txt(text, sizeof(text), algorithm, 1) > 0 &&
	       strcmp(text, "1.2.840.113549.1.5.14") == 0;
}

int key_work_add_mac(KeyWork *work, const PKCS12 *pfx)
{
	const ASN1_INTEGER *rounds = NULL;
	const X509_ALGOR *algorithm = NULL;
	int r;

	if (!PKCS12_mac_present(pfx))
		return 0;
	PKCS12_get0_mac(NULL, &algorithm, NULL, &rounds, pfx);
	r = key_work_add(work, rounds);
	/* Its parameters are of the form of those of PBES2. */
	if (r == 0 && is_pbmac1(algorithm->algorithm))
		r = key_work_add_pbes2(work, algorithm->parameter);
	return r;
}
