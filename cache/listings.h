/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * listings - the lists that are held, by what they list
 *
 * Those of the collections are held for ever, and their names lie in memory
 * that outlives the worker. Of the others (versions, deleted objects, SAS
 * definitions) there are at most LISTINGS_MAX; the longest unused goes that
 * nobody reads just now.
 */

#include "cache/listing.h"

typedef struct Listings Listings;

enum {
	LISTINGS_MAX = 32,
	/* The names of one of them; what is not used takes no memory. */
	LISTING_NAMES_MAX = 32768,
};

/* @names: a table for each collection. All but @ret are borrowed. */
AKV_MUST_CHECK int listings_new(Listings **ret, Loop *loop,
				const CacheSource *source,
				const CachePolicy *policy,
				Names *const names[COLLECTIONS]);
Listings *listings_free(Listings *listings);
AKV_DEFINE_CLEANUP(Listings *, listings_free);

/*
 * The list of @key, made if there is none, and now the most recently used.
 * Valid until the next call. Returns 0, -ENOMEM, or -ENOSPC if all are being
 * read.
 */
AKV_MUST_CHECK int listings_make(Listings *listings, Listing **ret,
				 const ListKey *key);

/* The same, or NULL if it is not held. */
const Listing *listings_get(const Listings *listings, const ListKey *key);

/* Ask for each anew when next read. */
void listings_expire(Listings *listings);

/* Over all of them: how many wait; names, and rounds that are over. */
size_t listings_waiting(const Listings *listings);
size_t listings_names(const Listings *listings);
uint64_t listings_rounds(const Listings *listings);
