/* SPDX-License-Identifier: MIT */

/* Pure. Called by objects.c and object-list.c. */

#include "vault/target.h"

/* "ACCOUNT/sas/DEFINITION" of "ACCOUNT-DEFINITION". */
static int append_sas(Buf *target, const char *segment, const char *name)
{
	const char *dash = strchr(name, '-');

	return buf_printf(target, "/%s/%.*s/sas/%s", segment,
			  (int)(dash - name), name, dash + 1);
}

static bool key_is_checked(const ObjectKey *key)
{
	ObjectKey made;

	return memchr(key->name, '\0', sizeof(key->name)) &&
	       object_key_init_part(&made, key->collection, key->part,
				    key->name, strlen(key->name)) == 0;
}

static int append_object(Buf *target, const ObjectKey *key)
{
	const char *live = collection_segment(key->collection);
	const char *deleted = collection_deleted_segment(key->collection);

	switch (key->part) {
	case PART_OBJECT:
		return buf_printf(target, "/%s/%s", live, key->name);
	case PART_DELETED:
		if (key->collection == COLLECTION_STORAGE &&
		    strchr(key->name, '-'))
			return append_sas(target, deleted, key->name);
		return buf_printf(target, "/%s/%s", deleted, key->name);
	case PART_PENDING:
		return buf_printf(target, "/%s/%s/pending", live, key->name);
	case PART_ROTATION:
		return buf_printf(target, "/%s/%s/rotationpolicy", live,
				  key->name);
	case PART_SAS:
		return append_sas(target, live, key->name);
	}
	return -EINVAL;
}

int target_of_object(Buf *target, const ObjectKey *key, const char *version)
{
	int r;

	if (!key_is_checked(key))
		return -EINVAL;
	if (version && (!object_key_has_versions(key) ||
			!version_is_valid(version, strlen(version))))
		return -EINVAL;
	r = append_object(target, key);
	if (r == 0 && version)
		r = buf_printf(target, "/%s", version);
	return r;
}

static bool list_is_checked(const ListKey *key)
{
	ListKey made;

	return memchr(key->name, '\0', sizeof(key->name)) &&
	       list_key_init(&made, key->list, key->collection, key->name,
			     strlen(key->name)) == 0;
}

int target_of_list(Buf *target, const ListKey *key)
{
	const char *live = collection_segment(key->collection);
	const char *deleted = collection_deleted_segment(key->collection);

	if (!list_is_checked(key))
		return -EINVAL;
	switch (key->list) {
	case LIST_OBJECTS:
		return buf_printf(target, "/%s", live);
	case LIST_VERSIONS:
		return buf_printf(target, "/%s/%s/versions", live, key->name);
	case LIST_DELETED:
		return buf_printf(target, "/%s", deleted);
	case LIST_SAS:
		return buf_printf(target, "/%s/%s/sas", live, key->name);
	case LIST_DELETED_SAS:
		return buf_printf(target, "/%s/%s/sas", deleted, key->name);
	}
	return -EINVAL;
}
