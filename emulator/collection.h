/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * collection - the objects of one kind in one vault, in order of name
 *
 * A sorted array: looking one of 10,000 up takes 14 comparisons, and a page of
 * a list is a run of neighbours. Objects that are gone are taken out when they
 * are met.
 */

#include "base/std.h"
#include "emulator/object.h"

enum { COLLECTION_MAX = 1000000 };

typedef struct Collection {
	Object **objects; /* owned, in order of key */
	size_t n, capacity;
} Collection;

void collection_done(Collection *collection);

/* The object of that name in whatever state, or NULL; borrowed. */
Object *collection_find(Collection *collection, const char *name,
			int64_t now_us);

/* Take *@object over. -EEXIST, -ENOSPC above COLLECTION_MAX, or -ENOMEM. */
AKV_MUST_CHECK int collection_add(Collection *collection, Object **object);

/* The index of the first whose key is at least @key. */
size_t collection_at_least(const Collection *collection, const char *key);

/* Take it out and free it, at once. No effect if there is none. */
void collection_remove(Collection *collection, const char *name);
