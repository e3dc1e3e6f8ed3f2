/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held; generating RSA keys holds it up. */

#include "emulator/seed-key.h"

#include "base/json.h"
#include "emulator/certificate.h"
#include "emulator/jwk.h"
#include "emulator/key-request.h"

static const char *const members[] = {
	"pem",     "hsm",
	"kty",     "key_size",
	"crv",     "public_exponent",
	"key_ops", "release_policy",
	"n",       "e",
	"d",       "p",
	"q",       "dp",
	"dq",      "qi",
	"x",       "y",
	"k",       NULL,
};

static bool is_version(const cJSON *seed)
{
	return cJSON_HasObjectItem(seed, "kty") ||
	       cJSON_HasObjectItem(seed, "pem");
}

static int pem_parse(KeyMaterial **ret, const char *pem, bool hsm,
		     const char **what)
{
	AKV_CLEANUP(pkey_freep) EVP_PKEY *pkey = NULL;
	int r = private_key_parse_pem(&pkey, pem, strlen(pem));

	*what = "pem is no private key, RSA or EC, without a password";
	if (r == 0)
		r = key_material_import(ret, pkey, hsm);
	return r == -ENOMEM ? r : r != 0 ? SEED_OBJECT_E_INVALID : 0;
}

/* With a private part it is a whole JWK; without, one is to be made. */
static int jwk_or_new(KeyMaterial **ret, const cJSON *seed, bool hsm,
		      const char **what)
{
	KeyShape shape;
	int r;

	if (cJSON_HasObjectItem(seed, "d") || cJSON_HasObjectItem(seed, "k")) {
		*what = "it is no private JWK whose parts fit each other";
		return jwk_parse(ret, seed, hsm);
	}
	r = key_request_shape(&shape, seed, true, what);
	if (r != 0)
		return r;
	/* Asked for as of the HSM only to have symmetric keys too. */
	shape.hsm =
		hsm ||
		strstr(cJSON_GetStringValue(cJSON_GetObjectItem(seed, "kty")),
		       "-HSM");
	*what = "its size, curve or exponent is not offered";
	return key_material_generate(ret, &shape);
}

static int material_apply(Version *version, const cJSON *seed,
			  const char **what)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	const char *pem;
	bool hsm = false;
	int r = json_get_bool(&hsm, seed, "hsm");

	*what = "hsm is not true or false";
	if (r != 0 && r != JSON_E_ABSENT)
		return SEED_OBJECT_E_INVALID;
	if (json_get_string(&pem, seed, "pem") == 0)
		r = pem_parse(&material, pem, hsm, what);
	else
		r = jwk_or_new(&material, seed, hsm, what);
	if (r == 0)
		r = key_request_terms(material, seed, true, what);
	if (r == 0)
		key_version_set(version, &material);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

static int key_apply(Version *version, const cJSON *seed, bool is_new,
		     const char **what)
{
	int r;

	if (is_version(seed))
		return material_apply(version, seed, what);
	*what = "it has neither kty nor pem";
	if (is_new)
		return SEED_OBJECT_E_INVALID;
	r = key_request_terms(key_version_material(version), seed, false, what);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

/* A managed HSM has no others. */
static int key_settle(Vault *vault, AKV_UNUSED Object *object, Version *version,
		      AKV_UNUSED const cJSON *seed, AKV_UNUSED bool is_new,
		      AKV_UNUSED const char **what)
{
	if (vault->is_hsm)
		key_version_material(version)->shape.hsm = true;
	return 0;
}

const SeedKind seed_keys = {
	.collection = COLLECTION_KEYS,
	.members = members,
	.text = "pem",
	.is_version = is_version,
	.apply = key_apply,
	.settle = key_settle,
};
