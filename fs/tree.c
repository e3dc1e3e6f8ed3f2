/* SPDX-License-Identifier: MIT */

/*
 * The directories that are always there are the rows of a table; the number of
 * a row is its inode number. Used by lookup.c, readdir.c and attributes.c.
 */

#include "fs/tree.h"

#include "base/parse.h"
#include "fs/rendition.h"

enum {
	NUMBER_ROOT = 1,
	NUMBER_VERSIONS = 7,
	NUMBER_DELETED = 11,
};

static const struct FixedRow {
	enum place_kind kind;
	enum collection collection;
	const char *name;
	uint64_t parent;
} fixed_rows[TREE_FIXED_MAX] = {
	{PLACE_ROOT, COLLECTION_SECRETS, "/", NUMBER_ROOT},
	{PLACE_COLLECTION, COLLECTION_SECRETS, "secrets", NUMBER_ROOT},
	{PLACE_CONTROL, COLLECTION_SECRETS, ".akvfs", NUMBER_ROOT},
	{PLACE_COLLECTION, COLLECTION_KEYS, "keys", NUMBER_ROOT},
	{PLACE_COLLECTION, COLLECTION_CERTIFICATES, "certificates",
	 NUMBER_ROOT},
	{PLACE_COLLECTION, COLLECTION_STORAGE, "storage", NUMBER_ROOT},
	{PLACE_VERSIONS, COLLECTION_SECRETS, ".versions", NUMBER_ROOT},
	{PLACE_HISTORIES, COLLECTION_SECRETS, "secrets", NUMBER_VERSIONS},
	{PLACE_HISTORIES, COLLECTION_KEYS, "keys", NUMBER_VERSIONS},
	{PLACE_HISTORIES, COLLECTION_CERTIFICATES, "certificates",
	 NUMBER_VERSIONS},
	{PLACE_DELETED, COLLECTION_SECRETS, ".deleted", NUMBER_ROOT},
	{PLACE_BIN, COLLECTION_SECRETS, "secrets", NUMBER_DELETED},
	{PLACE_BIN, COLLECTION_KEYS, "keys", NUMBER_DELETED},
	{PLACE_BIN, COLLECTION_CERTIFICATES, "certificates", NUMBER_DELETED},
	{PLACE_BIN, COLLECTION_STORAGE, "storage", NUMBER_DELETED},
};

int tree_fixed(const Tree *tree, TreeFixed *ret, uint64_t number)
{
	const struct FixedRow *row;

	if (number < NUMBER_ROOT || number > AKV_ARRAY_LEN(fixed_rows))
		return TREE_E_NONE;
	row = &fixed_rows[number - 1];
	/* The root has the place of the collection. */
	if (tree->at_root && row->kind == PLACE_COLLECTION)
		return TREE_E_NONE;
	*ret = (TreeFixed){
		.place = {.kind = row->kind,
			  .key = {.collection = row->collection}},
		.name = row->name,
		.parent = row->parent,
		.listed = row->name[0] != '.' || tree->hidden_shown,
	};
	return 0;
}

uint64_t tree_number(const Tree *tree, const Place *place)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(fixed_rows); i++) {
		const struct FixedRow *row = &fixed_rows[i];

		if (row->kind == place->kind &&
		    row->collection == place->key.collection)
			return tree->at_root && row->kind == PLACE_COLLECTION
				       ? NUMBER_ROOT
				       : i + 1;
	}
	return 0;
}

/* --- one step down ------------------------------------------------------ */

static int step_fixed(const Tree *tree, Place *ret, const Place *parent,
		      const char *name)
{
	uint64_t number = tree_number(tree, parent);
	TreeFixed fixed;

	for (uint64_t i = NUMBER_ROOT + 1; i <= TREE_FIXED_MAX; i++) {
		if (tree_fixed(tree, &fixed, i) != 0 ||
		    fixed.parent != number || strcmp(fixed.name, name) != 0)
			continue;
		*ret = fixed.place;
		return 0;
	}
	return TREE_E_NONE;
}

static int step_key(Place *ret, enum place_kind kind,
		    enum collection collection, enum part part,
		    const char *name, size_t n)
{
	Place place = {.kind = kind};

	if (object_key_init_part(&place.key, collection, part, name, n) != 0)
		return TREE_E_NONE;
	*ret = place;
	return 0;
}

static int step_object(Place *ret, enum collection collection, const char *name)
{
	enum place_kind kind = PLACE_OBJECT;

	if (collection == COLLECTION_SECRETS)
		kind = PLACE_VALUE;
	else if (collection == COLLECTION_STORAGE)
		kind = PLACE_ACCOUNT;
	return step_key(ret, kind, collection, PART_OBJECT, name, strlen(name));
}

static int step_version(Place *ret, const Place *history, const char *name)
{
	Place place = *history;

	if (!version_is_valid(name, strlen(name)))
		return TREE_E_NONE;
	place.kind = place.key.collection == COLLECTION_SECRETS ? PLACE_VALUE
								: PLACE_VERSION;
	memcpy(place.version, name, VERSION_LENGTH + 1);
	ascii_lower(place.version);
	*ret = place;
	return 0;
}

static int step_rendition(Place *ret, const Place *object, const char *name)
{
	enum rendition rendition;

	if (rendition_find(&rendition,
			   object->key.collection == COLLECTION_KEYS
				   ? RENDITION_OF_KEY
				   : RENDITION_OF_CERTIFICATE,
			   name) != 0)
		return TREE_E_NONE;
	*ret = *object;
	ret->kind = PLACE_RENDITION;
	ret->rendition = (uint32_t)rendition;
	return 0;
}

static int step_account(Place *ret, const Place *account, const char *name)
{
	if (strcmp(name, "account.json") == 0) {
		*ret = *account;
		ret->kind = PLACE_VALUE;
		return 0;
	}
	if (strcmp(name, "sas") == 0) {
		*ret = *account;
		ret->kind = PLACE_SAS;
		return 0;
	}
	return TREE_E_NONE;
}

/*
 * DEFINITION is the token, which the vault has as a secret; DEFINITION.json is
 * the definition itself. Neither name can have a '.' of its own.
 */
static int step_sas(Place *ret, const Place *account, const char *name)
{
	char both[2 * NAME_MAX_LENGTH + 2];
	size_t n = strcspn(name, ".");
	bool is_json = strcmp(name + n, ".json") == 0;

	if ((name[n] != '\0' && !is_json) || n > NAME_MAX_LENGTH ||
	    !name_fits(COLLECTION_STORAGE, name, n))
		return TREE_E_NONE;
	(void)snprintf(both, sizeof(both), "%s-%.*s", account->key.name, (int)n,
		       name);
	if (is_json)
		return step_key(ret, PLACE_VALUE, COLLECTION_STORAGE, PART_SAS,
				both, strlen(both));
	return step_key(ret, PLACE_VALUE, COLLECTION_SECRETS, PART_OBJECT, both,
			strlen(both));
}

/*
 * ACCOUNT is what is left of an account, ACCOUNT.sas has what is left of its
 * definitions: they can be deleted while it is live.
 */
static int step_bin(Place *ret, enum collection collection, const char *name)
{
	size_t n = strcspn(name, ".");

	if (collection != COLLECTION_STORAGE)
		return step_key(ret, PLACE_VALUE, collection, PART_DELETED,
				name, strlen(name));
	if (!name_fits(COLLECTION_STORAGE, name, n))
		return TREE_E_NONE;
	if (strcmp(name + n, TREE_SAS_SUFFIX) == 0)
		return step_key(ret, PLACE_SAS_BIN, collection, PART_OBJECT,
				name, n);
	return step_key(ret, PLACE_VALUE, collection, PART_DELETED, name,
			strlen(name));
}

static int step_sas_bin(Place *ret, const Place *bin, const char *name)
{
	char both[2 * NAME_MAX_LENGTH + 2];
	size_t n = strlen(name);

	if (n > NAME_MAX_LENGTH || !name_fits(COLLECTION_STORAGE, name, n))
		return TREE_E_NONE;
	(void)snprintf(both, sizeof(both), "%s-%s", bin->key.name, name);
	return step_key(ret, PLACE_VALUE, COLLECTION_STORAGE, PART_DELETED,
			both, strlen(both));
}

int tree_step(const Tree *tree, Place *ret, const Place *parent,
	      const char *name)
{
	switch (parent->kind) {
	case PLACE_ROOT:
		if (tree->at_root && name[0] != '.')
			return step_object(ret, tree->collection, name);
		return step_fixed(tree, ret, parent, name);
	case PLACE_VERSIONS:
	case PLACE_DELETED:
		return step_fixed(tree, ret, parent, name);
	case PLACE_CONTROL:
		if (strcmp(name, "status.json") != 0)
			return TREE_E_NONE;
		*ret = (Place){.kind = PLACE_STATUS};
		return 0;
	case PLACE_COLLECTION:
		return step_object(ret, parent->key.collection, name);
	case PLACE_HISTORIES:
		return step_key(ret, PLACE_HISTORY, parent->key.collection,
				PART_OBJECT, name, strlen(name));
	case PLACE_BIN:
		return step_bin(ret, parent->key.collection, name);
	case PLACE_OBJECT:
	case PLACE_VERSION:
		return step_rendition(ret, parent, name);
	case PLACE_HISTORY:
		return step_version(ret, parent, name);
	case PLACE_ACCOUNT:
		return step_account(ret, parent, name);
	case PLACE_SAS:
		return step_sas(ret, parent, name);
	case PLACE_SAS_BIN:
		return step_sas_bin(ret, parent, name);
	case PLACE_STATUS:
	case PLACE_VALUE:
	case PLACE_RENDITION:
		break;
	}
	return TREE_E_NONE;
}

int tree_list(const Tree *tree, ListKey *ret, const Place *place)
{
	enum collection collection = place->key.collection;
	enum list list = LIST_OBJECTS;

	switch (place->kind) {
	case PLACE_ROOT:
		if (!tree->at_root)
			return TREE_E_NONE;
		collection = tree->collection;
		break;
	case PLACE_COLLECTION:
		break;
	case PLACE_HISTORIES:
		/* Whatever has a current version has a history. */
		break;
	case PLACE_BIN:
		list = LIST_DELETED;
		break;
	case PLACE_HISTORY:
		list = LIST_VERSIONS;
		break;
	case PLACE_SAS:
		list = LIST_SAS;
		break;
	case PLACE_SAS_BIN:
		list = LIST_DELETED_SAS;
		break;
	default:
		return TREE_E_NONE;
	}
	return list_key_init(ret, list, collection, place->key.name,
			     strlen(place->key.name)) == 0
		       ? 0
		       : TREE_E_NONE;
}

bool place_is_directory(const Place *place)
{
	return place->kind < PLACE_STATUS;
}

bool place_equal(const Place *a, const Place *b)
{
	return a->kind == b->kind && object_key_equal(&a->key, &b->key) &&
	       strcmp(a->version, b->version) == 0 &&
	       a->rendition == b->rendition;
}
