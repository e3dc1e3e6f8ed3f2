/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/arm-secrets.h"

#include "base/json.h"
#include "emulator/arm.h"
#include "emulator/attributes.h"
#include "emulator/errors.h"
#include "emulator/object.h"

enum { ARM_SECRET_VALUE_MAX = 25600 };

static void attributes_write(Writer *writer, const Version *version)
{
	writer_begin(writer, "attributes", '{');
	writer_bool(writer, "enabled", version->enabled);
	if (version->nbf_s != TIME_UNSET)
		writer_int(writer, "nbf", version->nbf_s);
	if (version->exp_s != TIME_UNSET)
		writer_int(writer, "exp", version->exp_s);
	writer_int(writer, "created", version->created_s);
	writer_int(writer, "updated", version->updated_s);
	writer_end(writer, '}');
}

static void secret_write(Exchange *exchange, const Vault *vault,
			 const Object *object)
{
	const char *suffix = exchange->where.cloud->vault_suffix;
	const Version *version = object->current;
	Writer *writer = &exchange->writer;
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "%s/secrets/%s", id, object->name);
	writer_string(writer, "name", object->name);
	writer_string(writer, "type", "Microsoft.KeyVault/vaults/secrets");
	writer_string(writer, "location", vault->location);
	if (version->tags)
		writer_json(writer, "tags", version->tags);
	writer_begin(writer, "properties", '{');
	if (version->content_type)
		writer_string(writer, "contentType", version->content_type);
	attributes_write(writer, version);
	writer_format(writer, "secretUri", "https://%s%s/secrets/%s",
		      vault->name, suffix, object->name);
	writer_format(writer, "secretUriWithVersion",
		      "https://%s%s/secrets/%s/%s", vault->name, suffix,
		      object->name, version->id);
	writer_end(writer, '}');
	writer_end(writer, '}');
}

static Object *secret_find(const Exchange *exchange, Vault *vault)
{
	Object *object =
		collection_find(&vault->collections[COLLECTION_SECRETS],
				exchange->captures[3], exchange->now_us);

	return object && object_state(object, exchange->now_us) == OBJECT_LIVE
		       ? object
		       : NULL;
}

int arm_secrets_list(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_READ, "vaults/secrets/read");
	Writer *writer = &exchange->writer;
	const Collection *secrets;
	const char *last = NULL;
	ArmPage page;
	size_t n = 0, i;

	if (!vault || !arm_page(exchange, &page))
		return 0;
	secrets = &vault->collections[COLLECTION_SECRETS];
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "value", '[');
	for (i = collection_at_least(secrets, page.after); i < secrets->n;
	     i++) {
		Object *object = secrets->objects[i];

		if (strcmp(object->key, page.after) == 0 ||
		    object_state(object, exchange->now_us) != OBJECT_LIVE)
			continue;
		if (n == page.max)
			break;
		secret_write(exchange, vault, object);
		last = object->key;
		n++;
	}
	writer_end(writer, ']');
	if (last && i < secrets->n)
		arm_page_next(exchange, last);
	writer_end(writer, '}');
	return 0;
}

static int secret_reply(Exchange *exchange, const Vault *vault,
			const Object *object)
{
	if (!object)
		return error_reply(exchange, 404, "SecretNotFound", NULL,
				   "A secret with (name/id) %s was not found "
				   "in this key vault.",
				   exchange->captures[3]);
	exchange_reply(exchange, 200);
	secret_write(exchange, vault, object);
	return 0;
}

int arm_secret_get(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_READ, "vaults/secrets/read");

	return vault ? secret_reply(exchange, vault,
				    secret_find(exchange, vault))
		     : 0;
}

/* "tags" of the body and what "properties" has, as the data plane takes them.
 */
static int version_apply(Version *version, const cJSON *body,
			 const cJSON *properties, const char **why)
{
	const char *value;
	int r = json_get_string(&value, properties, "value");

	*why = "The value is not a string of at most 25600 bytes.";
	if (r == 0 && strlen(value) <= ARM_SECRET_VALUE_MAX)
		r = version_set_value(version, value, strlen(value));
	else if (r != JSON_E_ABSENT)
		r = ATTRIBUTES_E_INVALID;
	else
		r = 0;
	if (r == 0)
		r = attributes_apply(version, properties, why);
	if (r == 0)
		r = attributes_apply(version, body, why);
	return r;
}

/* What PATCH keeps that its body does not say. */
static int version_inherit(Version *version, const Version *base)
{
	version->enabled = base->enabled;
	version->nbf_s = base->nbf_s;
	version->exp_s = base->exp_s;
	if (!base->tags)
		return 0;
	version->tags = cJSON_Duplicate(base->tags, true);
	return version->tags ? 0 : -ENOMEM;
}

static int version_make(Version **ret, const Exchange *exchange,
			const Version *base, bool whole, const cJSON *body,
			const cJSON *properties, const char **why)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	int r = version_new(&version, exchange->now_us);

	if (r == 0 && base && base->content_type)
		r = version_set_content_type(version, base->content_type);
	if (r == 0)
		r = version_set_value(version, base ? base->value : "",
				      base ? base->value_size : 0);
	if (r == 0 && base && !whole)
		r = version_inherit(version, base);
	if (r == 0)
		r = version_apply(version, body, properties, why);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

/* A new version, of a new secret if there is none of the name yet. */
static int secret_change(Exchange *exchange, Vault *vault, Object *object,
			 bool whole)
{
	Collection *secrets = &vault->collections[COLLECTION_SECRETS];
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	const cJSON *properties = NULL;
	AKV_JSON cJSON *body = NULL;
	const char *why = "The properties are missing.";
	int r;

	if (!arm_body(exchange, &body))
		return 0;
	r = json_get_object(&properties, body, "properties");
	if (r == 0)
		r = version_make(&version, exchange,
				 object ? object->current : NULL, whole, body,
				 properties, &why);
	if (r > 0)
		return error_reply(exchange, 400, "BadRequest", NULL, "%s",
				   why);
	if (r == 0 && !object) {
		r = object_new(&fresh, exchange->captures[3]);
		object = fresh;
	}
	if (r == 0)
		r = object_add_version(object, &version);
	if (r == 0 && fresh)
		r = collection_add(secrets, &fresh);
	return r < 0 ? r : secret_reply(exchange, vault, object);
}

int arm_secret_put(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/secrets/write");
	Object *object;

	if (!vault)
		return 0;
	if (!name_is_valid(exchange->captures[3]))
		return error_reply(exchange, 400, "BadRequest", NULL,
				   "The secret's name '%s' is invalid.",
				   exchange->captures[3]);
	object = collection_find(&vault->collections[COLLECTION_SECRETS],
				 exchange->captures[3], exchange->now_us);
	if (object && object_check_write(object, exchange->now_us) != 0)
		return error_reply(exchange, 409, "ConflictError", NULL,
				   "Secret %s is currently in a deleted but "
				   "recoverable state, and its name cannot be "
				   "reused; in this state, the secret can only "
				   "be recovered or purged.",
				   exchange->captures[3]);
	return secret_change(exchange, vault, object, true);
}

int arm_secret_patch(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/secrets/write");
	Object *object;

	if (!vault)
		return 0;
	object = secret_find(exchange, vault);
	return object ? secret_change(exchange, vault, object, false)
		      : secret_reply(exchange, vault, NULL);
}
