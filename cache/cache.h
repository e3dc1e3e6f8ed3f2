/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cache - what we hold of a vault, between its readers and the network
 *
 * One entry per object says which version its name means and how fresh that
 * is; values are held by version (values.h); a directory is a listing
 * (listing.h). However many ask for the same thing, one request is under way.
 * Nobody waits longer than the policy's timeout.
 */

#include "base/loop.h"
#include "base/std.h"
#include "cache/listing.h"
#include "cache/policy.h"
#include "cache/source.h"
#include "cache/wait.h"

typedef struct Cache Cache;

/* Names known at once, refused ones included; the longest unused go. */
enum { CACHE_ENTRIES_MAX = 65536 };

/*
 * @names: the table of the secrets collection; borrowed, like @loop. @source
 * and @policy are copied.
 */
AKV_MUST_CHECK int cache_new(Cache **ret, Loop *loop, const CacheSource *source,
			     const CachePolicy *policy, Names *names);
Cache *cache_free(Cache *cache);
AKV_DEFINE_CLEANUP(Cache *, cache_free);

/*
 * Which version does the name of @key mean, and what are its size and times?
 * wait->done is called once, before this returns if that is known. Returns 0,
 * or a negative errno with done not called.
 */
AKV_MUST_CHECK int cache_lookup(Cache *cache, CacheWait *wait,
				const ObjectKey *key);

/* The value of one version; likewise. */
AKV_MUST_CHECK int cache_read(Cache *cache, CacheWait *wait,
			      const ObjectKey *key, const char *version);

/* What one version carries besides its value; likewise. */
AKV_MUST_CHECK int cache_describe(Cache *cache, CacheWait *wait,
				  const ObjectKey *key, const char *version);

/* The names of a collection; see listing_read(). */
AKV_MUST_CHECK int cache_list(Cache *cache, CacheWait *wait, uint64_t place);
const Listing *cache_listing(const Cache *cache);

/* The version that the name of @key is known to mean, or NULL. */
const char *cache_version(const Cache *cache, const ObjectKey *key);

/* Forget all values, and how fresh names and lists are; wipes the values. */
void cache_evict(Cache *cache);

typedef struct CacheStats {
	uint64_t lookups, reads; /* asked of the cache */
	uint64_t fetches;        /* requests it made, pages not counted */
	uint64_t stale, refused, failed, evicted;
	size_t entries, values, bytes, waiting;
} CacheStats;
void cache_stats(const Cache *cache, CacheStats *ret);
