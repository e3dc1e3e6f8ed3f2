/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held; generating RSA keys holds it up. */

#include "emulator/seed-certificate.h"

#include "base/clock.h"
#include "base/json.h"
#include "emulator/certificate-family.h"
#include "emulator/certificate-import.h"
#include "emulator/certificate-operation.h"
#include "emulator/certificate-version.h"
#include "emulator/x509-make.h"

static const char *const members[] = {
	"pem", "pfx", "pwd", "policy", "preserveCertOrder", NULL,
};

static bool has(const cJSON *seed, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(seed, name) != NULL;
}

static bool is_import(const cJSON *seed)
{
	return has(seed, "pem") || has(seed, "pfx");
}

static bool is_version(const cJSON *seed)
{
	return is_import(seed) || has(seed, "policy");
}

/* What the seed says of it; what is imported is PEM if it comes as PEM. */
static int policy_parse(CertificatePolicy *ret, const cJSON *seed,
			int64_t now_s, const char **what)
{
	const cJSON *given = cJSON_GetObjectItemCaseSensitive(seed, "policy");
	AKV_JSON cJSON *pem = NULL;
	int r = certificate_policy_init(ret, now_s);

	if (r == 0 && has(seed, "pem")) {
		pem = cJSON_Parse("{\"secret_props\":{\"contentType\":"
				  "\"" CONTENT_TYPE_PEM "\"}}");
		r = pem ? certificate_policy_apply(ret, pem, what) : -ENOMEM;
	}
	if (r == 0 && given)
		r = certificate_policy_apply(ret, given, what);
	if (r == 0 && !is_import(seed))
		r = certificate_policy_check(ret, what);
	return r;
}

/* Whatever the secret is to be, it comes as what it is called. */
static int content_parse(CertificateContent *ret, const cJSON *seed,
			 const char **what)
{
	const char *form = has(seed, "pem") ? "pem" : "pfx";
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	AKV_JSON cJSON *bare = cJSON_CreateObject();
	const char *value, *password = "";
	int r = json_get_string(&value, seed, form);

	if (!bare)
		return -ENOMEM;
	*what = "pem, pfx or pwd is not a string";
	if (r != 0)
		return SEED_OBJECT_E_INVALID;
	r = json_get_string(&password, seed, "pwd");
	if (r != 0 && r != JSON_E_ABSENT)
		return SEED_OBJECT_E_INVALID;
	if (has(seed, "pem") && !cJSON_AddTrueToObject(bare, "pem"))
		return -ENOMEM;
	r = policy_parse(&policy, bare, 0, what);
	if (r == 0)
		r = certificate_import_parse(ret, &policy, value, password,
					     what);
	return r;
}

static int content_make(CertificateContent *ret,
			const CertificatePolicy *policy, int64_t now_s)
{
	const KeyShape shape = certificate_policy_shape(policy);
	AKV_CLEANUP(certificate_content_done) CertificateContent content = {0};
	KeyMaterial *material = NULL;
	X509 *leaf = NULL;
	int r = key_material_generate(&material, &shape);

	if (r != 0)
		return r;
	content.key = AKV_TAKE(material->pkey);
	(void)key_material_free(material);
	r = x509_make_certificate(&leaf, certificate_policy_properties(policy),
				  content.key, NULL, now_s);
	if (r == 0)
		r = certificate_content_push(&content, &leaf);
	if (r == 0)
		r = certificate_content_match(&content);
	if (r == 0) {
		*ret = content;
		content = (CertificateContent){0};
	}
	return r;
}

static int part_put(Version *version, const cJSON *seed, const char **what)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	CertificatePart part = {.keeps_order = true};
	int r = policy_parse(&policy, seed, version->created_s, what);

	if (r == 0)
		r = is_import(seed) ? content_parse(&part.content, seed, what)
				    : content_make(&part.content, &policy,
						   version->created_s);
	if (r == 0) {
		*what = "preserveCertOrder is not true or false";
		r = json_get_bool(&part.keeps_order, seed, "preserveCertOrder");
		r = r == JSON_E_ABSENT ? 0 : r;
	}
	if (r == 0) {
		part.exportable = certificate_policy_exportable(&policy);
		part.hsm = certificate_policy_shape(&policy).hsm;
		part.is_pem = certificate_policy_is_pem(&policy);
		r = certificate_version_set(version, &part);
	}
	certificate_content_done(&part.content);
	return r == 0 ? certificate_version_issue(version) : r;
}

static int certificate_apply(Version *version, const cJSON *seed, bool is_new,
			     const char **what)
{
	int r;

	if (!is_version(seed)) {
		*what = "it has no policy, no pem and no pfx";
		return is_new ? SEED_OBJECT_E_INVALID : 0;
	}
	r = part_put(version, seed, what);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

/* The certificate's own policy is that of what was seeded last. */
static int policy_put(Object *object, const Version *version, const cJSON *seed,
		      const char **what)
{
	AKV_CLEANUP(certificate_policy_done) CertificatePolicy policy = {0};
	CertificateState *state = certificate_state_make(object);
	int r = state ? policy_parse(&policy, seed, version->created_s, what)
		      : -ENOMEM;

	if (r == 0 && is_import(seed))
		r = certificate_import_describe(
			&policy, &certificate_version_part(version)->content,
			what);
	/* It was made by the emulator, which is nobody's issuer but its own. */
	if (r == 0 && !is_import(seed)) {
		AKV_JSON cJSON *self =
			cJSON_Parse("{\"issuer\":{\"name\":\"Self\"}}");

		r = self ? certificate_policy_apply(&policy, self, what)
			 : -ENOMEM;
	}
	if (r == 0)
		r = certificate_policy_complete(&policy);
	if (r != 0)
		return r;
	certificate_policy_done(&state->policy);
	state->policy = policy;
	policy = (CertificatePolicy){0};
	return 0;
}

static int certificate_settle(Vault *vault, Object *object, Version *version,
			      const cJSON *seed, bool is_new, const char **what)
{
	int64_t now_us = version->created_s * (int64_t)CLOCK_US_PER_S;
	int r;

	if (!is_new)
		return certificate_family_follow(vault, object->name, version,
						 now_us);
	*what = "there is a key or a secret of that name that belongs to no "
		"certificate";
	if (certificate_family_is_taken(vault, object->name, now_us))
		return SEED_OBJECT_E_INVALID;
	r = policy_put(object, version, seed, what);
	if (r == 0)
		r = certificate_family_add(vault, object->name, version,
					   now_us);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

const SeedKind seed_certificates = {
	.collection = COLLECTION_CERTIFICATES,
	.members = members,
	.text = "pem",
	.is_version = is_version,
	.apply = certificate_apply,
	.settle = certificate_settle,
	.share = certificate_family_share_state,
	.remove = certificate_family_remove,
};
