/* SPDX-License-Identifier: MIT */

/* Several lists side by side, and which of them goes. */

#include "base/clock.h"
#include "cache/listings.h"
#include "check.h"
#include "fake-loop.h"
#include "fake-source.h"
#include "reader.h"

#define S CLOCK_US_PER_S

static _Alignas(16) char memory[COLLECTIONS][200 * 16];
static Names *names[COLLECTIONS];
static CacheSource source;
static CachePolicy policy;
static Listings *listings;

static void begin(void)
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
	for (size_t i = 0; i < COLLECTIONS; i++) {
		if (names_new(&names[i], memory[i], names_memory_size(16)) != 0)
			abort();
	}
	if (listings_new(&listings, NULL, &source, &policy, names) != 0)
		abort();
}

static void end(void)
{
	listings = listings_free(listings);
	for (size_t i = 0; i < COLLECTIONS; i++)
		names[i] = names_free(names[i]);
	fake_source_reset();
	fake_loop_end();
}

static ListKey key_of(enum list list, enum collection collection,
		      const char *name)
{
	ListKey key;

	if (list_key_init(&key, list, collection, name, strlen(name)) != 0)
		abort();
	return key;
}

/* 1: answered at once; 0: waits; or a negative errno. */
static int list_read(Reader *reader, const ListKey *key)
{
	Listing *listing = NULL;
	int r = listings_make(listings, &listing, key);

	reader_init(reader);
	if (r == 0)
		r = listing_read(listing, &reader->wait, 0);
	return r < 0 ? r : (int)reader->calls;
}

/* What the list of @key has, one after the other. */
static const char *told(const ListKey *key)
{
	const Listing *listing = listings_get(listings, key);
	static char text[256];
	uint64_t place = 0;
	const char *name;

	text[0] = '\0';
	while (listing &&
	       (name = names_next(listing_names(listing), place, &place)))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "%s%.20s", *text ? " " : "", name);
	return text;
}

static ListKey versions_of(unsigned i)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "n%u", i);
	return key_of(LIST_VERSIONS, COLLECTION_SECRETS, name);
}

static void each_list_is_asked_for_by_itself(void)
{
	const ListKey keys[] = {
		key_of(LIST_OBJECTS, COLLECTION_SECRETS, ""),
		key_of(LIST_OBJECTS, COLLECTION_KEYS, ""),
		key_of(LIST_DELETED, COLLECTION_KEYS, ""),
		key_of(LIST_SAS, COLLECTION_STORAGE, "acct"),
		key_of(LIST_SAS, COLLECTION_STORAGE, "other"),
	};
	static const char *const pages[] = {"a b", "c", "d", "e f", ""};
	Reader readers[AKV_ARRAY_LEN(keys)];

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		CHECK_EQ(list_read(&readers[i], &keys[i]), 0);
		CHECK(list_key_equal(&fake_source_last()->list, &keys[i]));
	}
	CHECK_EQ(listings_waiting(listings), AKV_ARRAY_LEN(keys));
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		fake_source_page(fake_source_at(i), pages[i], NULL);
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		CHECK_EQ(readers[i].answer, VAULT_OK);
		CHECK_STR(told(&keys[i]), pages[i]);
	}
	CHECK_EQ(listings_names(listings), 6);
	CHECK_EQ(listings_rounds(listings), AKV_ARRAY_LEN(keys));
	/* Within the ttl none is asked for again. */
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		CHECK_EQ(list_read(&readers[i], &keys[i]), 1);
	listings_expire(listings);
	CHECK_EQ(list_read(&readers[1], &keys[1]), 0);
	fake_source_page(fake_source_last(), "g", NULL);
	CHECK_STR(told(&keys[1]), "g");
	end();
}

static void versions_are_listed_as_such(void)
{
	ListKey key = versions_of(1);
	Reader reader;

	begin();
	CHECK_EQ(list_read(&reader, &key), 0);
	fake_source_page(fake_source_last(), "a b", NULL);
	CHECK_STR(told(&key), "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb");
	end();
}

static void the_longest_unused_one_goes(void)
{
	ListKey secrets = key_of(LIST_OBJECTS, COLLECTION_SECRETS, "");
	ListKey first = versions_of(0), second = versions_of(1);
	ListKey more = versions_of(LISTINGS_MAX);
	uint64_t before;
	Reader reader;

	begin();
	CHECK_EQ(list_read(&reader, &secrets), 0);
	fake_source_page(fake_source_last(), "db", NULL);
	for (unsigned i = 0; i < LISTINGS_MAX; i++) {
		ListKey key = versions_of(i);

		CHECK_EQ(list_read(&reader, &key), 0);
		fake_source_page(fake_source_last(), "a", NULL);
	}
	/* Used again: it stays. */
	CHECK_EQ(list_read(&reader, &first), 1);
	CHECK_EQ(list_read(&reader, &more), 0);
	fake_source_page(fake_source_last(), "a", NULL);
	CHECK(listings_get(listings, &first) != NULL);
	CHECK(listings_get(listings, &second) == NULL);
	/* Those of the collections stay whatever happens. */
	CHECK_STR(told(&secrets), "db");
	CHECK_EQ(listings_rounds(listings), LISTINGS_MAX + 2);
	/* It comes back, and does not count like it did before. */
	before = listing_rounds(listings_get(listings, &first));
	CHECK_EQ(list_read(&reader, &second), 0);
	fake_source_page(fake_source_last(), "a b", NULL);
	CHECK(listing_rounds(listings_get(listings, &second)) > before);
	CHECK_EQ(listings_rounds(listings), LISTINGS_MAX + 3);
	end();
}

static void one_that_is_being_read_stays(void)
{
	static Reader readers[LISTINGS_MAX];
	ListKey more = versions_of(LISTINGS_MAX), first = versions_of(0);
	Reader reader;

	begin();
	for (unsigned i = 0; i < LISTINGS_MAX; i++) {
		ListKey key = versions_of(i);

		CHECK_EQ(list_read(&readers[i], &key), 0);
	}
	CHECK_EQ(list_read(&reader, &more), -ENOSPC);
	fake_source_page(fake_source_at(0), "a", NULL);
	CHECK_EQ(list_read(&reader, &more), 0);
	CHECK(listings_get(listings, &first) == NULL);
	for (size_t i = 1; i < fake_source_count(); i++)
		fake_source_page(fake_source_at(i), "a", NULL);
	CHECK_EQ(listings_waiting(listings), 0);
	end();
}

static void what_a_vault_does_not_have_is_known_for_the_ttl(void)
{
	ListKey key = key_of(LIST_OBJECTS, COLLECTION_STORAGE, "");
	Reader reader;

	begin();
	CHECK_EQ(list_read(&reader, &key), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_ABSENT);
	CHECK_EQ(reader.answer, VAULT_E_ABSENT);
	CHECK(!listing_is_known(listings_get(listings, &key)));
	fake_loop_pass(299 * S);
	CHECK_EQ(list_read(&reader, &key), 1);
	CHECK_EQ(reader.answer, VAULT_E_ABSENT);
	fake_loop_pass(2 * S);
	CHECK_EQ(list_read(&reader, &key), 0);
	fake_source_page(fake_source_last(), "acct", NULL);
	CHECK(listing_is_known(listings_get(listings, &key)));
	end();
}

int main(void)
{
	RUN(each_list_is_asked_for_by_itself);
	RUN(versions_are_listed_as_such);
	RUN(the_longest_unused_one_goes);
	RUN(one_that_is_being_read_stays);
	RUN(what_a_vault_does_not_have_is_known_for_the_ttl);
	return check_report();
}
