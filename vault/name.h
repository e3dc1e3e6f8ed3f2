/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * name - the grammar of object names and versions
 *
 * Names are [0-9A-Za-z-]{1,127} and, in the vault, the same whatever the case
 * of their letters ("Azure Key Vault keys, secrets and certificates overview");
 * versions are 32 hex digits. Nothing else from the network becomes a name.
 */

#include "base/std.h"

enum {
	NAME_MAX_LENGTH = 127,
	VERSION_LENGTH = 32,
};

/* The collections of the data plane. */
enum collection {
	COLLECTION_SECRETS,
};
const char *collection_segment(enum collection collection); /* "secrets" */

bool name_is_valid(const char *name, size_t n);
bool version_is_valid(const char *version, size_t n);

/* A name and its key: the name in lower case. */
typedef struct ObjectKey {
	enum collection collection;
	char name[NAME_MAX_LENGTH + 1]; /* lower case */
} ObjectKey;

/* Returns 0, or NAME_E_INVALID if the name is not of the grammar. */
enum { NAME_E_INVALID = 1 };
AKV_MUST_CHECK int object_key_init(ObjectKey *ret, enum collection collection,
				   const char *name, size_t n);
bool object_key_equal(const ObjectKey *a, const ObjectKey *b);
