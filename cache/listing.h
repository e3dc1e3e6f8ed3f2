/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * listing - the names of one list of the vault, as far as they have arrived
 *
 * Readers are answered page by page while the list still arrives. Once whole,
 * it is good for the ttl; a scan that has begun goes on with what it began
 * with.
 */

#include "base/loop.h"
#include "base/std.h"
#include "cache/names.h"
#include "cache/policy.h"
#include "cache/source.h"
#include "cache/wait.h"

typedef struct Listing Listing;

/* A vault that never stops sending pages is not believed. */
enum { LISTING_PAGES_MAX = 8000 };

/*
 * All but @ret are borrowed, and but @key must outlive the listing.
 * @rounds_before counts as rounds that are over.
 */
AKV_MUST_CHECK int listing_new(Listing **ret, Loop *loop,
			       const CacheSource *source,
			       const CachePolicy *policy, const ListKey *key,
			       Names *names, uint64_t rounds_before);
Listing *listing_free(Listing *listing);
AKV_DEFINE_CLEANUP(Listing *, listing_free);

/*
 * Call wait->done once names_next() at @place gives a name, or the end, that
 * can be relied on; before this returns where that is now. Returns 0 or
 * a negative errno, with done not called.
 */
AKV_MUST_CHECK int listing_read(Listing *listing, CacheWait *wait,
				uint64_t place);

/* How long the list stays good: 0 if it is not, or not whole. */
uint64_t listing_lifetime_us(const Listing *listing);

/* When it last changed, and how many rounds are over: a directory's times. */
int64_t listing_changed_s(const Listing *listing);
uint64_t listing_rounds(const Listing *listing);

size_t listing_waiting(const Listing *listing);

/* Is nothing under way, and nobody being told? */
bool listing_is_idle(const Listing *listing);

/* Is there a list, be it an old one, that the vault has not taken back? */
bool listing_is_known(const Listing *listing);
const Names *listing_names(const Listing *listing);

/* Ask anew when next read. */
void listing_expire(Listing *listing);
