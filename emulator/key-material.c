/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL wipes the private part of an EVP_PKEY when it frees it; and memory of
 * this program is wiped when it is freed in any case (base/memory.h).
 */

#include "emulator/key-material.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "emulator/certificate.h"
#include "emulator/names.h"

enum { OCTET_BITS = 8, GROUP_NAME_SIZE = 64 };

static const KeyCurve curves[] = {
	{"P-256", "prime256v1", 32},
	{"P-384", "secp384r1", 48},
	{"P-521", "secp521r1", 66},
	{"P-256K", "secp256k1", 32},
};

/* Up to 2018 the curve had this name. */
#define CURVE_256K_OLD "SECP256K1"

const KeyCurve *key_curve_find(const char *name)
{
	if (strcmp(name, CURVE_256K_OLD) == 0)
		name = "P-256K";
	for (size_t i = 0; i < AKV_ARRAY_LEN(curves); i++) {
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	}
	return NULL;
}

static const struct {
	const char *kty;
	enum key_type type;
	bool hsm;
} types[] = {
	{"RSA", KEY_TYPE_RSA, false}, {"RSA-HSM", KEY_TYPE_RSA, true},
	{"EC", KEY_TYPE_EC, false},   {"EC-HSM", KEY_TYPE_EC, true},
	{"oct", KEY_TYPE_OCT, false}, {"oct-HSM", KEY_TYPE_OCT, true},
};

bool key_shape_parse(KeyShape *ret, const char *kty)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(types); i++) {
		if (strcmp(types[i].kty, kty) != 0)
			continue;
		*ret = (KeyShape){.type = types[i].type, .hsm = types[i].hsm};
		return true;
	}
	return false;
}

const char *key_material_kty(const KeyMaterial *material)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(types); i++) {
		if (types[i].type == material->shape.type &&
		    types[i].hsm == material->shape.hsm)
			return types[i].kty;
	}
	return "";
}

KeyMaterial *key_material_free(KeyMaterial *material)
{
	if (!material)
		return NULL;
	EVP_PKEY_free(material->pkey);
	cJSON_Delete(material->release_policy);
	explicit_bzero(material, sizeof(*material));
	free(material);
	return NULL;
}

static int material_new(KeyMaterial **ret, const KeyShape *shape)
{
	KeyMaterial *material = calloc(1, sizeof(*material));

	if (!material)
		return -ENOMEM;
	material->shape = *shape;
	material->operations = key_operations_default(shape->type);
	*ret = material;
	return 0;
}

AKV_UNUSED static inline void pkey_context_freep(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

static int rsa_generate(KeyMaterial *material)
{
	AKV_CLEANUP(pkey_context_freep)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	size_t bits = material->shape.bits;
	uint32_t exponent = material->shape.exponent;
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
		OSSL_PARAM_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent),
		OSSL_PARAM_END,
	};

	if (!context)
		return -ENOMEM;
	if (EVP_PKEY_keygen_init(context) != 1 ||
	    EVP_PKEY_CTX_set_params(context, parameters) != 1 ||
	    EVP_PKEY_generate(context, &material->pkey) != 1)
		return -EIO;
	return 0;
}

static bool rsa_bits_are_offered(unsigned bits)
{
	return bits == 2048 || bits == 3072 || bits == 4096;
}

static int shape_check(KeyShape *shape)
{
	switch (shape->type) {
	case KEY_TYPE_RSA:
		if (shape->bits == 0)
			shape->bits = KEY_RSA_BITS_DEFAULT;
		if (shape->exponent == 0)
			shape->exponent = KEY_RSA_EXPONENT;
		if (!rsa_bits_are_offered(shape->bits) || shape->exponent < 3 ||
		    shape->exponent % 2 == 0)
			return KEY_MATERIAL_E_UNFIT;
		return 0;
	case KEY_TYPE_EC:
		if (!shape->curve)
			shape->curve = &curves[0];
		return 0;
	case KEY_TYPE_OCT:
		break;
	}
	if (shape->bits == 0)
		shape->bits = KEY_OCTETS_MAX * OCTET_BITS;
	return shape->bits == 128 || shape->bits == 192 || shape->bits == 256
		       ? 0
		       : KEY_MATERIAL_E_UNFIT;
}

int key_material_generate(KeyMaterial **ret, const KeyShape *wanted)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	KeyShape shape = *wanted;
	int r = shape_check(&shape);

	if (r == 0)
		r = material_new(&material, &shape);
	if (r != 0)
		return r;
	switch (shape.type) {
	case KEY_TYPE_RSA:
		r = rsa_generate(material);
		break;
	case KEY_TYPE_EC:
		material->pkey = EVP_EC_gen(shape.curve->group);
		r = material->pkey ? 0 : -EIO;
		break;
	case KEY_TYPE_OCT:
		random_bytes(material->octets, shape.bits / OCTET_BITS);
		break;
	}
	if (r == 0)
		*ret = AKV_TAKE(material);
	return r;
}

static int curve_of(const KeyCurve **ret, const EVP_PKEY *pkey)
{
	char group[GROUP_NAME_SIZE];

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return KEY_MATERIAL_E_UNFIT;
	for (size_t i = 0; i < AKV_ARRAY_LEN(curves); i++) {
		if (strcmp(curves[i].group, group) == 0) {
			*ret = &curves[i];
			return 0;
		}
	}
	return KEY_MATERIAL_E_UNFIT;
}

int key_material_import(KeyMaterial **ret, EVP_PKEY *pkey, bool hsm)
{
	KeyShape shape = {.hsm = hsm};
	int bits = EVP_PKEY_get_bits(pkey);
	int r = 0;

	if (EVP_PKEY_is_a(pkey, "RSA")) {
		shape.type = KEY_TYPE_RSA;
		if (bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX)
			return KEY_MATERIAL_E_UNFIT;
		shape.bits = (unsigned)bits;
	} else if (EVP_PKEY_is_a(pkey, "EC")) {
		shape.type = KEY_TYPE_EC;
		r = curve_of(&shape.curve, pkey);
	} else {
		return KEY_MATERIAL_E_UNFIT;
	}
	if (r == 0)
		r = material_new(ret, &shape);
	if (r != 0)
		return r;
	(void)EVP_PKEY_up_ref(pkey);
	(*ret)->pkey = pkey;
	return 0;
}

int key_material_import_octets(KeyMaterial **ret, const void *octets, size_t n,
			       bool hsm)
{
	KeyShape shape = {.type = KEY_TYPE_OCT, .hsm = hsm};
	int r;

	if (n > KEY_OCTETS_MAX)
		return KEY_MATERIAL_E_UNFIT;
	/* No bits at all would stand for the default. */
	shape.bits = n > 0 ? (unsigned)n * OCTET_BITS : 1;
	r = shape_check(&shape);
	if (r == 0)
		r = material_new(ret, &shape);
	if (r == 0)
		memcpy((*ret)->octets, octets, n);
	return r;
}

KeyShape key_material_next_shape(const KeyMaterial *material)
{
	KeyShape shape = material->shape;

	/* What was imported may be smaller than what is generated. */
	if (shape.type == KEY_TYPE_RSA && !rsa_bits_are_offered(shape.bits))
		shape.bits = KEY_RSA_BITS_DEFAULT;
	return shape;
}

int key_material_inherit(KeyMaterial *material, const KeyMaterial *other)
{
	cJSON *policy = NULL;

	if (other->release_policy) {
		policy = cJSON_Duplicate(other->release_policy, true);
		if (!policy)
			return -ENOMEM;
	}
	cJSON_Delete(material->release_policy);
	material->release_policy = policy;
	material->operations = other->operations;
	material->exportable = other->exportable;
	return 0;
}

int key_material_save(Buf *ret, const KeyMaterial *material)
{
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	int n, r;

	if (material->shape.type == KEY_TYPE_OCT)
		return buf_append(ret, material->octets,
				  material->shape.bits / OCTET_BITS);
	info = EVP_PKEY2PKCS8(material->pkey);
	n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (n <= 0)
		return -EIO;
	r = buf_append(ret, der, (size_t)n);
	OPENSSL_clear_free(der, (size_t)n);
	return r;
}

int key_material_load(KeyMaterial **ret, const KeyShape *shape,
		      const Buf *saved)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	const unsigned char *at = (const unsigned char *)saved->p;

	if (shape->type == KEY_TYPE_OCT)
		return key_material_import_octets(ret, saved->p, saved->n,
						  shape->hsm);
	pkey = d2i_AutoPrivateKey(NULL, &at, (long)saved->n);
	if (!pkey)
		return KEY_MATERIAL_E_UNFIT;
	return key_material_import(ret, pkey, shape->hsm);
}

static void payload_free(void *payload)
{
	(void)key_material_free(payload);
}

void key_version_set(Version *version, KeyMaterial **material)
{
	if (version->payload_free)
		version->payload_free(version->payload);
	version->payload = AKV_TAKE(*material);
	version->payload_free = payload_free;
}

int key_version_new(Version **ret, KeyMaterial **material, int64_t now_us)
{
	Version *version;
	int r = version_new(&version, now_us);

	if (r < 0)
		return r;
	key_version_set(version, material);
	*ret = version;
	return 0;
}

KeyMaterial *key_version_material(const Version *version)
{
	return version->payload;
}
