/* SPDX-License-Identifier: MIT */

/* Texts of refusals are the service's where they were recorded. */

#include "emulator/key-request.h"

#include "base/base64.h"
#include "base/json.h"

#define RELEASE_CONTENT_TYPE "application/json; charset=utf-8"

static int refuse(const char **why, const char *what)
{
	*why = what;
	return KEY_REQUEST_E_INVALID;
}

static int number_get(uint32_t *ret, const cJSON *body, const char *name)
{
	int64_t number;
	int r = json_get_int64(&number, body, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || number <= 0 || number > UINT32_MAX)
		return KEY_REQUEST_E_INVALID;
	*ret = (uint32_t)number;
	return 0;
}

static int curve_get(const KeyCurve **ret, const cJSON *body)
{
	const char *name;
	int r = json_get_string(&name, body, "crv");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r == 0)
		*ret = key_curve_find(name);
	return *ret ? 0 : KEY_REQUEST_E_INVALID;
}

int key_request_shape(KeyShape *ret, const cJSON *body, bool hsm_only,
		      const char **why)
{
	KeyShape shape;
	const char *kty;
	int r = json_get_string(&kty, body, "kty");

	if (r == JSON_E_ABSENT)
		return refuse(why, "The property \"kty\" is required.");
	if (r != 0 || !key_shape_parse(&shape, kty))
		return refuse(why, "The property \"kty\" is no type of key.");
	if (shape.type == KEY_TYPE_OCT && !hsm_only)
		return refuse(why, "Symmetric keys are not supported in a "
				   "vault; they need a managed HSM.");
	shape.hsm |= hsm_only;
	if (number_get(&shape.bits, body, "key_size") != 0)
		return refuse(why, "The property \"key_size\" is not valid.");
	if (number_get(&shape.exponent, body, "public_exponent") != 0)
		return refuse(why,
			      "The property \"public_exponent\" is not valid.");
	if (curve_get(&shape.curve, body) != 0)
		return refuse(why, "The property \"crv\" is no curve.");
	*ret = shape;
	return 0;
}

static int operations_get(unsigned *ret, const KeyMaterial *material,
			  const cJSON *body, bool is_new)
{
	const cJSON *words;
	int r = json_get_array(&words, body, "key_ops");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return KEY_REQUEST_E_INVALID;
	if (!is_new && cJSON_GetArraySize(words) == 0)
		return 0;
	return key_operations_parse(ret, material->shape.type, words);
}

/* The authorities that vouch for who may have the key. */
static bool authorities_are_reachable(const cJSON *rules)
{
	const cJSON *list, *item;

	if (json_get_array(&list, rules, "anyOf") != 0)
		return false;
	cJSON_ArrayForEach (item, list) {
		const char *authority;

		if (json_get_string(&authority, item, "authority") != 0 ||
		    strncmp(authority, "https://", strlen("https://")) != 0)
			return false;
	}
	return true;
}

static int rules_check(const cJSON *policy, const char **why)
{
	AKV_BUF Buf text = BUF_INIT(RELEASE_POLICY_MAX);
	AKV_JSON cJSON *rules = NULL;
	const char *data;
	int r;

	if (json_get_string(&data, policy, "data") != 0)
		return refuse(why, "The release policy has no data.");
	r = base64_decode(&text, BASE64_URL, data, strlen(data));
	if (r == 0)
		r = json_parse(&rules, text.p, text.n, NULL);
	if (r == -ENOMEM)
		return r;
	if (r != 0 || !cJSON_IsObject(rules))
		return refuse(why, "The release policy is not JSON in "
				   "base64url.");
	if (!authorities_are_reachable(rules))
		return refuse(why, "AKV.SKR.1012: The specified attestation "
				   "service  cannot be reached.");
	return 0;
}

static bool is_immutable(const cJSON *policy)
{
	return cJSON_IsTrue(
		cJSON_GetObjectItemCaseSensitive(policy, "immutable"));
}

/* As the service keeps it. */
static int policy_copy(cJSON **ret, const cJSON *sent, const char **why)
{
	AKV_JSON cJSON *policy = cJSON_CreateObject();
	const char *type = RELEASE_CONTENT_TYPE, *data;
	int r = json_get_string(&type, sent, "contentType");

	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_string(&data, sent, "data");
	if (r != 0)
		return refuse(why, "The release policy is not valid.");
	if (!policy || !cJSON_AddStringToObject(policy, "contentType", type) ||
	    !cJSON_AddStringToObject(policy, "data", data) ||
	    !cJSON_AddBoolToObject(policy, "immutable", is_immutable(sent)))
		return -ENOMEM;
	*ret = AKV_TAKE(policy);
	return 0;
}

static int policy_get(cJSON **ret, const KeyMaterial *material,
		      const cJSON *body, const char **why)
{
	const cJSON *sent;
	int r = json_get_object(&sent, body, "release_policy");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return refuse(why, "The release policy is not an object.");
	if (material->release_policy && is_immutable(material->release_policy))
		return refuse(why, "AKV.SKR.1020: Immutable Key Release Policy "
				   "cannot be modified.");
	r = rules_check(sent, why);
	return r == 0 ? policy_copy(ret, sent, why) : r;
}

static int exportable_get(bool *ret, const KeyMaterial *material,
			  const cJSON *body, bool is_new, bool has_policy,
			  const char **why)
{
	const cJSON *attributes;
	bool exportable = material->exportable;
	int r = json_get_object(&attributes, body, "attributes");

	if (r == 0)
		r = json_get_bool(&exportable, attributes, "exportable");
	if (r != 0 && r != JSON_E_ABSENT)
		return refuse(why, "The property \"attributes\" is not valid.");
	if (!is_new && exportable != material->exportable)
		return refuse(why, "The attribute \"exportable\" cannot be "
				   "changed.");
	if (exportable && is_new && !(material->shape.hsm && has_policy))
		return refuse(why, "Only a key of the HSM with a release "
				   "policy can be exportable.");
	*ret = exportable;
	return 0;
}

int key_request_terms(KeyMaterial *material, const cJSON *body, bool is_new,
		      const char **why)
{
	AKV_JSON cJSON *policy = NULL;
	unsigned operations = material->operations;
	bool exportable = false;
	int r;

	if (operations_get(&operations, material, body, is_new) != 0)
		return refuse(why, "The property \"key_ops\" has an operation "
				   "that is none for this type of key.");
	r = policy_get(&policy, material, body, why);
	if (r == 0)
		r = exportable_get(&exportable, material, body, is_new,
				   policy || material->release_policy, why);
	if (r != 0)
		return r;
	material->operations = operations;
	material->exportable = exportable;
	if (policy) {
		cJSON_Delete(material->release_policy);
		material->release_policy = AKV_TAKE(policy);
	}
	return 0;
}
