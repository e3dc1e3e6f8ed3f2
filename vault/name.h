/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * name - the grammar of object names and versions, and what can be asked for
 *
 * Names are [0-9A-Za-z-]{1,127} and, in the vault, the same whatever the case
 * of their letters ("Azure Key Vault keys, secrets and certificates overview");
 * those of storage accounts and of their SAS definitions have no '-' (storage
 * of the data plane's OpenAPI files). Versions are 32 hex digits. Nothing else
 * from the network becomes a name.
 */

#include "base/std.h"

enum {
	NAME_MAX_LENGTH = 127,
	VERSION_LENGTH = 32,
};

/* The collections of the data plane. */
enum collection {
	COLLECTION_SECRETS,
	COLLECTION_KEYS,
	COLLECTION_CERTIFICATES,
	COLLECTION_STORAGE, /* managed storage accounts; deprecated */
	COLLECTIONS,        /* how many there are */
};
const char *collection_segment(enum collection collection); /* "secrets" */

/* "deletedsecrets" */
const char *collection_deleted_segment(enum collection collection);

bool name_is_valid(const char *name, size_t n);
bool version_is_valid(const char *version, size_t n);

/*
 * May an object of @collection be named so? Storage accounts have no '-', and
 * below /certificates, "issuers" and "contacts" are something else.
 */
bool name_fits(enum collection collection, const char *name, size_t n);

/* What of an object is asked for: each is a GET of its own. */
enum part {
	PART_OBJECT,   /* the object itself, one version of it */
	PART_DELETED,  /* what a deleted object left behind */
	PART_PENDING,  /* of a certificate: its operation under way */
	PART_ROTATION, /* of a key: its rotation policy */
	PART_SAS,      /* of a storage account: one SAS definition */
};

/*
 * A name and its key: the name in lower case.
 *
 * With PART_SAS the name is "ACCOUNT-DEFINITION", as the vault itself names
 * the secret that holds the token; neither half can have a '-'. So does the
 * name of a deleted SAS definition, with COLLECTION_STORAGE and PART_DELETED;
 * that of a deleted account has no '-'.
 */
typedef struct ObjectKey {
	enum collection collection;
	enum part part;
	char name[NAME_MAX_LENGTH + 1]; /* lower case */
} ObjectKey;

/*
 * The key of an object itself; of a part of one. Returns 0, or NAME_E_INVALID
 * if the name is not of the grammar, or if the collection has no such part.
 */
enum { NAME_E_INVALID = 1 };
AKV_MUST_CHECK int object_key_init(ObjectKey *ret, enum collection collection,
				   const char *name, size_t n);
AKV_MUST_CHECK int object_key_init_part(ObjectKey *ret,
					enum collection collection,
					enum part part, const char *name,
					size_t n);
bool object_key_equal(const ObjectKey *a, const ObjectKey *b);
int object_key_compare(const ObjectKey *a, const ObjectKey *b); /* any order */

/* Has @key versions, which a GET can name? Only objects themselves have. */
bool object_key_has_versions(const ObjectKey *key);

/* The lists of the data plane. */
enum list {
	LIST_OBJECTS,     /* what a collection holds */
	LIST_VERSIONS,    /* of one object; in no order */
	LIST_DELETED,     /* the deleted objects of a collection */
	LIST_SAS,         /* the SAS definitions of an account */
	LIST_DELETED_SAS, /* the deleted ones */
};

typedef struct ListKey {
	enum list list;
	enum collection collection;
	char name[NAME_MAX_LENGTH + 1]; /* of the object or account, or "" */
} ListKey;

/*
 * @name is "" for a list of a whole collection. Returns 0, or NAME_E_INVALID
 * if there is no such list, as of the versions of a storage account.
 */
AKV_MUST_CHECK int list_key_init(ListKey *ret, enum list list,
				 enum collection collection, const char *name,
				 size_t n);
bool list_key_equal(const ListKey *a, const ListKey *b);
