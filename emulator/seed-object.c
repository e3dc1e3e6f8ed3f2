/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/seed-object.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/collection.h"

static bool listed(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static bool member_known(const SeedKind *kind, const char *name)
{
	static const char *const names[] = {
		"version", "created", "updated",  "tags",       "managed",
		"kid",     "deleted", "versions", "attributes", NULL,
	};

	return listed(names, name) || listed(kind->members, name);
}

/* The getters answer absence and wrong types; here absence is fine. */
static int optional(int r)
{
	if (r == JSON_E_ABSENT)
		return 0;
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

static int id_apply(Version *version, const cJSON *seed)
{
	const char *id;
	int r = json_get_string(&id, seed, "version");

	if (r != 0)
		return optional(r);
	if (!version_is_valid(id))
		return SEED_OBJECT_E_INVALID;
	for (size_t i = 0; i <= VERSION_LENGTH; i++) {
		char c = id[i];

		version->id[i] =
			c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
	}
	return 0;
}

static int key_id_apply(Version *version, const cJSON *seed)
{
	const char *id;
	int r = json_get_string(&id, seed, "kid");

	if (r != 0)
		return optional(r);
	free(version->key_id);
	version->key_id = strdup(id);
	return version->key_id ? 0 : -ENOMEM;
}

static int version_apply(const SeedKind *kind, Version *version,
			 const cJSON *seed, bool is_new, const char **what)
{
	const cJSON *member;
	int r;

	*what = "it is not a string, an object or null";
	if (!cJSON_IsObject(seed))
		return SEED_OBJECT_E_INVALID;
	*what = "it has a member that is not known";
	cJSON_ArrayForEach (member, seed) {
		if (!member_known(kind, member->string))
			return SEED_OBJECT_E_INVALID;
	}
	*what = "a member has a wrong type or value";
	r = kind->apply(version, seed, is_new, what);
	if (r == 0)
		r = optional(
			json_get_int64(&version->created_s, seed, "created"));
	if (r == 0)
		r = optional(
			json_get_int64(&version->updated_s, seed, "updated"));
	if (r == 0)
		r = optional(json_get_bool(&version->managed, seed, "managed"));
	if (r == 0)
		r = key_id_apply(version, seed);
	if (r == 0)
		r = attributes_apply(version, seed, what);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

static int version_add(const SeedKind *kind, Vault *vault, Object *object,
		       const cJSON *seed, int64_t now_us, const char **what)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	Version *added;
	int r;

	r = version_new(&version, now_us);
	if (r == 0)
		r = version_apply(kind, version, seed, true, what);
	if (r != 0)
		return r;
	*what = "version is not 32 hexadecimal digits, or is there already";
	r = id_apply(version, seed);
	added = version;
	if (r == 0)
		r = object_add_version(object, &version);
	if (r == 0 && kind->settle)
		r = kind->settle(vault, object, added, seed, true, what);
	return r == -EEXIST ? SEED_OBJECT_E_INVALID : r;
}

/* A new version where one is described, else a change of the current one. */
static int versions_apply(const SeedKind *kind, Vault *vault, Object *object,
			  const cJSON *seed, int64_t now_us, const char **what)
{
	const cJSON *list, *item;
	Version *current = object->current;
	int r;

	*what = "versions is not an array of one or more";
	r = json_get_array(&list, seed, "versions");
	if (r == 0) {
		cJSON_ArrayForEach (item, list) {
			r = version_add(kind, vault, object, item, now_us,
					what);
			if (r != 0)
				return r;
		}
		return object->current ? 0 : SEED_OBJECT_E_INVALID;
	}
	if (r != JSON_E_ABSENT)
		return SEED_OBJECT_E_INVALID;
	if (!current || kind->is_version(seed))
		return version_add(kind, vault, object, seed, now_us, what);
	r = version_apply(kind, current, seed, false, what);
	if (r == 0 && !cJSON_HasObjectItem(seed, "updated"))
		current->updated_s = now_us / (int64_t)CLOCK_US_PER_S;
	if (r == 0 && kind->settle)
		r = kind->settle(vault, object, current, seed, false, what);
	return r;
}

static int deleted_apply(Vault *vault, Object *object, const cJSON *seed,
			 int64_t now_us, const char **what)
{
	bool deleted = false;
	int r;

	*what = "deleted is not true or false, or the vault has no soft delete";
	r = optional(json_get_bool(&deleted, seed, "deleted"));

	if (r != 0 || !deleted)
		return r;
	if (!vault->soft_delete)
		return SEED_OBJECT_E_INVALID;
	r = object_delete(object, now_us, 0, vault->retention_days);
	return r > 0 ? SEED_OBJECT_E_INVALID : r;
}

/* What is deleted comes back to life by being seeded. */
static void object_revive(Object *object)
{
	object->state = OBJECT_LIVE;
	object->settling_us = 0;
}

static int object_seed(const SeedKind *kind, Vault *vault, const char *name,
		       const cJSON *seed, int64_t now_us, const char **what)
{
	Collection *collection = &vault->collections[kind->collection];
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	Object *object = collection_find(collection, name, now_us);
	int r;

	if (!object) {
		r = object_new(&fresh, name);
		if (r < 0)
			return r;
		object = fresh;
	}
	object_revive(object);
	r = versions_apply(kind, vault, object, seed, now_us, what);
	if (r == 0)
		r = deleted_apply(vault, object, seed, now_us, what);
	if (r == 0 && kind->share)
		kind->share(vault, object, now_us);
	if (r == 0 && fresh)
		r = collection_add(collection, &fresh);
	/* What was made beside an object that is not to be goes with it. */
	if (r != 0 && fresh && kind->remove)
		kind->remove(vault, name);
	return r;
}

int seed_object(const SeedKind *kind, Vault *vault, const cJSON *seed,
		int64_t now_us, const char **what)
{
	AKV_JSON cJSON *wrapped = NULL;

	*what = "its name is not 1 to 127 of 0-9 a-z A-Z and '-'";
	if (!name_is_valid(seed->string))
		return SEED_OBJECT_E_INVALID;
	if (cJSON_IsNull(seed)) {
		collection_remove(&vault->collections[kind->collection],
				  seed->string);
		if (kind->remove)
			kind->remove(vault, seed->string);
		return 0;
	}
	if (!cJSON_IsString(seed) || !kind->text)
		return object_seed(kind, vault, seed->string, seed, now_us,
				   what);
	wrapped = cJSON_CreateObject();
	if (!wrapped ||
	    !cJSON_AddStringToObject(wrapped, kind->text, seed->valuestring))
		return -ENOMEM;
	return object_seed(kind, vault, seed->string, wrapped, now_us, what);
}

static bool secret_is_version(const cJSON *seed)
{
	return cJSON_HasObjectItem(seed, "value");
}

/* A secret has a value, if only an empty one. */
static int secret_apply(Version *version, const cJSON *seed, bool is_new,
			const char **what)
{
	const char *value = "";
	int r = optional(json_get_string(&value, seed, "value"));

	(void)what;
	if (r == 0 && (is_new || *value))
		r = version_set_value(version, value, strlen(value));
	return r;
}

static const char *const secret_members[] = {"value", "contentType", NULL};

const SeedKind seed_secrets = {
	.collection = COLLECTION_SECRETS,
	.members = secret_members,
	.text = "value",
	.is_version = secret_is_version,
	.apply = secret_apply,
};
