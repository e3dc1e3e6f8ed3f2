/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/storage.h"

#include <openssl/crypto.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/backup.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/objects.h"
#include "emulator/seed-object.h"
#include "emulator/storage-sas.h"

static const char *const key_names[STORAGE_KEYS] = {"key1", "key2"};

/* --- the account -------------------------------------------------------- */

static void account_free(void *payload)
{
	StorageAccount *account = payload;

	if (!account)
		return;
	OPENSSL_cleanse(account->keys, sizeof(account->keys));
	collection_done(&account->definitions);
	free(account->resource_id);
	free(account->period);
	free(account);
}

StorageAccount *storage_account(const Object *object)
{
	return object->current->payload;
}

int storage_account_new(Version *version)
{
	StorageAccount *account = calloc(1, sizeof(*account));

	if (!account)
		return -ENOMEM;
	random_bytes(account->keys, sizeof(account->keys));
	(void)snprintf(account->active_key, KEY_NAME_SIZE, "%s", key_names[0]);
	account->auto_regenerate = true;
	version->payload = account;
	version->payload_free = account_free;
	return 0;
}

int storage_key_index(const char *name)
{
	for (int i = 0; i < STORAGE_KEYS; i++) {
		if (strcasecmp(key_names[i], name) == 0)
			return i;
	}
	return -1;
}

bool storage_name_is_valid(const char *name)
{
	return name_is_valid(name) && !strchr(name, '-');
}

int storage_text(char **slot, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

static int refuse(const char **why, const char *text)
{
	*why = text;
	return STORAGE_E_INVALID;
}

static int key_name_apply(StorageAccount *account, const cJSON *members,
			  const char **why)
{
	const char *text;
	int r = json_get_string(&text, members, "activeKeyName");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || storage_key_index(text) < 0)
		return refuse(why, "activeKeyName is not key1 or key2.");
	(void)snprintf(account->active_key, KEY_NAME_SIZE, "%s", text);
	return 0;
}

static int period_apply(StorageAccount *account, const cJSON *members,
			const char **why)
{
	const char *text;
	int64_t seconds;
	int r = json_get_string(&text, members, "regenerationPeriod");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || period_parse(&seconds, text) != 0)
		return refuse(why, "regenerationPeriod is no period.");
	return storage_text(&account->period, text);
}

int storage_account_apply(StorageAccount *account, const cJSON *members,
			  const char **why)
{
	const char *text;
	int r = json_get_string(&text, members, "resourceId");

	if (r == 0 && *text == '/')
		r = storage_text(&account->resource_id, text);
	else if (r != JSON_E_ABSENT)
		return refuse(why, "resourceId is no id of a resource.");
	if (r < 0)
		return r;
	r = json_get_bool(&account->auto_regenerate, members,
			  "autoRegenerateKey");
	if (r != 0 && r != JSON_E_ABSENT)
		return refuse(why, "autoRegenerateKey is not true or false.");
	r = key_name_apply(account, members, why);
	return r == 0 ? period_apply(account, members, why) : r;
}

/* --- a kind ------------------------------------------------------------- */

static void storage_write(Writer *writer, const Exchange *exchange,
			  const Object *object, const Version *version,
			  enum view view)
{
	const StorageAccount *account = version->payload;

	writer_format(writer, "id", "%s/storage/%s", exchange->base,
		      object->name);
	writer_string(writer, "resourceId", account->resource_id);
	if (view == VIEW_BRIEF || view == VIEW_FULL) {
		writer_string(writer, "activeKeyName", account->active_key);
		writer_bool(writer, "autoRegenerateKey",
			    account->auto_regenerate);
		if (account->period)
			writer_string(writer, "regenerationPeriod",
				      account->period);
	}
	kind_write_attributes(writer, exchange, version);
}

static void storage_save(Writer *writer, const Version *version)
{
	const StorageAccount *account = version->payload;

	writer_string(writer, "resourceId", account->resource_id);
	writer_string(writer, "activeKeyName", account->active_key);
	writer_bool(writer, "autoRegenerateKey", account->auto_regenerate);
	if (account->period)
		writer_string(writer, "regenerationPeriod", account->period);
	for (size_t i = 0; i < STORAGE_KEYS; i++) {
		AKV_BUF Buf key = BUF_INIT(BUF_MAX_LINE);

		if (base64_encode(&key, BASE64_STANDARD, account->keys[i],
				  STORAGE_KEY_SIZE) < 0)
			writer->fault = -ENOMEM;
		writer_string(writer, key_names[i], key.p);
	}
	sas_save(writer, account);
}

/* The keys of a backup or a seed; those that are not there are left. */
static int keys_load(StorageAccount *account, const cJSON *members,
		     const char **why)
{
	for (size_t i = 0; i < STORAGE_KEYS; i++) {
		AKV_BUF Buf key = BUF_INIT(BUF_MAX_LINE);
		const char *text;
		int r = json_get_string(&text, members, key_names[i]);

		if (r == JSON_E_ABSENT)
			continue;
		if (r != 0 ||
		    base64_decode(&key, BASE64_STANDARD, text, strlen(text)) !=
			    0 ||
		    key.n != STORAGE_KEY_SIZE)
			return refuse(why, "A key is not base64 of 64 bytes.");
		memcpy(account->keys[i], key.p, STORAGE_KEY_SIZE);
	}
	return 0;
}

/* As a backup or a seed has it: with keys and definitions. */
static int members_load(Version *version, const cJSON *members, bool is_new,
			const char **why)
{
	int64_t now_us = version->created_s * (int64_t)CLOCK_US_PER_S;
	int r = is_new ? storage_account_new(version) : 0;
	StorageAccount *account = version->payload;

	if (r == 0)
		r = storage_account_apply(account, members, why);
	if (r == 0)
		r = keys_load(account, members, why);
	if (r == 0 && !account->resource_id)
		r = storage_text(&account->resource_id,
				 "/subscriptions/00000000-0000-0000-0000-"
				 "000000000000/resourceGroups/emulator/"
				 "providers/Microsoft.Storage/storageAccounts/"
				 "emulator");
	return r == 0 ? sas_load(account, members, now_us, why) : r;
}

static int storage_load(Version *version, const cJSON *members)
{
	const char *why;

	return members_load(version, members, true, &why);
}

const Kind kind_storage = {
	.collection = COLLECTION_STORAGE,
	.group = PERMISSION_STORAGE,
	.noun = "storage account",
	.title = "Storage account",
	.plural = "storage",
	.deleted = "deletedstorage",
	.not_found = "StorageAccountNotFound",
	.write = storage_write,
	.save = storage_save,
	.load = storage_load,
};

static bool storage_is_version(const cJSON *seed)
{
	(void)seed;
	return false;
}

static int storage_seed(Version *version, const cJSON *seed, bool is_new,
			const char **what)
{
	return members_load(version, seed, is_new, what);
}

static const char *const storage_members[] = {"resourceId",
					      "activeKeyName",
					      "autoRegenerateKey",
					      "regenerationPeriod",
					      "key1",
					      "key2",
					      "sas",
					      NULL};

const SeedKind seed_storage = {
	.collection = COLLECTION_STORAGE,
	.members = storage_members,
	.is_version = storage_is_version,
	.apply = storage_seed,
};

/* --- handlers ----------------------------------------------------------- */

Object *storage_find(Exchange *exchange)
{
	Object *object = collection_find(
		&exchange->vault->collections[COLLECTION_STORAGE],
		exchange->captures[0], exchange->now_us);

	if (object && object_state(object, exchange->now_us) == OBJECT_LIVE)
		return object;
	(void)error_not_found(exchange, &kind_storage, exchange->captures[0],
			      NULL);
	return NULL;
}

/* A version of what a PUT says, all of which has to be there. */
static int version_from_body(Version **ret, const Exchange *exchange,
			     const cJSON *body, const char **why)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	static const char *const needed[] = {"resourceId", "activeKeyName",
					     "autoRegenerateKey"};
	int r;

	*why = "The properties resourceId, activeKeyName and "
	       "autoRegenerateKey must be specified.";
	for (size_t i = 0; i < AKV_ARRAY_LEN(needed); i++) {
		if (!cJSON_GetObjectItemCaseSensitive(body, needed[i]))
			return STORAGE_E_INVALID;
	}
	r = version_new(&version, exchange->now_us);
	if (r == 0)
		r = storage_account_new(version);
	if (r == 0)
		r = storage_account_apply(version->payload, body, why);
	if (r == 0)
		r = attributes_apply(version, body, why);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

/* An account that is there keeps its definitions, its keys and its birth. */
static void version_adopt(Version *version, const Version *before)
{
	StorageAccount *account = version->payload, *old = before->payload;
	Collection none = account->definitions;

	memcpy(account->keys, old->keys, sizeof(account->keys));
	account->definitions = old->definitions;
	old->definitions = none;
	version->created_s = before->created_s;
}

/* Make @version the only one of @object. */
static int version_replace(Object *object, Version **version)
{
	Version *added = *version;
	int r;

	if (object->current)
		version_adopt(added, object->current);
	for (size_t i = 0; i < object->n_versions; i++)
		(void)version_free(object->versions[i]);
	object->n_versions = 0;
	object->current = NULL;
	r = object_add_version(object, version);
	/* In the list of versions, it follows nothing. */
	added->previous[0] = '\0';
	return r;
}

static int storage_set(Exchange *exchange)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	AKV_JSON cJSON *body = NULL;
	Object *object = NULL;
	const char *why = "";
	int r;

	if (!storage_name_is_valid(exchange->captures[0]))
		return error_bad_parameter(
			exchange,
			"The request URI contains an invalid name: %s",
			exchange->captures[0]);
	if (!objects_body(exchange, &body))
		return 0;
	r = version_from_body(&version, exchange, body, &why);
	if (r > 0)
		return error_bad_parameter(exchange, "%s", why);
	if (r == 0)
		r = objects_for_writing(exchange, &object, &fresh);
	if (r == 0)
		r = version_replace(object, &version);
	if (r == 0 && fresh)
		r = collection_add(objects_collection(exchange), &fresh);
	return r != 0 ? AKV_MIN(r, 0)
		      : objects_reply(exchange, object, object->current,
				      VIEW_FULL);
}

static int storage_get(Exchange *exchange)
{
	const Object *object = storage_find(exchange);

	return object ? objects_reply(exchange, object, object->current,
				      VIEW_FULL)
		      : 0;
}

static int storage_update(Exchange *exchange)
{
	AKV_CLEANUP(version_freep) Version *trial = NULL;
	AKV_JSON cJSON *body = NULL;
	const char *why = "";
	Object *object;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	/* On a trial first: what is refused must change nothing. */
	r = version_new(&trial, exchange->now_us);
	if (r == 0)
		r = storage_account_new(trial);
	if (r == 0)
		r = storage_account_apply(trial->payload, body, &why);
	if (r == 0)
		r = attributes_apply(trial, body, &why);
	if (r > 0)
		return error_bad_parameter(exchange, "%s", why);
	object = r == 0 ? storage_find(exchange) : NULL;
	if (!object)
		return r;
	r = storage_account_apply(storage_account(object), body, &why);
	if (r == 0)
		r = attributes_apply(object->current, body, &why);
	if (r < 0)
		return r;
	object->current->updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	return objects_reply(exchange, object, object->current, VIEW_FULL);
}

static int storage_regenerate(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	StorageAccount *account;
	const char *name = "";
	const Object *object;
	int key;

	if (!objects_body(exchange, &body))
		return 0;
	object = storage_find(exchange);
	if (!object)
		return 0;
	key = json_get_string(&name, body, "keyName") == 0
		      ? storage_key_index(name)
		      : -1;
	if (key < 0)
		return error_bad_parameter(exchange,
					   "keyName is not key1 or key2.");
	account = storage_account(object);
	random_bytes(account->keys[key], STORAGE_KEY_SIZE);
	/* It is the one that tokens are made with from then on. */
	(void)snprintf(account->active_key, KEY_NAME_SIZE, "%s",
		       key_names[key]);
	return objects_reply(exchange, object, object->current, VIEW_FULL);
}

static const Route routes[] = {
	{"GET", "storage", objects_list, &kind_storage, "list"},
	{"POST", "storage/restore", backup_restore, &kind_storage, "restore"},
	{"PUT", "storage/*", storage_set, &kind_storage, "set"},
	{"GET", "storage/*", storage_get, &kind_storage, "get"},
	{"PATCH", "storage/*", storage_update, &kind_storage, "update"},
	{"DELETE", "storage/*", objects_delete, &kind_storage, "delete"},
	{"POST", "storage/*/regeneratekey", storage_regenerate, &kind_storage,
	 "regenerateKey"},
	{"POST", "storage/*/backup", backup_make, &kind_storage, "backup"},
	{"GET", "deletedstorage", objects_list_deleted, &kind_storage, "list"},
	{"GET", "deletedstorage/*", objects_get_deleted, &kind_storage, "get"},
	{"DELETE", "deletedstorage/*", objects_purge, &kind_storage, "purge"},
	{"POST", "deletedstorage/*/recover", objects_recover, &kind_storage,
	 "recover"},
};

const RouteTable storage_routes = ROUTE_TABLE(routes);
