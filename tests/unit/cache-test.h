/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cache-test - a Cache over a source and a loop that the test plays
 */

#include "base/clock.h"
#include "cache/cache.h"
#include "check.h"
#include "fake-loop.h"
#include "fake-source.h"
#include "reader.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS

enum { CACHE_TEST_HEAP = 1 << 20 };

static _Alignas(16) char names_memory[COLLECTIONS][200 * 16];
static Names *names[COLLECTIONS];
static Cache *cache;

static const CachePolicy policy_usual = {
	.ttl_us = 300 * S,
	.negative_ttl_us = 30 * S,
	.stale_us = 1000 * S,
	.timeout_us = 5 * S,
	.values_max = 100,
	.bytes_max = CACHE_TEST_HEAP,
};

static void begin_with(const CachePolicy *policy)
{
	CacheSource source = fake_source();

	memset(names_memory, 0, sizeof(names_memory));
	fake_loop_begin();
	for (size_t i = 0; i < COLLECTIONS; i++) {
		if (names_new(&names[i], names_memory[i],
			      names_memory_size(16)) != 0)
			abort();
	}
	if (secret_heap_used() != 0 ||
	    cache_new(&cache, NULL, &source, policy, names) != 0)
		abort();
}

AKV_UNUSED static void begin(void)
{
	begin_with(&policy_usual);
}

static void end(void)
{
	cache = cache_free(cache);
	for (size_t i = 0; i < COLLECTIONS; i++)
		names[i] = names_free(names[i]);
	fake_source_reset();
	fake_loop_end();
}

static ObjectKey key_of(const char *name)
{
	ObjectKey key;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		abort();
	return key;
}

AKV_UNUSED static const ListKey list_of_secrets = {
	.list = LIST_OBJECTS,
	.collection = COLLECTION_SECRETS,
};

/* 1: answered at once; 0: waits; or a negative errno. */
static int lookup(Reader *reader, const char *name)
{
	ObjectKey key = key_of(name);
	int r;

	reader_init(reader);
	r = cache_lookup(cache, &reader->wait, &key, NULL);
	return r < 0 ? r : (int)reader->calls;
}

AKV_UNUSED static int read_version(Reader *reader, const char *name,
				   char version)
{
	ObjectKey key = key_of(name);
	int r;

	reader_init(reader);
	r = cache_read(cache, &reader->wait, &key, fake_version(version));
	return r < 0 ? r : (int)reader->calls;
}

AKV_UNUSED static int describe(Reader *reader, const char *name, char version)
{
	ObjectKey key = key_of(name);
	int r;

	reader_init(reader);
	r = cache_lookup(cache, &reader->wait, &key, fake_version(version));
	return r < 0 ? r : (int)reader->calls;
}

/* Look @name up and have the vault give this. */
AKV_UNUSED static void give(const char *name, char version, const char *value)
{
	Reader reader;

	if (lookup(&reader, name) != 0)
		abort();
	fake_source_give(fake_source_last(), version, value);
	if (reader.answer != VAULT_OK)
		abort();
}

AKV_UNUSED static CacheStats stats_now(void)
{
	CacheStats stats;

	cache_stats(cache, &stats);
	return stats;
}
