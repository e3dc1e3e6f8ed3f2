/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cache - what we hold of a vault, between its readers and the network
 *
 * One entry per object says which version its name means and how fresh that
 * is; so does one per version that was asked for by itself. Values are held by
 * version (values.h); a directory is a listing (listings.h). However many ask
 * for the same thing, one request is under way. Nobody waits longer than the
 * policy's timeout.
 */

#include "base/loop.h"
#include "base/std.h"
#include "cache/listings.h"
#include "cache/policy.h"
#include "cache/source.h"
#include "cache/wait.h"

typedef struct Cache Cache;

/* Names known at once, refused ones included; the longest unused go. */
enum { CACHE_ENTRIES_MAX = 65536 };

/*
 * @names: a table for each collection; borrowed, like @loop. @source and
 * @policy are copied.
 */
AKV_MUST_CHECK int cache_new(Cache **ret, Loop *loop, const CacheSource *source,
			     const CachePolicy *policy,
			     Names *const names[COLLECTIONS]);
Cache *cache_free(Cache *cache);
AKV_DEFINE_CLEANUP(Cache *, cache_free);

/*
 * What does the vault say of @key: which version its name means (@version is
 * NULL), or of that @version, whatever the name means; what are its size, times
 * and tags? wait->done is called once, before this returns if that is known and
 * within its ttl. Returns 0, or a negative errno with done not called.
 *
 * Where the service has no versions (object_key_has_versions()), the reply may
 * be of another version than the one asked for, which is gone then. So it may
 * for a certificate that has just rotated: there, ask again. What is of
 * a moment (policy.h) is VAULT_E_NOT_FOUND once another has come.
 */
AKV_MUST_CHECK int cache_lookup(Cache *cache, CacheWait *wait,
				const ObjectKey *key, const char *version);

/*
 * The value of one version, however old: of a key or a certificate the newest
 * body that is held. Likewise; compare the version of the reply, which may be
 * NULL if it is the one asked for.
 */
AKV_MUST_CHECK int cache_read(Cache *cache, CacheWait *wait,
			      const ObjectKey *key, const char *version);

/* Would cache_read() answer at once? */
bool cache_holds(Cache *cache, const ObjectKey *key, const char *version);

/* The names of a list; see listing_read(). */
AKV_MUST_CHECK int cache_list(Cache *cache, CacheWait *wait, const ListKey *key,
			      uint64_t place);

/* NULL if that list is not held. */
const Listing *cache_listing(const Cache *cache, const ListKey *key);

/* The version that the name of @key is known to mean, or NULL. */
const char *cache_version(const Cache *cache, const ObjectKey *key);

/* Forget all values, and how fresh names and lists are; wipes the values. */
void cache_evict(Cache *cache);

typedef struct CacheStats {
	uint64_t lookups, reads; /* asked of the cache */
	uint64_t fetches;        /* requests it made, pages not counted */
	uint64_t rounds;         /* of lists */
	uint64_t stale, refused, failed, evicted;
	size_t entries, values, bytes, names, waiting;
} CacheStats;
void cache_stats(const Cache *cache, CacheStats *ret);
