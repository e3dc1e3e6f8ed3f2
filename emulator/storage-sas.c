/* SPDX-License-Identifier: MIT */

/*
 * The handlers find the account, and then have objects.c work in its collection
 * of definitions. Runs with the emulator's lock held, inside a handler.
 */

#include "emulator/storage-sas.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/objects.h"

#define CONTENT_TYPE "application/vnd.ms-sastoken-storage"

/* Of the secret that a definition is read by: whose it is. */
typedef struct SasSecret {
	char account[NAME_KEY_SIZE], definition[NAME_KEY_SIZE];
} SasSecret;

/* --- the definition ----------------------------------------------------- */

static void definition_free(void *payload)
{
	SasDefinition *definition = payload;

	if (!definition)
		return;
	free(definition->template_uri);
	free(definition->validity);
	free(definition);
}

static int type_apply(SasDefinition *definition, const cJSON *members,
		      const char **why)
{
	const char *text;
	int r = json_get_string(&text, members, "sasType");

	*why = "sasType is not account or service.";
	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || (strcasecmp(text, "account") != 0 &&
		       strcasecmp(text, "service") != 0))
		return STORAGE_E_INVALID;
	definition->service = strcasecmp(text, "service") == 0;
	return 0;
}

static int definition_apply(SasDefinition *definition, const cJSON *members,
			    const char **why)
{
	const char *text;
	int r = type_apply(definition, members, why);

	if (r != 0)
		return r;
	*why = "templateUri is not a string.";
	r = json_get_string(&text, members, "templateUri");
	if (r == 0)
		r = storage_text(&definition->template_uri, text);
	if (r != 0 && r != JSON_E_ABSENT)
		return r < 0 ? r : STORAGE_E_INVALID;
	*why = "validityPeriod is no period.";
	r = json_get_string(&text, members, "validityPeriod");
	if (r == 0 && period_parse(&definition->validity_s, text) == 0)
		r = storage_text(&definition->validity, text);
	else if (r != JSON_E_ABSENT)
		return STORAGE_E_INVALID;
	else
		r = 0;
	*why = "templateUri, sasType and validityPeriod must be specified.";
	if (r == 0 && (!definition->template_uri || !definition->validity))
		r = STORAGE_E_INVALID;
	return r;
}

/* A copy of what @before has, with what @members say on it. */
static int version_make(Version **ret, const Version *before,
			const cJSON *members, int64_t now_us, const char **why)
{
	const SasDefinition *old = before ? before->payload : NULL;
	SasDefinition *definition = calloc(1, sizeof(*definition));
	AKV_CLEANUP(version_freep) Version *version = NULL;
	int r;

	r = definition ? version_new(&version, now_us) : -ENOMEM;
	if (r < 0) {
		free(definition);
		return r;
	}
	version->payload = definition;
	version->payload_free = definition_free;
	if (old) {
		version->created_s = before->created_s;
		version->enabled = before->enabled;
		definition->service = old->service;
		definition->validity_s = old->validity_s;
		r = storage_text(&definition->template_uri, old->template_uri);
		if (r == 0)
			r = storage_text(&definition->validity, old->validity);
		if (r == 0)
			r = vault_facts_set(&version->tags, before->tags);
	}
	if (r == 0)
		r = definition_apply(definition, members, why);
	if (r == 0)
		r = attributes_apply(version, members, why);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r > 0 ? STORAGE_E_INVALID : r;
}

int sas_define(Object **ret, StorageAccount *account, const char *name,
	       const cJSON *members, int64_t now_us, const char **why)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	Object *object = collection_find(&account->definitions, name, now_us);
	int r;

	r = version_make(&version, object ? object->current : NULL, members,
			 now_us, why);
	if (r == 0 && !object) {
		r = object_new(&fresh, name);
		object = fresh;
	}
	if (r != 0)
		return r;
	for (size_t i = 0; i < object->n_versions; i++)
		(void)version_free(object->versions[i]);
	object->n_versions = 0;
	object->current = NULL;
	r = object_add_version(object, &version);
	if (r == 0 && fresh)
		r = collection_add(&account->definitions, &fresh);
	if (r == 0)
		*ret = object;
	return r;
}

void sas_save(Writer *writer, const StorageAccount *account)
{
	writer_begin(writer, "sas", '{');
	for (size_t i = 0; i < account->definitions.n; i++) {
		const Object *object = account->definitions.objects[i];
		const SasDefinition *definition = object->current->payload;

		writer_begin(writer, object->name, '{');
		writer_string(writer, "templateUri", definition->template_uri);
		writer_string(writer, "sasType",
			      definition->service ? "service" : "account");
		writer_string(writer, "validityPeriod", definition->validity);
		writer_end(writer, '}');
	}
	writer_end(writer, '}');
}

int sas_load(StorageAccount *account, const cJSON *members, int64_t now_us,
	     const char **why)
{
	const cJSON *definitions, *item;
	int r = json_get_object(&definitions, members, "sas");

	if (r != 0)
		return r == JSON_E_ABSENT ? 0 : STORAGE_E_INVALID;
	cJSON_ArrayForEach (item, definitions) {
		Object *object;

		*why = "The name of a definition has other than 0-9 a-z A-Z.";
		if (!storage_name_is_valid(item->string))
			return STORAGE_E_INVALID;
		r = sas_define(&object, account, item->string, item, now_us,
			       why);
		if (r != 0)
			return r;
	}
	return 0;
}

/* --- a kind ------------------------------------------------------------- */

static void sas_write(Writer *writer, const Exchange *exchange,
		      const Object *object, const Version *version,
		      enum view view)
{
	const SasDefinition *definition = version->payload;
	const char *account = exchange->parent->name;

	writer_format(writer, "id", "%s/storage/%s/sas/%s", exchange->base,
		      account, object->name);
	writer_format(writer, "sid", "%s/secrets/%s-%s", exchange->base,
		      account, object->name);
	if (view == VIEW_BRIEF || view == VIEW_FULL) {
		writer_string(writer, "templateUri", definition->template_uri);
		writer_string(writer, "sasType",
			      definition->service ? "service" : "account");
		writer_string(writer, "validityPeriod", definition->validity);
	}
	kind_write_attributes(writer, exchange, version);
}

const Kind kind_sas = {
	.collection = COLLECTION_STORAGE,
	.group = PERMISSION_STORAGE,
	.noun = "sas definition",
	.title = "Sas definition",
	.plural = "storage",
	.deleted = "deletedstorage",
	.not_found = "SasDefinitionNotFound",
	.write = sas_write,
};

/* --- handlers ----------------------------------------------------------- */

/* From here on, captures[0] is the definition. False: the 404 is made. */
static bool account_enter(Exchange *exchange)
{
	Object *account = storage_find(exchange);
	const char *name = exchange->captures[1];

	if (!account)
		return false;
	exchange->parent = account;
	exchange->collection = &storage_account(account)->definitions;
	exchange->captures[0] = name;
	exchange->captures[1] = NULL;
	return true;
}

static int sas_list(Exchange *exchange)
{
	return account_enter(exchange) ? objects_list(exchange) : 0;
}

static int sas_list_deleted(Exchange *exchange)
{
	return account_enter(exchange) ? objects_list_deleted(exchange) : 0;
}

static int sas_get_deleted(Exchange *exchange)
{
	return account_enter(exchange) ? objects_get_deleted(exchange) : 0;
}

static int sas_delete(Exchange *exchange)
{
	return account_enter(exchange) ? objects_delete(exchange) : 0;
}

static int sas_recover(Exchange *exchange)
{
	return account_enter(exchange) ? objects_recover(exchange) : 0;
}

static int sas_get(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!account_enter(exchange) ||
	    !objects_find(exchange, &object, &version))
		return 0;
	return objects_reply(exchange, object, version, VIEW_FULL);
}

static int define(Exchange *exchange)
{
	StorageAccount *account = storage_account(exchange->parent);
	AKV_JSON cJSON *body = NULL;
	const char *why = "";
	Object *object;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = sas_define(&object, account, exchange->captures[0], body,
		       exchange->now_us, &why);
	if (r > 0)
		return error_bad_parameter(exchange, "%s", why);
	return r < 0 ? r
		     : objects_reply(exchange, object, object->current,
				     VIEW_FULL);
}

/* Is there a secret of its name that is not its own? */
static bool secret_is_taken(Exchange *exchange)
{
	char name[2 * NAME_KEY_SIZE];
	Object *secret;

	(void)snprintf(name, sizeof(name), "%s-%s", exchange->parent->name,
		       exchange->captures[0]);
	if (name_is_valid(name)) {
		secret = collection_find(
			&exchange->vault->collections[COLLECTION_SECRETS], name,
			exchange->now_us);
		if (!secret || sas_is_secret(secret->current))
			return false;
	}
	(void)error_reply(exchange, 409, "Conflict", NULL,
			  "A secret cannot be made for the definition: the "
			  "name %s is taken or too long.",
			  name);
	return true;
}

static int sas_put(Exchange *exchange)
{
	Object *object;
	int r;

	if (!account_enter(exchange))
		return 0;
	if (!storage_name_is_valid(exchange->captures[0]))
		return error_bad_parameter(
			exchange,
			"The request URI contains an invalid name: %s",
			exchange->captures[0]);
	object = collection_find(exchange->collection, exchange->captures[0],
				 exchange->now_us);
	r = object ? object_check_write(object, exchange->now_us) : 0;
	if (r != 0)
		return error_write(exchange, exchange->kind,
				   exchange->captures[0], r);
	return secret_is_taken(exchange) ? 0 : define(exchange);
}

static int sas_patch(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!account_enter(exchange) ||
	    !objects_find(exchange, &object, &version))
		return 0;
	return define(exchange);
}

/* --- the secrets -------------------------------------------------------- */

static void secret_free(void *payload)
{
	free(payload);
}

bool sas_is_secret(const Version *version)
{
	return version->payload_free == secret_free;
}

static const Object *definition_of(const Exchange *exchange,
				   const SasSecret *secret,
				   const Object **ret_account)
{
	Object *account = collection_find(
		&exchange->vault->collections[COLLECTION_STORAGE],
		secret->account, exchange->now_us);
	Object *definition;

	if (!exchange->api->storage || !account ||
	    object_state(account, exchange->now_us) != OBJECT_LIVE)
		return NULL;
	definition = collection_find(&storage_account(account)->definitions,
				     secret->definition, exchange->now_us);
	if (!definition ||
	    object_state(definition, exchange->now_us) != OBJECT_LIVE)
		return NULL;
	*ret_account = account;
	return definition;
}

static int secret_add(Exchange *exchange, const Object *account,
		      const Object *definition)
{
	Collection *secrets = &exchange->vault->collections[COLLECTION_SECRETS];
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_CLEANUP(object_freep) Object *object = NULL;
	char name[2 * NAME_KEY_SIZE];
	SasSecret *secret;
	int r;

	(void)snprintf(name, sizeof(name), "%s-%s", account->name,
		       definition->name);
	if (!name_is_valid(name) ||
	    collection_find(secrets, name, exchange->now_us))
		return 0;
	r = version_new(&version, exchange->now_us);
	if (r == 0)
		r = object_new(&object, name);
	if (r < 0)
		return r;
	secret = calloc(1, sizeof(*secret));
	if (!secret)
		return -ENOMEM;
	memcpy(secret->account, account->name, NAME_KEY_SIZE);
	memcpy(secret->definition, definition->name, NAME_KEY_SIZE);
	version->payload = secret;
	version->payload_free = secret_free;
	version->managed = true;
	version->enabled = definition->current->enabled;
	version->created_s = definition->current->created_s;
	version->updated_s = definition->current->updated_s;
	r = version_set_content_type(version, CONTENT_TYPE);
	if (r == 0)
		r = object_add_version(object, &version);
	return r == 0 ? collection_add(secrets, &object) : r;
}

static void secrets_prune(Exchange *exchange)
{
	Collection *secrets = &exchange->vault->collections[COLLECTION_SECRETS];

	for (size_t i = secrets->n; i > 0; i--) {
		const Object *object = secrets->objects[i - 1];
		const Object *account;

		if (object->current && sas_is_secret(object->current) &&
		    !definition_of(exchange, object->current->payload,
				   &account))
			collection_remove(secrets, object->name);
	}
}

int sas_secrets_sync(Exchange *exchange)
{
	const Collection *accounts =
		&exchange->vault->collections[COLLECTION_STORAGE];
	int r = 0;

	if (accounts->n == 0 && !exchange->vault->has_sas)
		return 0;
	secrets_prune(exchange);
	exchange->vault->has_sas = false;
	for (size_t i = 0; i < accounts->n && exchange->api->storage; i++) {
		Object *account = accounts->objects[i];
		const Collection *definitions =
			&storage_account(account)->definitions;

		if (object_state(account, exchange->now_us) != OBJECT_LIVE)
			continue;
		for (size_t k = 0; k < definitions->n && r == 0; k++) {
			Object *definition = definitions->objects[k];

			if (object_state(definition, exchange->now_us) !=
			    OBJECT_LIVE)
				continue;
			exchange->vault->has_sas = true;
			r = secret_add(exchange, account, definition);
		}
	}
	return r;
}

static void secret_write(Exchange *exchange, const Object *object,
			 const char *token, int64_t expires_s)
{
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "value", token);
	writer_string(writer, "contentType", CONTENT_TYPE);
	writer_format(writer, "id", "%s/secrets/%s", exchange->base,
		      object->name);
	writer_bool(writer, "managed", true);
	writer_begin(writer, "attributes", '{');
	writer_bool(writer, "enabled", object->current->enabled);
	writer_int(writer, "exp", expires_s);
	writer_string(writer, "recoveryLevel",
		      vault_recovery_level(exchange->vault));
	if (exchange->api->recoverable_days)
		writer_int(writer, "recoverableDays",
			   exchange->vault->soft_delete
				   ? exchange->vault->retention_days
				   : 0);
	writer_end(writer, '}');
	writer_end(writer, '}');
}

int sas_secret_reply(Exchange *exchange, const Object *object)
{
	AKV_BUF Buf token = BUF_INIT(SAS_TOKEN_MAX);
	const Object *account = NULL, *found;
	const StorageAccount *keys;
	const SasDefinition *definition;
	int64_t expires_s;
	int r;

	found = definition_of(exchange, object->current->payload, &account);
	if (!found)
		return error_not_found(exchange, exchange->kind, object->name,
				       NULL);
	definition = found->current->payload;
	keys = storage_account(account);
	expires_s = exchange->now_us / (int64_t)CLOCK_US_PER_S +
		    definition->validity_s;
	r = sas_token_make(
		&token,
		&(SasTemplate){
			.account = account->name,
			.uri = definition->template_uri,
			.service = definition->service,
		},
		keys->keys[AKV_MAX(storage_key_index(keys->active_key), 0)],
		expires_s);
	if (r > 0)
		return error_bad_parameter(exchange,
					   "The template of the definition %s "
					   "is no SAS token.",
					   found->name);
	if (r == 0)
		secret_write(exchange, object, token.p, expires_s);
	return r;
}

static const Route routes[] = {
	{"GET", "storage/*/sas", sas_list, &kind_sas, "listSas"},
	{"GET", "storage/*/sas/*", sas_get, &kind_sas, "getSas"},
	{"PUT", "storage/*/sas/*", sas_put, &kind_sas, "setSas"},
	{"PATCH", "storage/*/sas/*", sas_patch, &kind_sas, "setSas"},
	{"DELETE", "storage/*/sas/*", sas_delete, &kind_sas, "deleteSas"},
	{"GET", "deletedstorage/*/sas", sas_list_deleted, &kind_sas, "listSas"},
	{"GET", "deletedstorage/*/sas/*", sas_get_deleted, &kind_sas, "getSas"},
	{"POST", "deletedstorage/*/sas/*/recover", sas_recover, &kind_sas,
	 "recover"},
};

const RouteTable sas_routes = ROUTE_TABLE(routes);
