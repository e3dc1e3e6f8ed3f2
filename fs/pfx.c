/* SPDX-License-Identifier: MIT */

/* Reading. Used by material.c; pfx-write.c has the other direction. */

#include "fs/pfx.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "auth/key-work.h"
#include "base/base64.h"

typedef STACK_OF(PKCS12_SAFEBAG) Bags;
typedef STACK_OF(PKCS7) Safes;

typedef struct Pfx {
	Material *material;
	const Why *why;
	/* "", of two zero bytes, or NULL, of none: both are called empty. */
	const char *password;
	KeyWork work;
	int bags; /* seen so far */
} Pfx;

/*
 * What reads RC2, with which the service encrypted certificates until about
 * 2021: 0.2 MiB that few need. The key is in 3DES, which needs nothing.
 */
static void legacy_load(void)
{
	/* For the life of the process: what was loaded is not let go. */
	static OSSL_PROVIDER *legacy;

	/* Where it is missing, who decrypts says so. */
	if (!legacy)
		legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	ERR_clear_error();
}

static int refused(const Pfx *pfx, const char *what)
{
	return why_crypto(pfx->why, MATERIAL_E_UNTRUSTED, what);
}

/* --- the work that is asked for ----------------------------------------- */

/* Say what key_work_add() and the like answered. */
static int count_judge(const Pfx *pfx, int answer)
{
	switch (answer) {
	case 0:
		return 0;
	case KEY_WORK_E_TOO_MUCH:
		return refused(pfx, "its secret is a PFX that asks for too "
				    "many iterations");
	case KEY_WORK_E_UNKNOWN:
		return refused(pfx, "its secret is a PFX of another encryption "
				    "than PBKDF2 or scrypt derives keys for");
	default:
		return refused(pfx, "its secret is not a well-formed PFX");
	}
}

static int count_algorithm(Pfx *pfx, const X509_ALGOR *algorithm)
{
	switch (OBJ_obj2nid(algorithm->algorithm)) {
	case NID_pbe_WithSHA1And3_Key_TripleDES_CBC:
	case NID_pbe_WithSHA1And2_Key_TripleDES_CBC:
		return count_judge(pfx, key_work_add_pbe(&pfx->work,
							 algorithm->parameter));
	case NID_pbe_WithSHA1And40BitRC2_CBC:
	case NID_pbe_WithSHA1And128BitRC2_CBC:
		legacy_load();
		return count_judge(pfx, key_work_add_pbe(&pfx->work,
							 algorithm->parameter));
	case NID_pbes2:
		return count_judge(
			pfx,
			key_work_add_pbes2(&pfx->work, algorithm->parameter));
	default:
		return refused(pfx, "its secret is a PFX of an encryption that "
				    "is not known");
	}
}

/* --- bags --------------------------------------------------------------- */

static int shrouded_read(Pfx *pfx, const PKCS12_SAFEBAG *bag)
{
	const X509_SIG *shrouded = PKCS12_SAFEBAG_get0_pkcs8(bag);
	const X509_ALGOR *algorithm = NULL;
	PKCS8_PRIV_KEY_INFO *clear;
	EVP_PKEY *key;
	int r;

	X509_SIG_get0(shrouded, &algorithm, NULL);
	r = count_algorithm(pfx, algorithm);
	if (r != 0)
		return r;
	clear = PKCS12_decrypt_skey(bag, pfx->password, 0);
	if (!clear)
		return refused(pfx, "its secret is a PFX whose key cannot be "
				    "decrypted");
	key = EVP_PKCS82PKEY(clear);
	PKCS8_PRIV_KEY_INFO_free(clear);
	return material_add_key(pfx->material, key, pfx->why);
}

static int bag_read(Pfx *pfx, PKCS12_SAFEBAG *bag)
{
	if (++pfx->bags > PFX_BAGS_MAX)
		return refused(pfx, "its secret is a PFX of too many bags");
	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_keyBag:
		return material_add_key(
			pfx->material,
			EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag)),
			pfx->why);
	case NID_pkcs8ShroudedKeyBag:
		return shrouded_read(pfx, bag);
	case NID_certBag:
		return material_add_certificate(
			pfx->material, PKCS12_SAFEBAG_get1_cert(bag), pfx->why);
	default:
		return 0; /* secrets, lists of revoked certificates */
	}
}

static Bags *safe_open(Pfx *pfx, PKCS7 *safe, int *ret_answer)
{
	Bags *bags;

	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
	} else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted &&
		   safe->d.encrypted->enc_data) {
		*ret_answer = count_algorithm(
			pfx, safe->d.encrypted->enc_data->algorithm);
		if (*ret_answer != 0)
			return NULL;
		bags = PKCS12_unpack_p7encdata(safe, pfx->password, 0);
	} else {
		bags = NULL;
	}
	if (!bags)
		*ret_answer = refused(
			pfx, "its secret is a PFX that cannot be decrypted "
			     "(is the legacy provider of OpenSSL there?)");
	return bags;
}

static int safe_read(Pfx *pfx, PKCS7 *safe)
{
	int r = 0;
	Bags *bags = safe_open(pfx, safe, &r);

	for (int i = 0; r == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++)
		r = bag_read(pfx, sk_PKCS12_SAFEBAG_value(bags, i));
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return r;
}

static int safes_read(Pfx *pfx, const PKCS12 *p12)
{
	Safes *safes = PKCS12_unpack_authsafes(p12);
	int r = 0;

	if (!safes)
		return refused(pfx, "its secret is not a well-formed PFX");
	if (sk_PKCS7_num(safes) > PFX_SAFES_MAX)
		r = refused(pfx, "its secret is a PFX of too many parts");
	for (int i = 0; r == 0 && i < sk_PKCS7_num(safes); i++)
		r = safe_read(pfx, sk_PKCS7_value(safes, i));
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return r;
}

/* --- the whole ---------------------------------------------------------- */

/* Which empty password it is shows in the MAC. */
static int mac_check(Pfx *pfx, PKCS12 *p12)
{
	int r = 0;

	pfx->password = "";
	if (!PKCS12_mac_present(p12))
		return 0;
	for (int i = 0; i < 2 && r == 0; i++)
		r = count_judge(pfx, key_work_add_mac(&pfx->work, p12));
	if (r != 0)
		return r;
	if (PKCS12_verify_mac(p12, "", 0) == 1)
		return 0;
	pfx->password = NULL;
	if (PKCS12_verify_mac(p12, NULL, 0) == 1)
		return 0;
	return refused(pfx, "its secret is a PFX with a password, or damaged");
}

int pfx_read(Material *material, const Secret *value, const Why *why)
{
	AKV_BUF Buf der = BUF_INIT(SECRET_SIZE_MAX);
	Pfx pfx = {.material = material,
		   .why = why,
		   .work = {.max = PFX_ITERATIONS_MAX}};
	const unsigned char *p;
	PKCS12 *p12;
	int r = base64_decode(&der, BASE64_STANDARD, secret_bytes(value),
			      secret_size(value));

	if (r == BASE64_E_INVALID)
		return why_say(why, MATERIAL_E_UNTRUSTED,
			       "its secret is not base64");
	if (r != 0)
		return r;
	p = (const unsigned char *)der.p;
	p12 = d2i_PKCS12(NULL, &p, (long)der.n);
	if (!p12 || p != (const unsigned char *)der.p + der.n)
		r = refused(&pfx, "its secret is not a well-formed PFX");
	if (r == 0)
		r = mac_check(&pfx, p12);
	if (r == 0)
		r = safes_read(&pfx, p12);
	PKCS12_free(p12);
	ERR_clear_error();
	return r;
}
