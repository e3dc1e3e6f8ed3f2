/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/keys.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/backup.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/jwk.h"
#include "emulator/key-request.h"
#include "emulator/key-rotation.h"
#include "emulator/key-use.h"
#include "emulator/objects.h"

enum { EXCHANGE_KEY_LIFE_S = 2 * 86400 };

void keys_write_id(Writer *writer, const char *member, const Exchange *exchange,
		   const Object *object, const Version *version)
{
	writer_format(writer, member, "%s/keys/%s%s%s", exchange->base,
		      object->name, version ? "/" : "",
		      version ? version->id : "");
}

static void key_write(Writer *writer, const Exchange *exchange,
		      const Object *object, const Version *version,
		      enum view view)
{
	const KeyMaterial *material = key_version_material(version);
	bool listed = view == VIEW_ITEM || view == VIEW_LISTED;

	if (listed) {
		keys_write_id(writer, "kid", exchange, object,
			      view == VIEW_ITEM ? NULL : version);
	} else {
		writer_begin(writer, "key", '{');
		keys_write_id(writer, "kid", exchange, object, version);
		jwk_write_public(writer, material);
		writer_end(writer, '}');
	}
	kind_write_attributes(writer, exchange, version);
	if (version->managed)
		writer_bool(writer, "managed", true);
	if (view == VIEW_FULL && material->release_policy &&
	    exchange->api->rotation)
		writer_json(writer, "release_policy", material->release_policy);
}

static void key_write_attributes(Writer *writer, const Exchange *exchange,
				 const Version *version)
{
	const KeyMaterial *material = key_version_material(version);

	if (exchange->api->rotation)
		writer_bool(writer, "exportable", material->exportable);
	/* 0 is software, 2 the HSMs that all new keys are in. */
	if (exchange->api->hsm_platform)
		writer_string(writer, "hsmPlatform",
			      material->shape.hsm ? "2" : "0");
}

static void key_save(Writer *writer, const Version *version)
{
	const KeyMaterial *material = key_version_material(version);
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r = key_material_save(&bytes, material);

	if (r == 0)
		r = base64_encode(&text, BASE64_URL, bytes.p, bytes.n);
	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, "kty", key_material_kty(material));
	writer_string(writer, "material", text.p);
	key_operations_write(writer, material->operations);
	writer_bool(writer, "exportable", material->exportable);
	if (material->release_policy)
		writer_json(writer, "release_policy", material->release_policy);
}

static int terms_load(KeyMaterial *material, const cJSON *members)
{
	const cJSON *words, *policy;
	int r = json_get_array(&words, members, "key_ops");

	if (r == 0)
		r = key_operations_parse(&material->operations,
					 material->shape.type, words);
	if (r == 0)
		r = json_get_bool(&material->exportable, members, "exportable");
	if (r != 0)
		return r;
	r = json_get_object(&policy, members, "release_policy");
	if (r == JSON_E_ABSENT)
		return 0;
	if (r == 0) {
		material->release_policy = cJSON_Duplicate(policy, true);
		if (!material->release_policy)
			r = -ENOMEM;
	}
	return r;
}

static int key_load(Version *version, const cJSON *members)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_FILE);
	const char *kty, *text;
	KeyShape shape;
	int r;

	r = json_get_string(&kty, members, "kty");
	if (r == 0)
		r = json_get_string(&text, members, "material");
	if (r != 0)
		return r;
	if (!key_shape_parse(&shape, kty))
		return KEY_MATERIAL_E_UNFIT;
	r = base64_decode(&bytes, BASE64_URL, text, strlen(text));
	if (r == 0)
		r = key_material_load(&material, &shape, &bytes);
	if (r == 0)
		r = terms_load(material, members);
	if (r == 0)
		key_version_set(version, &material);
	return r;
}

const Kind kind_key = {
	.collection = COLLECTION_KEYS,
	.group = PERMISSION_KEYS,
	.noun = "key",
	.title = "Key",
	.plural = "keys",
	.deleted = "deletedkeys",
	.not_found = "KeyNotFound",
	.managed = "KeyManagedByKeyVault",
	.write = key_write,
	.write_attributes = key_write_attributes,
	.save = key_save,
	.load = key_load,
};

int keys_generate(Exchange *exchange, KeyMaterial **ret, const KeyShape *shape)
{
	Emulator *emulator = exchange->emulator;
	char vault[VAULT_NAME_MAX + 1];
	int r;

	(void)snprintf(vault, sizeof(vault), "%s", exchange->vault->name);
	(void)pthread_mutex_unlock(&emulator->lock);
	r = key_material_generate(ret, shape);
	(void)pthread_mutex_lock(&emulator->lock);
	if (r < 0)
		return r;
	exchange->vault = vault_store_find(&emulator->vaults, vault);
	if (r == 0 && exchange->vault)
		return 0;
	if (r == 0)
		*ret = key_material_free(*ret);
	if (r > 0)
		(void)error_bad_parameter(
			exchange, "The size, the curve or the exponent of the "
				  "key is not supported.");
	else
		(void)error_reply(exchange, 404, "VaultNotFound", NULL,
				  "The vault %s was deleted.", vault);
	return KEYS_E_REFUSED;
}

int keys_add_version(Exchange *exchange, Version **version)
{
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	Version *added = *version;
	Object *object = NULL;
	int r;

	r = objects_for_writing(exchange, &object, &fresh);
	if (r != 0)
		return AKV_MIN(r, 0);
	if (object->current && object->current->managed)
		return error_managed(exchange, exchange->kind, "create");
	r = object_add_version(object, version);
	if (r == 0 && fresh)
		r = collection_add(objects_collection(exchange), &fresh);
	if (r < 0)
		return r;
	return objects_reply(exchange, object, added, VIEW_FULL);
}

/* A key that others are wrapped with for import is good for two days. */
static void exchange_key_expire(Version *version)
{
	const KeyMaterial *material = key_version_material(version);

	if (material->operations == KEY_IMPORT && version->exp_s == TIME_UNSET)
		version->exp_s = version->created_s + EXCHANGE_KEY_LIFE_S;
}

/* Add *@material with the terms and attributes of @body, and reply. */
static int material_add(Exchange *exchange, KeyMaterial **material,
			const cJSON *body)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	const char *why = NULL;
	int r;

	r = key_request_terms(*material, body, true, &why);
	if (r == 0)
		r = key_version_new(&version, material, exchange->now_us);
	if (r == 0)
		r = attributes_apply(version, body, &why);
	if (r > 0)
		return error_bad_parameter(exchange, "%s", why);
	if (r < 0)
		return r;
	exchange_key_expire(version);
	return keys_add_version(exchange, &version);
}

static int key_create(Exchange *exchange)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	bool hsm_only = exchange->where.kind == HOST_HSM;
	AKV_JSON cJSON *body = NULL;
	const char *why = NULL;
	KeyShape shape;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = key_request_shape(&shape, body, hsm_only, &why);
	if (r > 0)
		return error_bad_parameter(exchange, "%s", why);
	if (r == 0)
		r = keys_generate(exchange, &material, &shape);
	if (r != 0)
		return AKV_MIN(r, 0);
	return material_add(exchange, &material, body);
}

static bool is_hsm_asked(const cJSON *body)
{
	bool hsm = false;

	/* In capitals as it is described; clients write it both ways. */
	return (json_get_bool(&hsm, body, "Hsm") == 0 ||
		json_get_bool(&hsm, body, "hsm") == 0) &&
	       hsm;
}

static int key_import(Exchange *exchange)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	bool hsm_only = exchange->where.kind == HOST_HSM;
	AKV_JSON cJSON *body = NULL;
	const cJSON *jwk;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = json_get_object(&jwk, body, "key");
	if (r == 0)
		r = jwk_parse(&material, jwk, hsm_only || is_hsm_asked(body));
	if (r < 0)
		return r;
	if (r == 0 && material->shape.type == KEY_TYPE_OCT && !hsm_only)
		return error_bad_parameter(
			exchange, "Symmetric keys are not supported in a "
				  "vault; they need a managed HSM.");
	if (r > 0)
		return error_bad_parameter(exchange,
					   "The property \"key\" must be a "
					   "valid JsonWebKey object.");
	return material_add(exchange, &material, body);
}

static int key_get(Exchange *exchange)
{
	Object *object;
	Version *version;

	/* A disabled key can be read, though not used. */
	if (!objects_find(exchange, &object, &version))
		return 0;
	return objects_reply(exchange, object, version, VIEW_FULL);
}

static int key_update(Exchange *exchange)
{
	AKV_CLEANUP(version_freep) Version *trial = NULL;
	AKV_JSON cJSON *body = NULL;
	const char *why = NULL;
	Object *object;
	Version *version;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	/* On a trial first: what is refused must change nothing. */
	r = version_new(&trial, exchange->now_us);
	if (r == 0)
		r = attributes_apply(trial, body, &why);
	if (r == ATTRIBUTES_E_INVALID)
		return error_bad_parameter(exchange, "%s", why);
	if (r < 0 || !objects_find(exchange, &object, &version))
		return r;
	if (version->managed)
		return error_managed(exchange, exchange->kind, "update");
	r = key_request_terms(key_version_material(version), body, false, &why);
	if (r == KEY_REQUEST_E_INVALID)
		return error_bad_parameter(exchange, "%s", why);
	if (r == 0)
		r = attributes_apply(version, body, &why);
	if (r < 0)
		return r;
	version->updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	return objects_reply(exchange, object, version, VIEW_FULL);
}

static const Route routes[] = {
	{"GET", "keys", objects_list, &kind_key, "list"},
	{"POST", "keys/restore", backup_restore, &kind_key, "restore"},
	{"PUT", "keys/*", key_import, &kind_key, "import"},
	{"GET", "keys/*", key_get, &kind_key, "get"},
	{"PATCH", "keys/*", key_update, &kind_key, "update"},
	{"DELETE", "keys/*", objects_delete, &kind_key, "delete"},
	{"POST", "keys/*/create", key_create, &kind_key, "create"},
	{"GET", "keys/*/versions", objects_list_versions, &kind_key, "list"},
	{"POST", "keys/*/backup", backup_make, &kind_key, "backup"},
	{"POST", "keys/*/rotate", key_rotate, &kind_key, "rotate"},
	{"GET", "keys/*/rotationpolicy", key_rotation_get, &kind_key,
	 "getRotationPolicy"},
	{"PUT", "keys/*/rotationpolicy", key_rotation_put, &kind_key,
	 "setRotationPolicy"},
	{"POST", "keys/*/*/encrypt", key_encrypt, &kind_key, "encrypt"},
	{"POST", "keys/*/*/decrypt", key_decrypt, &kind_key, "decrypt"},
	{"POST", "keys/*/*/wrapkey", key_wrap, &kind_key, "wrapKey"},
	{"POST", "keys/*/*/unwrapkey", key_unwrap, &kind_key, "unwrapKey"},
	{"POST", "keys/*/*/sign", key_sign, &kind_key, "sign"},
	{"POST", "keys/*/*/verify", key_verify, &kind_key, "verify"},
	{"POST", "keys/*/*/release", key_release, &kind_key, "release"},
	/* A client without a version leaves its segment out, or empty. */
	{"POST", "keys/*/encrypt", key_encrypt, &kind_key, "encrypt"},
	{"POST", "keys/*/decrypt", key_decrypt, &kind_key, "decrypt"},
	{"POST", "keys/*/wrapkey", key_wrap, &kind_key, "wrapKey"},
	{"POST", "keys/*/unwrapkey", key_unwrap, &kind_key, "unwrapKey"},
	{"POST", "keys/*/sign", key_sign, &kind_key, "sign"},
	{"POST", "keys/*/verify", key_verify, &kind_key, "verify"},
	{"POST", "keys/*/release", key_release, &kind_key, "release"},
	{"GET", "keys/*/*/attestation", key_attestation, &kind_key, "get"},
	{"GET", "keys/*/*", key_get, &kind_key, "get"},
	{"PATCH", "keys/*/*", key_update, &kind_key, "update"},
	{"GET", "deletedkeys", objects_list_deleted, &kind_key, "list"},
	{"GET", "deletedkeys/*", objects_get_deleted, &kind_key, "get"},
	{"DELETE", "deletedkeys/*", objects_purge, &kind_key, "purge"},
	{"POST", "deletedkeys/*/recover", objects_recover, &kind_key,
	 "recover"},
};

const RouteTable key_routes = ROUTE_TABLE(routes);
