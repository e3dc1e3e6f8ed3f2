/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * listing-test - one directory over a source that the test answers for
 *
 * What the tests of a listing share.
 */

#include "base/clock.h"
#include "cache/listing.h"
#include "check.h"
#include "fake-loop.h"
#include "fake-source.h"
#include "reader.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS

static _Alignas(16) char memory[200 * 64];
static CachePolicy policy;
static CacheSource source;
static Names *names;
static Listing *listing;
static const ListKey key = {
	.list = LIST_OBJECTS,
	.collection = COLLECTION_SECRETS,
};

static void listing_begin(size_t names_max)
{
	policy = (CachePolicy){
		.ttl_us = 300 * S,
		.negative_ttl_us = 30 * S,
		.stale_us = 1000 * S,
		.timeout_us = 5 * S,
	};
	source = fake_source();
	memset(memory, 0, sizeof(memory));
	fake_loop_begin();
	if (names_new(&names, memory, names_memory_size(names_max)) != 0 ||
	    listing_new(&listing, NULL, &source, &policy, &key, names, 0) != 0)
		abort();
}

static void end(void)
{
	listing = listing_free(listing);
	names = names_free(names);
	fake_source_reset();
	fake_loop_end();
}

/* 1: answered at once; 0: waits; or a negative errno. */
static int read_at(Reader *reader, uint64_t place)
{
	int r;

	reader_init(reader);
	r = listing_read(listing, &reader->wait, place);
	return r < 0 ? r : (int)reader->calls;
}

/* What a directory shows from @place on. */
static const char *told_from(uint64_t place)
{
	static char text[512];
	const char *name;

	text[0] = '\0';
	while ((name = names_next(names, place, &place)))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "%s%s", *text ? " " : "", name);
	return text;
}

/* A whole list of one page; the test has failed where it does not come. */
static void list_whole(const char *page)
{
	Reader reader;

	if (read_at(&reader, 0) != 0)
		abort();
	fake_source_page(fake_source_last(), page, NULL);
	if (reader.calls != 1 || reader.answer != VAULT_OK)
		abort();
}
