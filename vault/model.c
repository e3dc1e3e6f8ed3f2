/* SPDX-License-Identifier: MIT */

/*
 * The first thing that is wrong ends the reading, and is named; a value never
 * is. Members that are not known are left alone: the service adds new ones.
 * Called by objects.c.
 */

#include "vault/model.h"

#include "base/parse.h"
#include "base/time.h"

/* Where a fault is told. */
typedef struct Why {
	char *text;
	size_t size;
} Why;

static int untrusted(const Why *why, const char *what)
{
	(void)snprintf(why->text, why->size, "%s", what);
	return MODEL_E_UNTRUSTED;
}

static int bad_member(const Why *why, const char *name, int answer)
{
	(void)snprintf(why->text, why->size, "its \"%s\" %s", name,
		       json_answer_text(answer));
	return MODEL_E_UNTRUSTED;
}

static int body_parse(cJSON **ret, const char *body, size_t n, const Why *why)
{
	JsonFault fault = {0};
	int r = json_parse(ret, body, n, &fault);

	if (r == JSON_E_INVALID) {
		(void)snprintf(why->text, why->size,
			       "it is not strict JSON: %s at byte %zu",
			       fault.what ? fault.what : "a fault",
			       fault.offset);
		return MODEL_E_UNTRUSTED;
	}
	return r;
}

/* --- attributes --------------------------------------------------------- */

static int read_time(int64_t *ret, const cJSON *object, const char *name,
		     const Why *why)
{
	int64_t seconds;
	int r = json_get_int64(&seconds, object, name);

	if (r == JSON_E_ABSENT) {
		*ret = -1;
		return 0;
	}
	if (r != 0)
		return bad_member(why, name, r);
	if (seconds < 0 || seconds > TIME_MAX_S)
		return bad_member(why, name, JSON_E_TYPE);
	*ret = seconds;
	return 0;
}

static int read_bool(bool *ret, const cJSON *object, const char *name,
		     bool otherwise, const Why *why)
{
	bool value = otherwise;
	int r = json_get_bool(&value, object, name);

	if (r != 0 && r != JSON_E_ABSENT)
		return bad_member(why, name, r);
	*ret = value;
	return 0;
}

/* The service of 2016 wrote recoverylevel: any case, but one only. */
static int read_recovery_level(ObjectAttributes *attributes,
			       const cJSON *object, const Why *why)
{
	static const char name[] = "recoveryLevel";
	const cJSON *found = NULL;
	const cJSON *member;

	cJSON_ArrayForEach (member, object) {
		if (!ascii_equal_fold(member->string, name))
			continue;
		if (found)
			return bad_member(why, name, JSON_E_DUPLICATE);
		found = member;
	}
	if (!found || cJSON_IsNull(found))
		return 0;
	if (!cJSON_IsString(found) || !ascii_is_printable(found->valuestring) ||
	    strlen(found->valuestring) >= sizeof(attributes->recovery_level))
		return bad_member(why, name, JSON_E_TYPE);
	(void)snprintf(attributes->recovery_level,
		       sizeof(attributes->recovery_level), "%s",
		       found->valuestring);
	return 0;
}

/* @object is the bundle or the item that has the attributes. */
static int read_attributes(ObjectAttributes *ret, const cJSON *object,
			   const Why *why)
{
	ObjectAttributes a = {
		.enabled = true,
		.created_s = -1,
		.updated_s = -1,
		.expires_s = -1,
		.not_before_s = -1,
	};
	const cJSON *attributes = NULL;
	int r;

	r = read_bool(&a.managed, object, "managed", false, why);
	if (r != 0)
		return r;
	r = json_get_object(&attributes, object, "attributes");
	if (r == JSON_E_ABSENT) {
		*ret = a;
		return 0;
	}
	if (r != 0)
		return bad_member(why, "attributes", r);
	r = read_bool(&a.enabled, attributes, "enabled", true, why);
	if (r == 0)
		r = read_time(&a.created_s, attributes, "created", why);
	if (r == 0)
		r = read_time(&a.updated_s, attributes, "updated", why);
	if (r == 0)
		r = read_time(&a.expires_s, attributes, "exp", why);
	if (r == 0)
		r = read_time(&a.not_before_s, attributes, "nbf", why);
	if (r == 0)
		r = read_recovery_level(&a, attributes, why);
	if (r == 0)
		*ret = a;
	return r;
}

/* --- ids ---------------------------------------------------------------- */

/* Behind the scheme, or NULL. */
static const char *id_authority(const char *id)
{
	if (strncmp(id, "https://", 8) == 0)
		return id + 8;
	if (strncmp(id, "http://", 7) == 0)
		return id + 7; /* of 2015; it is never fetched */
	return NULL;
}

/* The host of the id, without the port that some name. */
static int read_host(ObjectBundle *bundle, const char *id, const Why *why)
{
	const char *authority = id_authority(id);
	size_t n = strcspn(authority, "/:");

	if (n == 0 || n >= sizeof(bundle->host))
		return untrusted(why, "its id has no valid host");
	memcpy(bundle->host, authority, n);
	bundle->host[n] = '\0';
	return 0;
}

/*
 * The path of the id behind "https://HOST/COLLECTION/", or NULL if it is of
 * another shape or collection. The host is the caller's to judge.
 */
static const char *id_rest(const char *id, enum collection collection)
{
	const char *segment = collection_segment(collection);
	size_t n = strlen(segment);
	size_t host_n;

	id = id_authority(id);
	if (!id)
		return NULL;
	host_n = strcspn(id, "/");
	if (host_n == 0 || id[host_n] != '/')
		return NULL;
	id += host_n + 1;
	return strncasecmp(id, segment, n) == 0 && id[n] == '/' ? id + n + 1
								: NULL;
}

/* Is @id that of @key, and of @version unless NULL? Takes name and version. */
static int read_bundle_id(ObjectBundle *bundle, const char *id,
			  const ObjectKey *key, const char *version,
			  const Why *why)
{
	const char *rest = id_rest(id, key->collection);
	ObjectKey found;
	size_t n, version_n;

	if (!rest)
		return untrusted(why, "its id is not of that collection");
	n = strcspn(rest, "/");
	if (object_key_init(&found, key->collection, rest, n) != 0 ||
	    !object_key_equal(&found, key))
		return untrusted(why, "its id is of another object");
	if (rest[n] != '/')
		return untrusted(why, "its id has no version");
	version_n = strlen(rest + n + 1);
	if (!version_is_valid(rest + n + 1, version_n))
		return untrusted(why, "its id has no valid version");
	memcpy(bundle->name, rest, n);
	bundle->name[n] = '\0';
	memcpy(bundle->version, rest + n + 1, version_n + 1);
	ascii_lower(bundle->version);
	if (version && !ascii_equal_fold(version, bundle->version))
		return untrusted(why, "its id is of another version");
	return read_host(bundle, id, why);
}

/* --- bundle ------------------------------------------------------------- */

void object_bundle_done(ObjectBundle *bundle)
{
	bundle->value = secret_unref(bundle->value);
	free(bundle->tags);
	bundle->tags = NULL;
}

static int read_content_type(ObjectBundle *bundle, const cJSON *object,
			     const Why *why)
{
	const char *text = NULL;
	int r = json_get_string(&text, object, "contentType");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return bad_member(why, "contentType", r);
	if (strlen(text) > CONTENT_TYPE_MAX)
		return untrusted(why, "its contentType is too long");
	memcpy(bundle->content_type, text, strlen(text) + 1);
	return 0;
}

/* Every tag is a string, and none is there twice. */
static int check_tags(const cJSON *tags, const Why *why)
{
	const cJSON *tag;

	cJSON_ArrayForEach (tag, tags) {
		const char *value;
		int r = json_get_string(&value, tags, tag->string);

		if (r != 0)
			return bad_member(why, "tags",
					  r == JSON_E_DUPLICATE ? r
								: JSON_E_TYPE);
	}
	return 0;
}

static int read_tags(ObjectBundle *bundle, const cJSON *object, const Why *why)
{
	const cJSON *tags = NULL;
	int r = json_get_object(&tags, object, "tags");

	if (r == JSON_E_ABSENT) {
		bundle->tags = strdup("{}");
		return bundle->tags ? 0 : -ENOMEM;
	}
	if (r != 0)
		return bad_member(why, "tags", r);
	r = check_tags(tags, why);
	if (r != 0)
		return r;
	bundle->tags = cJSON_PrintUnformatted(tags);
	if (!bundle->tags)
		return -ENOMEM;
	if (strlen(bundle->tags) > TAGS_TEXT_MAX)
		return untrusted(why, "its tags are too long");
	return 0;
}

static int read_value(ObjectBundle *bundle, const cJSON *object, const Why *why)
{
	const char *value = NULL;
	int r = json_get_string(&value, object, "value");
	size_t n;

	if (r != 0)
		return bad_member(why, "value", r);
	n = strlen(value); /* the whole: a NUL has been refused */
	if (n > SECRET_VALUE_MAX)
		return untrusted(why, "its value is over the size limit");
	return secret_new(&bundle->value, value, n);
}

int object_bundle_read(ObjectBundle *ret, const char *body, size_t n,
		       const ObjectKey *key, const char *version, char *why,
		       size_t why_size)
{
	AKV_JSON cJSON *object = NULL;
	ObjectBundle bundle = {0};
	Why told = {.text = why, .size = why_size};
	const char *id = NULL;
	int r = body_parse(&object, body, n, &told);

	if (r != 0)
		return r;
	r = json_get_string(&id, object, "id");
	if (r != 0)
		return bad_member(&told, "id", r);
	r = read_bundle_id(&bundle, id, key, version, &told);
	if (r == 0)
		r = read_attributes(&bundle.attributes, object, &told);
	if (r == 0)
		r = read_content_type(&bundle, object, &told);
	if (r == 0)
		r = read_tags(&bundle, object, &told);
	if (r == 0)
		r = read_value(&bundle, object, &told);
	if (r == 0)
		*ret = bundle;
	else
		object_bundle_done(&bundle);
	return r;
}

/* --- page --------------------------------------------------------------- */

/* Returns 0, MODEL_E_UNTRUSTED, or ITEM_E_NAME if its name is not one. */
enum { ITEM_E_NAME = MODEL_E_UNTRUSTED + 1 };

static int read_item(ObjectItem *ret, const cJSON *object,
		     enum collection collection, const Why *why)
{
	const char *id = NULL;
	const char *rest;
	size_t n, name_n;
	int r = json_get_string(&id, object, "id");

	if (r != 0)
		return bad_member(why, "id", r);
	rest = id_rest(id, collection);
	if (!rest)
		return untrusted(why, "an item's id is not of that collection");
	n = strlen(rest);
	name_n = strcspn(rest, "/");
	if (name_is_valid(rest, name_n) && rest[name_n] == '/' &&
	    version_is_valid(rest + name_n + 1, n - name_n - 1))
		return untrusted(why, "an item's id has a version");
	if (!name_is_valid(rest, n))
		return ITEM_E_NAME;
	memcpy(ret->name, rest, n + 1);
	return read_attributes(&ret->attributes, object, why);
}

static int read_items(ObjectItem *items, size_t *ret_n, size_t *ret_dropped,
		      const cJSON *array, enum collection collection,
		      const Why *why)
{
	const cJSON *object;
	size_t n = 0;
	size_t dropped = 0;

	cJSON_ArrayForEach (object, array) {
		int r = read_item(&items[n], object, collection, why);

		if (r == 0)
			n++;
		else if (r == ITEM_E_NAME)
			dropped++;
		else
			return r;
	}
	*ret_n = n;
	*ret_dropped = dropped;
	return 0;
}

static int read_next(char **ret, const cJSON *object, const Why *why)
{
	const char *next = "";
	int r = json_get_string(&next, object, "nextLink");

	if (r != 0 && r != JSON_E_ABSENT)
		return bad_member(why, "nextLink", r);
	*ret = strdup(next);
	return *ret ? 0 : -ENOMEM;
}

int object_page_read(ObjectItem **ret, size_t *ret_n, size_t *ret_dropped,
		     char **ret_next, enum collection collection,
		     const char *body, size_t n, char *why, size_t why_size)
{
	AKV_JSON cJSON *object = NULL;
	Why told = {.text = why, .size = why_size};
	const cJSON *array = NULL;
	ObjectItem *items;
	size_t count = 0;
	size_t dropped = 0;
	int r = body_parse(&object, body, n, &told);

	if (r != 0)
		return r;
	r = json_get_array(&array, object, "value");
	if (r != 0)
		return bad_member(&told, "value", r);
	if (cJSON_GetArraySize(array) > LIST_ITEMS_MAX)
		return untrusted(&told, "its list has too many items");
	/* One more than needed: an empty page is an array, too. */
	items = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	r = read_items(items, &count, &dropped, array, collection, &told);
	if (r == 0)
		r = read_next(ret_next, object, &told);
	if (r != 0) {
		free(items);
		return r;
	}
	*ret = items;
	*ret_n = count;
	*ret_dropped = dropped;
	return 0;
}
