/* SPDX-License-Identifier: MIT */

/* Pure checks, for whatever comes from the network or from a path. */

#include "vault/name.h"

#include <strings.h>

#include "base/parse.h"

static const struct {
	const char *segment, *deleted;
} segments[COLLECTIONS] = {
	[COLLECTION_SECRETS] = {"secrets", "deletedsecrets"},
	[COLLECTION_KEYS] = {"keys", "deletedkeys"},
	[COLLECTION_CERTIFICATES] = {"certificates", "deletedcertificates"},
	[COLLECTION_STORAGE] = {"storage", "deletedstorage"},
};

const char *collection_segment(enum collection collection)
{
	return collection < COLLECTIONS ? segments[collection].segment : "";
}

const char *collection_deleted_segment(enum collection collection)
{
	return collection < COLLECTIONS ? segments[collection].deleted : "";
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

bool name_is_valid(const char *name, size_t n)
{
	if (n < 1 || n > NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alphanumeric(name[i]) && name[i] != '-')
			return false;
	return true;
}

static bool is_word(const char *name, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(name, word, n) == 0;
}

bool name_fits(enum collection collection, const char *name, size_t n)
{
	if (!name_is_valid(name, n))
		return false;
	switch (collection) {
	case COLLECTION_CERTIFICATES:
		return !is_word(name, n, "issuers") &&
		       !is_word(name, n, "contacts");
	case COLLECTION_STORAGE:
		return !memchr(name, '-', n);
	case COLLECTION_SECRETS:
	case COLLECTION_KEYS:
		return true;
	case COLLECTIONS:
		break;
	}
	return false;
}

bool version_is_valid(const char *version, size_t n)
{
	if (n != VERSION_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = version[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') &&
		    !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

/* --- objects ------------------------------------------------------------ */

/* "ACCOUNT-DEFINITION" */
static bool is_sas_name(const char *name, size_t n)
{
	const char *dash = name_is_valid(name, n) ? memchr(name, '-', n) : NULL;
	size_t account_n = dash ? (size_t)(dash - name) : 0;

	return dash && name_fits(COLLECTION_STORAGE, name, account_n) &&
	       name_fits(COLLECTION_STORAGE, dash + 1, n - account_n - 1);
}

static bool key_is_valid(enum collection collection, enum part part,
			 const char *name, size_t n)
{
	switch (part) {
	case PART_OBJECT:
		return name_fits(collection, name, n);
	case PART_DELETED:
		return name_fits(collection, name, n) ||
		       (collection == COLLECTION_STORAGE &&
			is_sas_name(name, n));
	case PART_PENDING:
		return collection == COLLECTION_CERTIFICATES &&
		       name_fits(collection, name, n);
	case PART_ROTATION:
		return collection == COLLECTION_KEYS && name_is_valid(name, n);
	case PART_SAS:
		return collection == COLLECTION_STORAGE && is_sas_name(name, n);
	}
	return false;
}

int object_key_init_part(ObjectKey *ret, enum collection collection,
			 enum part part, const char *name, size_t n)
{
	if (collection >= COLLECTIONS ||
	    !key_is_valid(collection, part, name, n))
		return NAME_E_INVALID;
	/* Zeroed to the end: keys are hashed and compared as bytes, too. */
	memset(ret, 0, sizeof(*ret));
	ret->collection = collection;
	ret->part = part;
	memcpy(ret->name, name, n);
	ascii_lower(ret->name);
	return 0;
}

int object_key_init(ObjectKey *ret, enum collection collection,
		    const char *name, size_t n)
{
	return object_key_init_part(ret, collection, PART_OBJECT, name, n);
}

int object_key_compare(const ObjectKey *a, const ObjectKey *b)
{
	if (a->collection != b->collection)
		return a->collection < b->collection ? -1 : 1;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	return strcmp(a->name, b->name);
}

bool object_key_equal(const ObjectKey *a, const ObjectKey *b)
{
	return object_key_compare(a, b) == 0;
}

bool object_key_has_versions(const ObjectKey *key)
{
	return key->part == PART_OBJECT &&
	       key->collection != COLLECTION_STORAGE;
}

/* --- lists -------------------------------------------------------------- */

static bool list_is_valid(enum list list, enum collection collection,
			  const char *name, size_t n)
{
	switch (list) {
	case LIST_OBJECTS:
	case LIST_DELETED:
		return n == 0;
	case LIST_VERSIONS:
		return collection != COLLECTION_STORAGE &&
		       name_fits(collection, name, n);
	case LIST_SAS:
	case LIST_DELETED_SAS:
		return collection == COLLECTION_STORAGE &&
		       name_fits(collection, name, n);
	}
	return false;
}

int list_key_init(ListKey *ret, enum list list, enum collection collection,
		  const char *name, size_t n)
{
	if (collection >= COLLECTIONS ||
	    !list_is_valid(list, collection, name, n))
		return NAME_E_INVALID;
	memset(ret, 0, sizeof(*ret));
	ret->list = list;
	ret->collection = collection;
	memcpy(ret->name, name, n);
	ascii_lower(ret->name);
	return 0;
}

bool list_key_equal(const ListKey *a, const ListKey *b)
{
	return a->list == b->list && a->collection == b->collection &&
	       strcmp(a->name, b->name) == 0;
}
