/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/objects.h"

#include "base/clock.h"
#include "base/json.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/pages.h"

Collection *objects_collection(const Exchange *exchange)
{
	if (exchange->collection)
		return exchange->collection;
	return &exchange->vault->collections[exchange->kind->collection];
}

static Object *object_named(const Exchange *exchange)
{
	return collection_find(objects_collection(exchange),
			       exchange->captures[0], exchange->now_us);
}

bool objects_find(Exchange *exchange, Object **ret_object,
		  Version **ret_version)
{
	const char *name = exchange->captures[0], *id = exchange->captures[1];
	Object *object = object_named(exchange);
	Version *version;

	if (id && *id == '\0')
		id = NULL;
	if (!object || object_state(object, exchange->now_us) != OBJECT_LIVE) {
		(void)error_not_found(exchange, exchange->kind, name, NULL);
		return false;
	}
	version = id ? object_version(object, id) : object->current;
	if (!version) {
		(void)error_not_found(exchange, exchange->kind, name, id);
		return false;
	}
	*ret_object = object;
	*ret_version = version;
	return true;
}

int objects_for_writing(Exchange *exchange, Object **ret, Object **ret_new)
{
	const char *name = exchange->captures[0];
	Object *object = object_named(exchange);
	int r;

	if (!object) {
		r = object_new(ret_new, name);
		*ret = *ret_new;
		return r;
	}
	r = object_check_write(object, exchange->now_us);
	if (r != 0) {
		(void)error_write(exchange, exchange->kind, name, r);
		return OBJECTS_E_REFUSED;
	}
	*ret = object;
	return 0;
}

bool objects_body(Exchange *exchange, cJSON **ret)
{
	JsonFault fault = {0};
	cJSON *body = NULL;
	int r;

	if (exchange->body.n == 0) {
		(void)error_bad_parameter(
			exchange, "The request body must be specified.");
		return false;
	}
	r = json_parse(&body, exchange->body.p, exchange->body.n, &fault);
	if (r == 0 && cJSON_IsObject(body)) {
		*ret = body;
		return true;
	}
	cJSON_Delete(body);
	(void)error_bad_parameter(exchange,
				  "The request body is not a JSON object: %s "
				  "at byte %zu.",
				  r == 0 ? "wrong type" : fault.what,
				  fault.offset);
	return false;
}

static void deleted_write(Exchange *exchange, const Object *object)
{
	Writer *writer = &exchange->writer;

	if (!exchange->vault->soft_delete || !exchange->api->soft_delete)
		return;
	if (exchange->parent)
		writer_format(writer, "recoveryId", "%s/%s/%s/sas/%s",
			      exchange->base, exchange->kind->deleted,
			      exchange->parent->name, object->name);
	else
		writer_format(writer, "recoveryId", "%s/%s/%s", exchange->base,
			      exchange->kind->deleted, object->name);
	writer_int(writer, "deletedDate", object->deleted_s);
	writer_int(writer, "scheduledPurgeDate", object->purge_s);
}

int objects_reply(Exchange *exchange, const Object *object,
		  const Version *version, enum view view)
{
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	exchange->kind->write(&exchange->writer, exchange, object, version,
			      view);
	writer_end(&exchange->writer, '}');
	return 0;
}

static int deleted_reply(Exchange *exchange, const Object *object)
{
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	deleted_write(exchange, object);
	exchange->kind->write(&exchange->writer, exchange, object,
			      object->current, VIEW_BRIEF);
	writer_end(&exchange->writer, '}');
	return 0;
}

static bool version_is_listed(const Exchange *exchange, const Version *version)
{
	return !exchange->kind->is_listed ||
	       exchange->kind->is_listed(exchange, version);
}

/* Is @object to be seen in that list? */
static bool object_is_listed(const Exchange *exchange, Object *object,
			     bool deleted)
{
	enum object_state state = object_state(object, exchange->now_us);

	if (!object->current || !version_is_listed(exchange, object->current))
		return false;
	if (!deleted)
		return state == OBJECT_LIVE;
	/* Objects whose life is a certificate's are not listed. */
	return (state == OBJECT_DELETED || state == OBJECT_PURGING) &&
	       !object->current->managed;
}

static int page_refuse(Exchange *exchange)
{
	return error_bad_parameter(
		exchange, "The value of maxresults or $skiptoken is invalid. "
			  "maxresults must be between 1 and 25.");
}

/* Begin the reply of a list; false if its query is wrong or a fault. */
static int page_begin(Page *ret, Exchange *exchange)
{
	int r = page_parse(ret, exchange, exchange->kind->noun);

	if (r > 0)
		(void)page_refuse(exchange);
	if (r != 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_begin(&exchange->writer, "value", '[');
	return 0;
}

static int page_end(Exchange *exchange, const Page *page, const char *next_key)
{
	writer_end(&exchange->writer, ']');
	page_write_next(exchange, page, exchange->kind->noun, next_key);
	writer_end(&exchange->writer, '}');
	return 0;
}

static int list(Exchange *exchange, bool deleted)
{
	Collection *collection = objects_collection(exchange);
	Writer *writer = &exchange->writer;
	const char *next = NULL;
	size_t written = 0;
	Page page;
	int r;

	r = page_begin(&page, exchange);
	if (r != 0)
		return AKV_MIN(r, 0);
	for (size_t i = collection_at_least(collection, page.key);
	     i < collection->n; i++) {
		Object *object = collection->objects[i];

		if (!object_is_listed(exchange, object, deleted))
			continue;
		if (page.empty || written == page.max) {
			next = object->key;
			break;
		}
		writer_begin(writer, NULL, '{');
		if (deleted)
			deleted_write(exchange, object);
		exchange->kind->write(writer, exchange, object, object->current,
				      VIEW_ITEM);
		writer_end(writer, '}');
		written++;
	}
	return page_end(exchange, &page, next);
}

int objects_list(Exchange *exchange)
{
	return list(exchange, false);
}

/* An object that is not there has no versions; that is no error. */
int objects_list_versions(Exchange *exchange)
{
	Object *object = object_named(exchange);
	char next[PAGE_KEY_SIZE];
	const char *slash;
	bool more = false;
	size_t i, end;
	Page page;
	int r;

	r = page_begin(&page, exchange);
	if (r != 0)
		return AKV_MIN(r, 0);
	if (!object || object_state(object, exchange->now_us) != OBJECT_LIVE)
		return page_end(exchange, &page, NULL);
	slash = strchr(page.key, '/');
	i = slash ? object_version_at_least(object, slash + 1) : 0;
	end = page.empty ? i : AKV_MIN(object->n_versions, i + page.max);
	for (; i < end; i++) {
		if (!version_is_listed(exchange, object->versions[i]))
			continue;
		writer_begin(&exchange->writer, NULL, '{');
		exchange->kind->write(&exchange->writer, exchange, object,
				      object->versions[i], VIEW_LISTED);
		writer_end(&exchange->writer, '}');
	}
	if (end < object->n_versions) {
		more = true;
		(void)snprintf(next, sizeof(next), "%s/%s", object->key,
			       object->versions[end]->id);
	}
	return page_end(exchange, &page, more ? next : NULL);
}

int objects_delete(Exchange *exchange)
{
	const char *name = exchange->captures[0];
	const Emulator *emulator = exchange->emulator;
	const Vault *vault = exchange->vault;
	Object *object = object_named(exchange);
	int r;

	if (!object)
		return error_not_found(exchange, exchange->kind, name, NULL);
	if (object->current->managed &&
	    object_state(object, exchange->now_us) == OBJECT_LIVE)
		return error_managed(exchange, exchange->kind, "delete");
	r = object_delete(object, exchange->now_us,
			  emulator->soft_delete_delay_us,
			  vault->soft_delete ? vault->retention_days : 0);
	if (r != 0)
		return error_write(exchange, exchange->kind, name, r);
	return deleted_reply(exchange, object);
}

/* Vaults without soft delete have no deleted objects to speak of. */
static bool soft_delete_refuse(Exchange *exchange, const char *operation)
{
	if (exchange->vault->soft_delete)
		return false;
	(void)error_reply(exchange, 400, "NotSupported", NULL,
			  "Operation \"%s\" is not enabled for this vault.",
			  operation);
	return true;
}

int objects_list_deleted(Exchange *exchange)
{
	if (soft_delete_refuse(exchange, "listdeleted"))
		return 0;
	return list(exchange, true);
}

int objects_get_deleted(Exchange *exchange)
{
	Object *object = object_named(exchange);
	enum object_state state = OBJECT_GONE;

	if (soft_delete_refuse(exchange, "getdeleted"))
		return 0;
	if (object)
		state = object_state(object, exchange->now_us);
	if (state != OBJECT_DELETED && state != OBJECT_PURGING)
		return error_deleted_not_found(exchange, exchange->kind,
					       exchange->captures[0]);
	if (!object->current->enabled && exchange->kind->disabled)
		return error_disabled(exchange, exchange->kind, "get");
	return deleted_reply(exchange, object);
}

int objects_recover(Exchange *exchange)
{
	const char *name = exchange->captures[0];
	Object *object = object_named(exchange);
	int r;

	if (soft_delete_refuse(exchange, "recover"))
		return 0;
	if (!object)
		return error_not_found(exchange, exchange->kind, name, NULL);
	r = object_recover(object, exchange->now_us,
			   exchange->emulator->soft_delete_delay_us);
	if (r != 0)
		return error_recover(exchange, exchange->kind, name, r);
	return objects_reply(exchange, object, object->current, VIEW_BRIEF);
}

int objects_purge(Exchange *exchange)
{
	const char *name = exchange->captures[0];
	Object *object = object_named(exchange);
	int r;

	if (soft_delete_refuse(exchange, "purge"))
		return 0;
	if (!object)
		return error_not_found(exchange, exchange->kind, name, NULL);
	if (exchange->vault->purge_protection)
		return error_reply(
			exchange, 403, "Forbidden", NULL,
			"Operation \"purge\" is not allowed because purge "
			"protection is enabled for this vault. Key Vault "
			"service will automatically purge it after the "
			"retention period has passed.");
	r = object_purge(object, exchange->now_us,
			 exchange->emulator->soft_delete_delay_us);
	if (r != 0)
		return error_purge(exchange, exchange->kind, name, r);
	exchange_reply(exchange, 204);
	return 0;
}
