/* SPDX-License-Identifier: MIT */

/*
 * An item is of the list or the page is not believed; only its last part, the
 * name or version that somebody gave it, may be of no use. Called by
 * object-list.c.
 */

#include "vault/page.h"

#include <strings.h>

#include "base/parse.h"
#include "vault/object-id.h"

enum { ID_MAX = 2048 };

/* Returns 0, MODEL_E_UNTRUSTED, or ITEM_E_NAME if its name is not one. */
enum { ITEM_E_NAME = MODEL_E_UNTRUSTED + 1 };

static bool segment_is_version(const ObjectId *id, size_t i)
{
	return i < id->n &&
	       version_is_valid(id->segments[i].p, id->segments[i].n);
}

static int take_name(ObjectItem *item, const ObjectId *id, size_t i,
		     const ListKey *key)
{
	if (!name_fits(key->collection, id->segments[i].p, id->segments[i].n))
		return ITEM_E_NAME;
	memcpy(item->name, id->segments[i].p, id->segments[i].n);
	item->name[id->segments[i].n] = '\0';
	return 0;
}

/* "NAME" of a live or a deleted object. */
static int take_object(ObjectItem *item, const ObjectId *id, const ListKey *key,
		       const Why *why)
{
	if (id->n == 2 && segment_is_version(id, 1))
		return why_untrusted(why, "an item's id has a version");
	return id->n == 1 ? take_name(item, id, 0, key) : ITEM_E_NAME;
}

/* "NAME/VERSION" of the object whose versions these are. */
static int take_version(ObjectItem *item, const ObjectId *id,
			const ListKey *key, const Why *why)
{
	int r;

	if (!object_id_has(id, 0, key->name))
		return why_untrusted(why, "an item's id is of another object");
	if (!segment_is_version(id, 1) || id->n != 2)
		return ITEM_E_NAME;
	r = take_name(item, id, 0, key);
	if (r != 0)
		return r;
	memcpy(item->version, id->segments[1].p, VERSION_LENGTH);
	item->version[VERSION_LENGTH] = '\0';
	ascii_lower(item->version);
	return 0;
}

/* "ACCOUNT/sas/DEFINITION" of the account whose definitions these are. */
static int take_sas(ObjectItem *item, const ObjectId *id, const ListKey *key,
		    const Why *why)
{
	if (!object_id_has(id, 0, key->name) || !object_id_has(id, 1, "sas"))
		return why_untrusted(why, "an item's id is of another account");
	return id->n == 3 ? take_name(item, id, 2, key) : ITEM_E_NAME;
}

static int take_id(ObjectItem *item, const ObjectId *id, const ListKey *key,
		   const Why *why)
{
	switch (key->list) {
	case LIST_OBJECTS:
	case LIST_DELETED:
		return take_object(item, id, key, why);
	case LIST_VERSIONS:
		return take_version(item, id, key, why);
	case LIST_SAS:
	case LIST_DELETED_SAS:
		return take_sas(item, id, key, why);
	}
	return why_untrusted(why, "there is no such list");
}

static bool list_is_of_deleted(const ListKey *key)
{
	return key->list == LIST_DELETED || key->list == LIST_DELETED_SAS;
}

static int read_item(ObjectItem *ret, const cJSON *object, const ListKey *key,
		     const Why *why)
{
	bool is_key = key->collection == COLLECTION_KEYS;
	const char *text = NULL;
	ObjectItem item = {0};
	ObjectId id;
	int r = member_text(&text, object, is_key ? "kid" : "id", MEMBER_NEEDED,
			    ID_MAX, why);

	if (r != 0)
		return r;
	r = object_id_read(&id, text, key->collection);
	if (r == OBJECT_ID_E_SEGMENTS)
		return ITEM_E_NAME;
	if (r != 0 || (id.is_deleted && !list_is_of_deleted(key)))
		return why_untrusted(why,
				     "an item's id is not of that collection");
	r = take_id(&item, &id, key, why);
	if (r == 0)
		r = object_attributes_read(&item.attributes, object, why);
	if (r == 0)
		*ret = item;
	return r;
}

static int read_items(ObjectItem *items, size_t *ret_n, size_t *ret_dropped,
		      const cJSON *array, const ListKey *key, const Why *why)
{
	const cJSON *object;
	size_t n = 0;
	size_t dropped = 0;

	cJSON_ArrayForEach (object, array) {
		int r = read_item(&items[n], object, key, why);

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

/* A managed HSM without keys sends null: NULL. */
static int read_array(const cJSON **ret, const cJSON *object, const Why *why)
{
	const cJSON *array = NULL;
	int r = json_get_array(&array, object, "value");

	if (r == JSON_E_ABSENT &&
	    cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, "value")))
		r = 0;
	if (r != 0)
		return why_member(why, "value", r);
	if (array && cJSON_GetArraySize(array) > LIST_ITEMS_MAX)
		return why_untrusted(why, "its list has too many items");
	*ret = array;
	return 0;
}

static int read_next(char **ret, const cJSON *object, const Why *why)
{
	const char *next = "";
	int r = json_get_string(&next, object, "nextLink");

	if (r != 0 && r != JSON_E_ABSENT)
		return why_member(why, "nextLink", r);
	*ret = strdup(next);
	return *ret ? 0 : -ENOMEM;
}

int object_page_read(ObjectItem **ret, size_t *ret_n, size_t *ret_dropped,
		     char **ret_next, const ListKey *key, const char *body,
		     size_t n, char *why, size_t why_size)
{
	AKV_JSON cJSON *object = NULL;
	Why told = {.text = why, .size = why_size};
	const cJSON *array = NULL;
	ObjectItem *items;
	size_t count = 0;
	size_t dropped = 0;
	int r = member_body(&object, body, n, &told);

	if (r == 0)
		r = read_array(&array, object, &told);
	if (r != 0)
		return r;
	/* One more than needed: an empty page is an array, too. */
	items = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	r = read_items(items, &count, &dropped, array, key, &told);
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
