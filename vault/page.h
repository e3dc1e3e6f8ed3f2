/* SPDX-License-Identifier: MIT */
#pragma once

/* page - one page of a list of the data plane, read from checked JSON */

#include "base/std.h"
#include "vault/name.h"
#include "vault/object-attributes.h"

enum { LIST_ITEMS_MAX = 1000 }; /* per page; the service sends 25 */

/*
 * The name of a SAS definition is here without that of its account. Attributes
 * are those of the latest version, or with LIST_VERSIONS of that one.
 */
typedef struct ObjectItem {
	char name[NAME_MAX_LENGTH + 1];   /* as the vault spells it */
	char version[VERSION_LENGTH + 1]; /* "" unless LIST_VERSIONS */
	ObjectAttributes attributes;
} ObjectItem;

/*
 * Read a page of the list @key: its items, of which those whose names are not
 * of the grammar are dropped and counted in *@ret_dropped, and its nextLink as
 * sent ("" if none; the caller frees both outputs). @why (of @why_size bytes)
 * says what cannot be believed. Returns 0, MODEL_E_UNTRUSTED or -ENOMEM.
 */
AKV_MUST_CHECK int object_page_read(ObjectItem **ret, size_t *ret_n,
				    size_t *ret_dropped, char **ret_next,
				    const ListKey *key, const char *body,
				    size_t n, char *why, size_t why_size);
