/* SPDX-License-Identifier: MIT */

/* Pure; a table. Called by objects.c and object-list.c. */

#include "vault/api-version.h"

#define STORAGE_NEWEST "2025-07-01"

/* In the order of their making, and the place of each in it. */
static const char *const versions[] = {
	"2015-06-01", "2016-10-01", "7.0", "7.1", "7.2",
	"7.3",        "7.4",        "7.5", "7.6", STORAGE_NEWEST,
};

enum {
	AGE_2016_10_01 = 1,
	AGE_7_0 = 2,
	AGE_7_3 = 5,
	AGE_NEWER = AKV_ARRAY_LEN(versions),
};

/* What is not in the table is newer: old ones are not made any more. */
static size_t age_of(const char *version)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(versions); i++) {
		size_t n = strlen(versions[i]);

		/* "7.3-preview" has what 7.3 has. */
		if (strncmp(version, versions[i], n) == 0 &&
		    (version[n] == '\0' || version[n] == '-'))
			return i;
	}
	return AGE_NEWER;
}

static const char *choose(const char *configured, enum collection collection,
			  size_t oldest)
{
	size_t age = age_of(configured);

	if (age < oldest)
		return NULL;
	if (collection == COLLECTION_STORAGE && age == AGE_NEWER)
		return STORAGE_NEWEST;
	return configured;
}

const char *api_version_for_part(const char *configured,
				 enum collection collection, enum part part)
{
	bool is_storage = collection == COLLECTION_STORAGE;
	size_t oldest = is_storage ? AGE_2016_10_01 : 0;

	switch (part) {
	case PART_DELETED:
		oldest = is_storage ? AGE_7_0 : AGE_2016_10_01;
		break;
	case PART_ROTATION:
		oldest = AGE_7_3;
		break;
	case PART_OBJECT:
	case PART_PENDING:
	case PART_SAS:
		break;
	}
	return choose(configured, collection, oldest);
}

const char *api_version_for_list(const char *configured, const ListKey *key)
{
	bool is_deleted =
		key->list == LIST_DELETED || key->list == LIST_DELETED_SAS;

	return api_version_for_part(configured, key->collection,
				    is_deleted ? PART_DELETED : PART_OBJECT);
}

bool api_version_lists_pending(const char *version)
{
	return age_of(version) >= AGE_7_0;
}
