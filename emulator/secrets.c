/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/secrets.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/attributes.h"
#include "emulator/backup.h"
#include "emulator/certificate-policy.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/objects.h"
#include "emulator/pkcs12.h"
#include "emulator/storage-sas.h"

static void secret_write(Writer *writer, const Exchange *exchange,
			 const Object *object, const Version *version,
			 enum view view)
{
	bool versioned = view != VIEW_ITEM && !sas_is_secret(version);

	if (view == VIEW_FULL)
		writer_string_n(writer, "value", version->value,
				version->value_size);
	if (version->content_type)
		writer_string(writer, "contentType", version->content_type);
	writer_format(writer, "id", "%s/secrets/%s%s%s", exchange->base,
		      object->name, versioned ? "/" : "",
		      versioned ? version->id : "");
	if (version->managed)
		writer_bool(writer, "managed", true);
	if (version->key_id && view == VIEW_FULL)
		writer_string(writer, "kid", version->key_id);
	else if (version->managed && view == VIEW_FULL)
		writer_format(writer, "kid", "%s/keys/%s/%s", exchange->base,
			      object->name, version->id);
	kind_write_attributes(writer, exchange, version);
	if (exchange->api->dated && *version->previous &&
	    (view == VIEW_FULL || view == VIEW_BRIEF))
		writer_string(writer, "previousVersion", version->previous);
}

static void secret_save(Writer *writer, const Version *version)
{
	writer_string_n(writer, "value", version->value, version->value_size);
}

static int secret_load(Version *version, const cJSON *members)
{
	const char *value;
	int r = json_get_string(&value, members, "value");

	if (r != 0)
		return r;
	return version_set_value(version, value, strlen(value));
}

const Kind kind_secret = {
	.collection = COLLECTION_SECRETS,
	.group = PERMISSION_SECRETS,
	.noun = "secret",
	.title = "Secret",
	.plural = "secrets",
	.deleted = "deletedsecrets",
	.not_found = "SecretNotFound",
	.disabled = "SecretDisabled",
	.managed = "SecretManagedByKeyVault",
	.write = secret_write,
	.save = secret_save,
	.load = secret_load,
};

/*
 * A version of what the body says. OBJECTS_E_REFUSED with the reply made if it
 * says something wrong.
 */
static int version_from_body(Version **ret, Exchange *exchange,
			     const cJSON *body)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	const char *value, *why = NULL;
	int r;

	r = json_get_string(&value, body, "value");
	if (r != 0) {
		(void)error_bad_parameter(exchange,
					  "The property \"value\" %s.",
					  json_answer_text(r));
		return OBJECTS_E_REFUSED;
	}
	if (strlen(value) > SECRET_VALUE_MAX) {
		(void)error_bad_parameter(exchange,
					  "Property  has invalid value\r\n");
		return OBJECTS_E_REFUSED;
	}
	r = version_new(&version, exchange->now_us);
	if (r == 0)
		r = version_set_value(version, value, strlen(value));
	if (r == 0)
		r = attributes_apply(version, body, &why);
	if (r == ATTRIBUTES_E_INVALID) {
		(void)error_bad_parameter(exchange, "%s", why);
		return OBJECTS_E_REFUSED;
	}
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

static int secret_set(Exchange *exchange)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	AKV_JSON cJSON *body = NULL;
	Object *object = NULL;
	Version *added;
	int r;

	if (!objects_body(exchange, &body))
		return 0;
	r = version_from_body(&version, exchange, body);
	if (r == 0)
		r = objects_for_writing(exchange, &object, &fresh);
	if (r != 0)
		return AKV_MIN(r, 0);
	if (object->current && object->current->managed)
		return error_managed(exchange, exchange->kind, "set");
	added = version;
	r = object_add_version(object, &version);
	if (r == 0 && fresh)
		r = collection_add(objects_collection(exchange), &fresh);
	if (r < 0)
		return r;
	return objects_reply(exchange, object, added, VIEW_FULL);
}

/* Reply with the PFX that @version holds, turned into PEM. */
static int reply_pem(Exchange *exchange, const Object *object,
		     const Version *version)
{
	AKV_CLEANUP(version_freep) Version *converted = NULL;
	AKV_BUF Buf pem = BUF_INIT(BUF_MAX_FILE);
	int r;

	r = pkcs12_to_pem(&pem, version->value, version->value_size);
	if (r == PKCS12_E_INVALID)
		return error_bad_parameter(exchange,
					   "Pkcs12 value is invalid.");
	if (r == 0)
		r = version_copy(&converted, version);
	if (r == 0)
		r = version_set_value(converted, pem.p, pem.n);
	if (r == 0)
		r = version_set_content_type(converted, CONTENT_TYPE_PEM);
	return r < 0 ? r
		     : objects_reply(exchange, object, converted, VIEW_FULL);
}

/* outContentType: PFX may be asked for as PEM, and nothing else as another. */
static int reply_converted(Exchange *exchange, const Object *object,
			   const Version *version, const char *wanted)
{
	const char *is = version->content_type ? version->content_type : "";

	if (strcasecmp(wanted, is) == 0)
		return objects_reply(exchange, object, version, VIEW_FULL);
	if (strcasecmp(wanted, CONTENT_TYPE_PEM) == 0 &&
	    strcasecmp(is, CONTENT_TYPE_PFX) == 0)
		return reply_pem(exchange, object, version);
	return error_bad_parameter(exchange,
				   "The secret's content type '%s' cannot be "
				   "converted to outContentType '%s'.",
				   is, wanted);
}

static int secret_get(Exchange *exchange)
{
	const char *wanted = exchange_parameter(exchange, "outContentType");
	Object *object;
	Version *version;

	if (!objects_find(exchange, &object, &version))
		return 0;
	if (sas_is_secret(version))
		return sas_secret_reply(exchange, object);
	if (!version->enabled)
		return error_disabled(exchange, exchange->kind, "get");
	if (wanted && exchange->api->dated)
		return reply_converted(exchange, object, version, wanted);
	return objects_reply(exchange, object, version, VIEW_FULL);
}

static int secret_update(Exchange *exchange)
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
	r = attributes_apply(version, body, &why);
	if (r < 0)
		return r;
	version->updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	return objects_reply(exchange, object, version, VIEW_BRIEF);
}

static const Route routes[] = {
	{"GET", "secrets", objects_list, &kind_secret, "list"},
	{"POST", "secrets/restore", backup_restore, &kind_secret, "restore"},
	{"PUT", "secrets/*", secret_set, &kind_secret, "set"},
	{"GET", "secrets/*", secret_get, &kind_secret, "get"},
	{"PATCH", "secrets/*", secret_update, &kind_secret, "set"},
	{"DELETE", "secrets/*", objects_delete, &kind_secret, "delete"},
	{"GET", "secrets/*/versions", objects_list_versions, &kind_secret,
	 "list"},
	{"POST", "secrets/*/backup", backup_make, &kind_secret, "backup"},
	{"GET", "secrets/*/*", secret_get, &kind_secret, "get"},
	{"PATCH", "secrets/*/*", secret_update, &kind_secret, "set"},
	{"GET", "deletedsecrets", objects_list_deleted, &kind_secret, "list"},
	{"GET", "deletedsecrets/*", objects_get_deleted, &kind_secret, "get"},
	{"DELETE", "deletedsecrets/*", objects_purge, &kind_secret, "purge"},
	{"POST", "deletedsecrets/*/recover", objects_recover, &kind_secret,
	 "recover"},
};

const RouteTable secret_routes = ROUTE_TABLE(routes);
