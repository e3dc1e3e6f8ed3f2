/* SPDX-License-Identifier: MIT */

/* Keys that are made, taken in, renewed and saved. */

#include <openssl/x509.h>

#include "emulator/certificate.h"
#include "emulator/key-material.h"
#include "tests/unit/check.h"

static int generate(KeyMaterial **ret, const char *kty, const char *curve,
		    unsigned bits)
{
	KeyShape shape;

	if (!key_shape_parse(&shape, kty))
		return -EINVAL;
	shape.curve = curve ? key_curve_find(curve) : NULL;
	shape.bits = bits;
	return key_material_generate(ret, &shape);
}

static void test_types(void)
{
	KeyShape shape;

	CHECK(key_shape_parse(&shape, "EC-HSM"));
	CHECK_EQ(shape.type, KEY_TYPE_EC);
	CHECK(shape.hsm);
	CHECK(!key_shape_parse(&shape, "ec"));
	CHECK(!key_shape_parse(&shape, "OKP"));
	CHECK(!key_shape_parse(&shape, ""));
}

static void test_curves(void)
{
	static const struct {
		const char *name;
		int bits;
	} curves[] = {
		{"P-256", 256},
		{"P-384", 384},
		{"P-521", 521},
		{"P-256K", 256},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(curves); i++) {
		AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;

		CHECK_OK(generate(&key, "EC", curves[i].name, 0));
		CHECK_STR(key->shape.curve->name, curves[i].name);
		CHECK_EQ(EVP_PKEY_get_bits(key->pkey), curves[i].bits);
		CHECK_EQ(key->operations, KEY_SIGN | KEY_VERIFY);
	}
	CHECK(!key_curve_find("P-224"));
	CHECK_STR(key_curve_find("SECP256K1")->name, "P-256K");
}

static void test_rsa(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	KeyMaterial *none = NULL;
	KeyShape even = {.type = KEY_TYPE_RSA, .exponent = 65536};

	CHECK_OK(generate(&key, "RSA-HSM", NULL, 0));
	CHECK_EQ(EVP_PKEY_get_bits(key->pkey), KEY_RSA_BITS_DEFAULT);
	CHECK_STR(key_material_kty(key), "RSA-HSM");
	CHECK_EQ(generate(&none, "RSA", NULL, 1024), KEY_MATERIAL_E_UNFIT);
	CHECK_EQ(generate(&none, "RSA", NULL, 2049), KEY_MATERIAL_E_UNFIT);
	CHECK_EQ(key_material_generate(&none, &even), KEY_MATERIAL_E_UNFIT);
}

static void test_octets(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	KeyMaterial *none = NULL;
	static const unsigned char octets[32] = "0123456789abcdef";

	CHECK_OK(key_material_import_octets(&key, octets, 16, true));
	CHECK_STR(key_material_kty(key), "oct-HSM");
	CHECK_EQ(key->shape.bits, 128);
	CHECK_EQ(key_material_import_octets(&none, octets, 0, true),
		 KEY_MATERIAL_E_UNFIT);
	CHECK_EQ(key_material_import_octets(&none, octets, 17, true),
		 KEY_MATERIAL_E_UNFIT);
	CHECK_EQ(generate(&none, "oct", NULL, 64), KEY_MATERIAL_E_UNFIT);
}

static void test_import(void)
{
	AKV_CLEANUP(pkey_freep)
	EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	AKV_CLEANUP(pkey_freep) EVP_PKEY *curve = EVP_EC_gen("secp384r1");
	AKV_CLEANUP(pkey_freep) EVP_PKEY *other = EVP_EC_gen("secp224r1");
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	KeyMaterial *none = NULL;

	CHECK_OK(key_material_import(&key, curve, true));
	CHECK_STR(key_material_kty(key), "EC-HSM");
	CHECK_STR(key->shape.curve->name, "P-384");
	CHECK_EQ(key_material_import(&none, other, false),
		 KEY_MATERIAL_E_UNFIT);
	CHECK_EQ(key_material_import(&none, edwards, false),
		 KEY_MATERIAL_E_UNFIT);
}

static void test_renewal(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(key_material_freep) KeyMaterial *renewed = NULL;
	KeyShape shape;

	CHECK_OK(generate(&key, "EC", "P-521", 0));
	key->operations = KEY_SIGN;
	shape = key_material_next_shape(key);
	CHECK_OK(key_material_generate(&renewed, &shape));
	CHECK_OK(key_material_inherit(renewed, key));
	CHECK_EQ(renewed->operations, KEY_SIGN);
	CHECK_STR(renewed->shape.curve->name, "P-521");
	CHECK_EQ(EVP_PKEY_eq(renewed->pkey, key->pkey), 0);
}

/* What is saved is PKCS#8, which anybody reads. */
static void test_save(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(key_material_freep) KeyMaterial *loaded = NULL;
	AKV_CLEANUP(pkey_freep) EVP_PKEY *read = NULL;
	KeyMaterial *none = NULL;
	AKV_BUF Buf der = BUF_INIT(BUF_MAX_FILE);
	const unsigned char *at;

	CHECK_OK(generate(&key, "EC", "P-256", 0));
	CHECK_OK(key_material_save(&der, key));
	at = (const unsigned char *)der.p;
	read = d2i_AutoPrivateKey(NULL, &at, (long)der.n);
	CHECK(read);
	CHECK_EQ(EVP_PKEY_eq(read, key->pkey), 1);
	CHECK_OK(key_material_load(&loaded, &key->shape, &der));
	CHECK_EQ(EVP_PKEY_eq(loaded->pkey, key->pkey), 1);
	der.p[0] = 0;
	CHECK_EQ(key_material_load(&none, &key->shape, &der),
		 KEY_MATERIAL_E_UNFIT);
}

static void test_version(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_CLEANUP(version_freep) Version *version = NULL;
	KeyMaterial *same;

	CHECK_OK(generate(&key, "EC", NULL, 0));
	same = key;
	CHECK_OK(key_version_new(&version, &key, 1));
	CHECK(!key);
	CHECK(key_version_material(version) == same);
}

static void test_operations(void)
{
	static const struct {
		const char *json;
		enum key_type type;
		unsigned operations; /* 0: refused */
	} cases[] = {
		{"[]", KEY_TYPE_EC, KEY_SIGN | KEY_VERIFY},
		{"[\"verify\"]", KEY_TYPE_EC, KEY_VERIFY},
		{"[\"wrapKey\",\"encrypt\"]", KEY_TYPE_RSA,
		 KEY_WRAP | KEY_ENCRYPT},
		{"[\"import\"]", KEY_TYPE_RSA, KEY_IMPORT},
		{"[\"encrypt\"]", KEY_TYPE_EC, 0},
		{"[\"sign\"]", KEY_TYPE_OCT, 0},
		{"[\"wrapkey\"]", KEY_TYPE_RSA, 0},
		{"[1]", KEY_TYPE_RSA, 0},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		cJSON *words = cJSON_Parse(cases[i].json);
		unsigned operations = 0;
		int r = key_operations_parse(&operations, cases[i].type, words);

		cJSON_Delete(words);
		CHECK_EQ(r, cases[i].operations ? 0 : KEY_OPERATION_E_INVALID);
		CHECK_EQ(operations, cases[i].operations);
	}
}

int main(void)
{
	RUN(test_types);
	RUN(test_curves);
	RUN(test_rsa);
	RUN(test_octets);
	RUN(test_import);
	RUN(test_renewal);
	RUN(test_save);
	RUN(test_version);
	RUN(test_operations);
	return check_report();
}
