/* SPDX-License-Identifier: MIT */

/* Pure checks, for whatever comes from the network or from a path. */

#include "vault/name.h"

#include "base/parse.h"

const char *collection_segment(enum collection collection)
{
	switch (collection) {
	case COLLECTION_SECRETS:
		return "secrets";
	}
	return "";
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

int object_key_init(ObjectKey *ret, enum collection collection,
		    const char *name, size_t n)
{
	if (!name_is_valid(name, n))
		return NAME_E_INVALID;
	/* Zeroed to the end: keys are hashed and compared as bytes, too. */
	memset(ret, 0, sizeof(*ret));
	ret->collection = collection;
	memcpy(ret->name, name, n);
	ascii_lower(ret->name);
	return 0;
}

bool object_key_equal(const ObjectKey *a, const ObjectKey *b)
{
	return a->collection == b->collection && strcmp(a->name, b->name) == 0;
}
