/* SPDX-License-Identifier: MIT */

/*
 * Objects of several collections and parts, versions by themselves, and what
 * has no versions or is of a moment.
 */

#include "cache-test.h"

#define SAS_TYPE "application/vnd.ms-sastoken-storage"

static ObjectKey part_of(enum collection collection, enum part part,
			 const char *name)
{
	ObjectKey key;

	if (object_key_init_part(&key, collection, part, name, strlen(name)) !=
	    0)
		abort();
	return key;
}

/* 1: answered at once; 0: waits; or a negative errno. */
static int ask(Reader *reader, const ObjectKey *key, char version)
{
	int r;

	reader_init(reader);
	r = cache_lookup(cache, &reader->wait, key,
			 version ? fake_version(version) : NULL);
	return r < 0 ? r : (int)reader->calls;
}

static int read_of(Reader *reader, const ObjectKey *key, char version)
{
	int r;

	reader_init(reader);
	r = cache_read(cache, &reader->wait, key, fake_version(version));
	return r < 0 ? r : (int)reader->calls;
}

static void one_name_in_all_collections_is_so_many_objects(void)
{
	const ObjectKey keys[] = {
		part_of(COLLECTION_SECRETS, PART_OBJECT, "web"),
		part_of(COLLECTION_KEYS, PART_OBJECT, "web"),
		part_of(COLLECTION_CERTIFICATES, PART_OBJECT, "web"),
		part_of(COLLECTION_STORAGE, PART_OBJECT, "web"),
		part_of(COLLECTION_SECRETS, PART_DELETED, "web"),
		part_of(COLLECTION_KEYS, PART_ROTATION, "web"),
		part_of(COLLECTION_CERTIFICATES, PART_PENDING, "web"),
	};
	char value[] = "0";
	Reader reader;

	begin();
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		CHECK_EQ(ask(&reader, &keys[i], 0), 0);
		CHECK(object_key_equal(&fake_source_last()->key, &keys[i]));
		value[0] = (char)('0' + (int)i);
		fake_source_give(fake_source_last(), 'a', value);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		value[0] = (char)('0' + (int)i);
		CHECK_EQ(ask(&reader, &keys[i], 0), 1);
		CHECK_EQ(read_of(&reader, &keys[i], 'a'), 1);
		CHECK_STR(reader.value, value);
	}
	CHECK_EQ(stats_now().values, AKV_ARRAY_LEN(keys));
	end();
}

/* As a name is: for the ttl, refusals for theirs. */
static void a_version_is_known_for_the_ttl(void)
{
	ObjectKey key = key_of("db");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 'a'), 0);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "old");
	CHECK_EQ(reader.lifetime_us, 300 * S);
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.size, 3);
	CHECK_EQ(read_of(&reader, &key, 'a'), 1);
	CHECK_EQ(fake_source_count(), 1);
	fake_loop_pass(301 * S);
	CHECK_EQ(ask(&reader, &key, 'a'), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_DISABLED);
	CHECK_EQ(reader.answer, VAULT_E_DISABLED);
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_E_DISABLED);
	CHECK_EQ(fake_source_count(), 2);
	/* The name is another matter. */
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'b', "newer");
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_E_DISABLED);
	end();
}

/* The name says it, if that is the version it means. */
static void the_current_version_is_not_asked_for_twice(void)
{
	ObjectKey key = part_of(COLLECTION_KEYS, PART_OBJECT, "k");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'a', "{}");
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.lifetime_us, 300 * S);
	CHECK(cache_holds(cache, &key, fake_version('a')));
	CHECK(!cache_holds(cache, &key, fake_version('b')));
	CHECK_EQ(fake_source_count(), 1);
	end();
}

/* The body of a version changes with its tags; the newest is held. */
static void the_newest_body_of_a_version_is_held(void)
{
	ObjectKey key = part_of(COLLECTION_KEYS, PART_OBJECT, "k");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'a', "{}");
	fake_loop_pass(301 * S);
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'a', "{\"n\":1}");
	CHECK_EQ(read_of(&reader, &key, 'a'), 1);
	CHECK_STR(reader.value, "{\"n\":1}");
	CHECK_EQ(stats_now().values, 1);
	end();
}

/* Only by its name does a certificate come with its policy. */
static void the_current_certificate_is_asked_for_by_name(void)
{
	ObjectKey key = part_of(COLLECTION_CERTIFICATES, PART_OBJECT, "web");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'a', "{}");
	fake_loop_pass(301 * S);
	CHECK_EQ(ask(&reader, &key, 'a'), 0);
	CHECK_STR(fake_source_last()->version, "");
	/* It has rotated: who asked for the old one asks again. */
	fake_source_give(fake_source_last(), 'b', "{}");
	CHECK_STR(reader.version, fake_version('b'));
	CHECK_EQ(ask(&reader, &key, 'a'), 0);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "{}");
	CHECK_STR(reader.version, fake_version('a'));
	end();
}

/* Who wants bytes and who wants to know wait for the same request. */
static void a_reader_and_a_looker_share_a_request(void)
{
	ObjectKey key = key_of("db");
	Reader reader, looker;

	begin();
	CHECK_EQ(read_of(&reader, &key, 'a'), 0);
	CHECK_EQ(ask(&looker, &key, 'a'), 0);
	CHECK_EQ(fake_source_count(), 1);
	fake_source_give(fake_source_last(), 'a', "one");
	CHECK_STR(reader.value, "one");
	CHECK_EQ(looker.answer, VAULT_OK);
	CHECK_EQ(looker.size, 3);
	CHECK_EQ(stats_now().entries, 1);
	end();
}

/* A failure that passes is nothing to a reader of bytes: he asks. */
static void a_reader_asks_in_spite_of_a_failure(void)
{
	ObjectKey key = key_of("db");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 'a'), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNAVAILABLE);
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNAVAILABLE);
	CHECK_EQ(read_of(&reader, &key, 'a'), 0);
	fake_source_give(fake_source_last(), 'a', "one");
	CHECK_STR(reader.value, "one");
	end();
}

static void what_has_no_versions_is_asked_for_by_name(void)
{
	ObjectKey key = part_of(COLLECTION_STORAGE, PART_SAS, "acct-def");
	CachePolicy policy = policy_usual;
	Reader reader;

	policy.values_max = 0;
	begin_with(&policy);
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give(fake_source_last(), 'a', "{}");
	/* What it was is known, however old that is. */
	fake_loop_pass(301 * S);
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	/* It is not held, and there is no asking for what it was. */
	CHECK_EQ(read_of(&reader, &key, 'a'), 0);
	CHECK_STR(fake_source_last()->version, "");
	fake_source_give(fake_source_last(), 'b', "{\"new\":1}");
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(reader.version, fake_version('b'));
	end();
}

static void a_token_is_of_a_moment(void)
{
	const FakeObject token = {
		.version = 'a',
		.value = "?sv=1",
		.content_type = SAS_TYPE,
	};
	const FakeObject later = {
		.version = 'b',
		.value = "?sv=2",
		.content_type = SAS_TYPE,
	};
	ObjectKey key = key_of("acct-def");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give_object(fake_source_last(), &token);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(reader.lifetime_us, 0);
	/* Who has it open reads it, and sees what it is. */
	CHECK_EQ(read_of(&reader, &key, 'a'), 1);
	CHECK_STR(reader.value, "?sv=1");
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	fake_loop_pass(1);
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_give_object(fake_source_last(), &later);
	CHECK_STR(reader.version, fake_version('b'));
	/* The one before is held, but nothing more is known of it. */
	CHECK_EQ(read_of(&reader, &key, 'a'), 1);
	CHECK_STR(reader.value, "?sv=1");
	CHECK_EQ(ask(&reader, &key, 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_E_NOT_FOUND);
	CHECK_EQ(read_of(&reader, &key, 'c'), 1);
	CHECK_EQ(reader.answer, VAULT_E_NOT_FOUND);
	/* Nor is an old one better than none. */
	fake_loop_pass(1);
	CHECK_EQ(ask(&reader, &key, 0), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_UNREACHABLE);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	fake_loop_pass(1);
	CHECK_EQ(ask(&reader, &key, 0), 1);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	end();
}

/* Several answers one after the other are one wait: its deadline is one. */
static void who_goes_on_has_the_deadline_he_came_with(void)
{
	ObjectKey first = key_of("db"), second = key_of("api");
	Reader reader;

	begin();
	CHECK_EQ(ask(&reader, &first, 0), 0);
	fake_loop_pass(4 * S);
	fake_source_give(fake_source_last(), 'a', "x");
	CHECK_EQ(reader.calls, 1);
	CHECK_OK(cache_lookup(cache, &reader.wait, &second, NULL));
	CHECK_EQ(reader.calls, 1);
	fake_loop_pass(1 * S + WAIT_GRACE_US);
	CHECK_EQ(reader.calls, 2);
	CHECK_EQ(reader.answer, VAULT_E_UNREACHABLE);
	fake_source_give(fake_source_last(), 'a', "x");
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, CACHE_TEST_HEAP) < 0)
		return 1;
	RUN(one_name_in_all_collections_is_so_many_objects);
	RUN(a_version_is_known_for_the_ttl);
	RUN(the_current_version_is_not_asked_for_twice);
	RUN(the_newest_body_of_a_version_is_held);
	RUN(the_current_certificate_is_asked_for_by_name);
	RUN(a_reader_and_a_looker_share_a_request);
	RUN(a_reader_asks_in_spite_of_a_failure);
	RUN(what_has_no_versions_is_asked_for_by_name);
	RUN(a_token_is_of_a_moment);
	RUN(who_goes_on_has_the_deadline_he_came_with);
	return check_report();
}
