/* SPDX-License-Identifier: MIT */

/*
 * An array: there are few, and a list is looked for when a directory is read.
 * Used by cache.c.
 */

#include "cache/listings.h"

#include <sys/mman.h>

typedef struct Held {
	ListKey key;
	Listing *listing;
	Names *names;           /* owned, unless the list is a collection's */
	void *memory;           /* of the names, or NULL */
	uint64_t rounds_before; /* its own count begins here */
	uint64_t used;
} Held;

struct Listings {
	Loop *loop;
	const CacheSource *source;
	const CachePolicy *policy;
	Held held[COLLECTIONS + LISTINGS_MAX];
	uint64_t clock;  /* counts uses */
	uint64_t rounds; /* of lists that are gone */
	uint64_t serial; /* above what any list that is gone has counted */
};

static uint64_t held_rounds(const Held *held)
{
	return listing_rounds(held->listing) - held->rounds_before;
}

static void held_done(Held *held)
{
	(void)listing_free(held->listing);
	if (held->memory) {
		(void)names_free(held->names);
		(void)munmap(held->memory,
			     names_memory_size(LISTING_NAMES_MAX));
	}
	*held = (Held){0};
}

Listings *listings_free(Listings *listings)
{
	if (!listings)
		return NULL;
	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++)
		held_done(&listings->held[i]);
	free(listings);
	return NULL;
}

static int held_start(Listings *listings, Held *held, const ListKey *key)
{
	held->key = *key;
	/* One that comes back must not count like it did before. */
	held->rounds_before = listings->serial;
	return listing_new(&held->listing, listings->loop, listings->source,
			   listings->policy, key, held->names,
			   held->rounds_before);
}

int listings_new(Listings **ret, Loop *loop, const CacheSource *source,
		 const CachePolicy *policy, Names *const names[COLLECTIONS])
{
	AKV_CLEANUP(listings_freep)
	Listings *listings = calloc(1, sizeof(*listings));

	if (!listings)
		return -ENOMEM;
	listings->loop = loop;
	listings->source = source;
	listings->policy = policy;
	for (size_t i = 0; i < COLLECTIONS; i++) {
		ListKey key = {
			.list = LIST_OBJECTS,
			.collection = (enum collection)i,
		};
		int r;

		listings->held[i].names = names[i];
		r = held_start(listings, &listings->held[i], &key);
		if (r < 0)
			return r;
	}
	*ret = AKV_TAKE(listings);
	return 0;
}

static Held *listings_find(const Listings *listings, const ListKey *key)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++) {
		const Held *held = &listings->held[i];

		if (held->listing && list_key_equal(&held->key, key))
			return (Held *)(uintptr_t)held;
	}
	return NULL;
}

const Listing *listings_get(const Listings *listings, const ListKey *key)
{
	const Held *held = listings_find(listings, key);

	return held ? held->listing : NULL;
}

/* A free place, or that of the longest unused list that nobody reads. */
static Held *listings_room(Listings *listings)
{
	Held *oldest = NULL;

	for (size_t i = COLLECTIONS; i < AKV_ARRAY_LEN(listings->held); i++) {
		Held *held = &listings->held[i];

		if (!held->listing)
			return held;
		if (listing_is_idle(held->listing) &&
		    (!oldest || held->used < oldest->used))
			oldest = held;
	}
	if (oldest) {
		uint64_t rounds = held_rounds(oldest);

		listings->rounds += rounds;
		listings->serial += rounds + 1;
		held_done(oldest);
	}
	return oldest;
}

static int held_map(Held *held)
{
	size_t size = names_memory_size(LISTING_NAMES_MAX);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r;

	if (memory == MAP_FAILED)
		return -ENOMEM;
	r = names_new(&held->names, memory, size);
	if (r < 0)
		(void)munmap(memory, size);
	else
		held->memory = memory;
	return r;
}

int listings_make(Listings *listings, Listing **ret, const ListKey *key)
{
	Held *held = listings_find(listings, key);
	int r;

	if (!held) {
		held = listings_room(listings);
		if (!held)
			return -ENOSPC;
		r = held_map(held);
		if (r == 0)
			r = held_start(listings, held, key);
		if (r < 0) {
			held_done(held);
			return r;
		}
	}
	held->used = ++listings->clock;
	*ret = held->listing;
	return 0;
}

void listings_expire(Listings *listings)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++) {
		if (listings->held[i].listing)
			listing_expire(listings->held[i].listing);
	}
}

size_t listings_waiting(const Listings *listings)
{
	size_t n = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++) {
		if (listings->held[i].listing)
			n += listing_waiting(listings->held[i].listing);
	}
	return n;
}

size_t listings_names(const Listings *listings)
{
	size_t n = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++) {
		if (listings->held[i].listing)
			n += names_count(
				listing_names(listings->held[i].listing));
	}
	return n;
}

uint64_t listings_rounds(const Listings *listings)
{
	uint64_t n = listings->rounds;

	for (size_t i = 0; i < AKV_ARRAY_LEN(listings->held); i++) {
		if (listings->held[i].listing)
			n += held_rounds(&listings->held[i]);
	}
	return n;
}
