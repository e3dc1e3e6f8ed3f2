/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * tree - where below the mount what a vault holds is found
 *
 *     secrets/NAME                      keys/NAME/FILE
 *     certificates/NAME/FILE            storage/ACCOUNT/account.json
 *     storage/ACCOUNT/sas/DEFINITION    storage/ACCOUNT/sas/DEFINITION.json
 *     .versions/secrets/NAME/VERSION    .versions/keys/NAME/VERSION/FILE
 *     .deleted/COLLECTION/NAME          .deleted/storage/ACCOUNT.sas/DEFINITION
 *     .akvfs/status.json
 *
 * Pure: a place and a name give the place below it. What is not of this
 * grammar is nowhere, whatever the vault says, and is never asked for.
 */

#include "base/std.h"
#include "vault/name.h"

enum place_kind {
	/* Directories that are always there, each with a number of its own. */
	PLACE_ROOT,
	PLACE_CONTROL,    /* .akvfs */
	PLACE_COLLECTION, /* secrets */
	PLACE_VERSIONS,   /* .versions */
	PLACE_HISTORIES,  /* .versions/secrets */
	PLACE_DELETED,    /* .deleted */
	PLACE_BIN,        /* .deleted/secrets */
	/* Directories of one object. */
	PLACE_OBJECT,  /* keys/NAME: one version of it */
	PLACE_VERSION, /* .versions/keys/NAME/VERSION */
	PLACE_HISTORY, /* .versions/secrets/NAME */
	PLACE_ACCOUNT, /* storage/ACCOUNT */
	PLACE_SAS,     /* storage/ACCOUNT/sas */
	PLACE_SAS_BIN, /* .deleted/storage/ACCOUNT.sas */
	/* Files. */
	PLACE_STATUS,    /* .akvfs/status.json: see snapshots.h */
	PLACE_VALUE,     /* the bytes that the vault gives for the key */
	PLACE_RENDITION, /* a file made from them: see rendition.h */
};

typedef struct Place {
	enum place_kind kind;
	ObjectKey key; /* only .collection, of the directories with numbers */
	char version[VERSION_LENGTH + 1]; /* "" for the current one */
	uint32_t rendition;               /* its place in the table */
} Place;

/* How a mount was asked to look. */
typedef struct Tree {
	bool at_root; /* SOURCE named a collection: the root is that one */
	enum collection collection;
	bool hidden_shown; /* .akvfs, .versions and .deleted are listed */
} Tree;

/* Behind the name of an account: the folder of its deleted definitions. */
#define TREE_SAS_SUFFIX ".sas"

/* The place below @parent, a directory. Returns 0, or TREE_E_NONE. */
enum { TREE_E_NONE = 1 };
AKV_MUST_CHECK int tree_step(const Tree *tree, Place *ret, const Place *parent,
			     const char *name);

/*
 * The list that the entries of @place are made from. Returns 0, or
 * TREE_E_NONE: they are fixed (tree_fixed()) or made from its renditions.
 */
AKV_MUST_CHECK int tree_list(const Tree *tree, ListKey *ret,
			     const Place *place);

/*
 * A directory with a number of its own, 1 being the root's: its place, its
 * name in the directory of number *@ret_parent, and whether readdir tells it.
 * Returns 0, or TREE_E_NONE if no directory of this mount has that number.
 */
typedef struct TreeFixed {
	Place place;
	const char *name;
	uint64_t parent;
	bool listed;
} TreeFixed;
enum { TREE_FIXED_MAX = 15 };
AKV_MUST_CHECK int tree_fixed(const Tree *tree, TreeFixed *ret,
			      uint64_t number);

/* The number of @place, 0 if it has none of its own. */
uint64_t tree_number(const Tree *tree, const Place *place);

bool place_is_directory(const Place *place);
bool place_equal(const Place *a, const Place *b);
