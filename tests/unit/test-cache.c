/* SPDX-License-Identifier: MIT */

/* What is held is given; what is not is asked for, once for all who wait. */

#include "cache-test.h"

enum { MANY = 1000 };

static void a_name_is_looked_up_once(void)
{
	ObjectKey key = key_of("db");
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "db"), 0);
	CHECK(cache_version(cache, &key) == NULL);
	CHECK_EQ(fake_source_count(), 1);
	CHECK(!fake_source_last()->is_list);
	CHECK_STR(fake_source_last()->key.name, "db");
	CHECK_STR(fake_source_last()->version, "");
	CHECK_EQ(fake_source_last()->deadline_us, clock_now_us() + 5 * S);
	fake_loop_pass(1 * S);
	fake_source_give(fake_source_last(), 'a', "hunter2");
	CHECK_EQ(reader.calls, 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(reader.lifetime_us, 299 * S);
	CHECK_STR(reader.version, fake_version('a'));
	CHECK_EQ(reader.size, 7);
	CHECK_EQ(reader.created_s, FAKE_CREATED_S);
	CHECK_STR(cache_version(cache, &key), fake_version('a'));
	/* Whatever the case of the letters. */
	CHECK_EQ(lookup(&reader, "DB"), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_EQ(reader.size, 7);
	CHECK_EQ(fake_source_count(), 1);
	end();
}

static void a_thousand_readers_make_one_request(void)
{
	static Reader readers[MANY];

	begin();
	for (size_t i = 0; i < MANY; i++)
		CHECK_EQ(lookup(&readers[i], "db"), 0);
	CHECK_EQ(fake_source_count(), 1);
	CHECK_EQ(stats_now().waiting, MANY);
	fake_source_give(fake_source_last(), 'a', "hunter2");
	for (size_t i = 0; i < MANY; i++) {
		CHECK_EQ(readers[i].calls, 1);
		CHECK_EQ(readers[i].answer, VAULT_OK);
	}
	CHECK_EQ(stats_now().waiting, 0);
	CHECK_EQ(stats_now().fetches, 1);
	CHECK_EQ(stats_now().lookups, MANY);
	CHECK_EQ(fake_loop_timers(), 0);
	end();
}

static void each_name_is_asked_for_by_itself(void)
{
	Reader db, api;

	begin();
	CHECK_EQ(lookup(&db, "db"), 0);
	CHECK_EQ(lookup(&api, "api"), 0);
	CHECK_EQ(fake_source_count(), 2);
	fake_source_refuse(fake_source_at(0), VAULT_E_FORBIDDEN);
	CHECK_EQ(db.answer, VAULT_E_FORBIDDEN);
	CHECK_EQ(api.calls, 0);
	fake_source_give(fake_source_at(1), 'b', "x");
	CHECK_EQ(api.answer, VAULT_OK);
	CHECK_EQ(stats_now().entries, 2);
	end();
}

static void the_value_came_with_the_name(void)
{
	Reader reader;

	begin();
	give("db", 'a', "hunter2");
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(reader.value, "hunter2");
	CHECK_EQ(fake_source_count(), 1);
	/* A value is for ever: it is not asked for when the name is old. */
	fake_loop_pass(100000 * S);
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_STR(reader.value, "hunter2");
	CHECK_EQ(fake_source_count(), 1);
	end();
}

static void an_old_name_is_asked_for_anew(void)
{
	ObjectKey key = key_of("db");
	Reader reader;

	begin();
	give("db", 'a', "old");
	fake_loop_pass(300 * S);
	CHECK_EQ(lookup(&reader, "db"), 1);
	CHECK_EQ(reader.lifetime_us, 0);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&reader, "db"), 0);
	fake_source_give(fake_source_last(), 'b', "newer");
	CHECK_STR(reader.version, fake_version('b'));
	CHECK_EQ(reader.size, 5);
	CHECK_STR(cache_version(cache, &key), fake_version('b'));
	/* Who has the old version open reads the old version. */
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_STR(reader.value, "old");
	CHECK_EQ(read_version(&reader, "db", 'b'), 1);
	CHECK_STR(reader.value, "newer");
	CHECK_EQ(fake_source_count(), 2);
	end();
}

static void a_version_that_is_not_held_is_asked_for(void)
{
	static Reader readers[MANY];

	begin();
	for (size_t i = 0; i < MANY; i++)
		CHECK_EQ(read_version(&readers[i], "db", 'c'), 0);
	CHECK_EQ(fake_source_count(), 1);
	CHECK_STR(fake_source_last()->version, fake_version('c'));
	fake_source_give(fake_source_last(), 'c', "third");
	for (size_t i = 0; i < MANY; i++) {
		CHECK_EQ(readers[i].calls, 1);
		CHECK_STR(readers[i].value, "third");
	}
	/* It says nothing of what the name means now. */
	CHECK_EQ(stats_now().entries, 0);
	CHECK_EQ(stats_now().values, 1);
	CHECK_EQ(lookup(&readers[0], "db"), 0);
	CHECK_EQ(fake_source_count(), 2);
	fake_source_give(fake_source_last(), 'd', "fourth");
	end();
}

static void versions_are_asked_for_side_by_side(void)
{
	Reader name, first, second;

	begin();
	CHECK_EQ(lookup(&name, "db"), 0);
	CHECK_EQ(read_version(&first, "db", '1'), 0);
	CHECK_EQ(read_version(&second, "db", '2'), 0);
	CHECK_EQ(fake_source_count(), 3);
	fake_source_give(fake_source_at(2), '2', "two");
	CHECK_EQ(name.calls + first.calls, 0);
	CHECK_STR(second.value, "two");
	fake_source_refuse(fake_source_at(1), VAULT_E_NOT_FOUND);
	CHECK_EQ(first.answer, VAULT_E_NOT_FOUND);
	fake_source_give(fake_source_at(0), '2', "two");
	CHECK_EQ(name.answer, VAULT_OK);
	end();
}

static void what_a_version_carries_came_with_the_name(void)
{
	Reader reader;

	begin();
	give("db", 'a', "hunter2");
	CHECK_EQ(describe(&reader, "db", 'a'), 1);
	CHECK_EQ(reader.answer, VAULT_OK);
	CHECK_STR(reader.version, fake_version('a'));
	CHECK_STR(reader.content_type, FAKE_CONTENT_TYPE);
	CHECK_STR(reader.tags, FAKE_TAGS);
	CHECK_EQ(reader.size, 7);
	CHECK_EQ(reader.created_s, FAKE_CREATED_S);
	CHECK_EQ(fake_source_count(), 1);
	end();
}

static void that_of_another_version_is_asked_for(void)
{
	Reader first, second, name;

	begin();
	give("db", 'b', "newer");
	CHECK_EQ(describe(&first, "db", 'a'), 0);
	CHECK_EQ(describe(&second, "db", 'a'), 0);
	CHECK_EQ(fake_source_count(), 2);
	CHECK_STR(fake_source_last()->version, fake_version('a'));
	fake_source_give(fake_source_last(), 'a', "old");
	CHECK_EQ(first.calls, 1);
	CHECK_STR(second.version, fake_version('a'));
	CHECK_STR(second.tags, FAKE_TAGS);
	CHECK_EQ(second.size, 3);
	/* The name means what it meant. */
	CHECK_EQ(lookup(&name, "db"), 1);
	CHECK_STR(name.version, fake_version('b'));
	/* What the vault says of it now may be another. */
	fake_loop_pass(301 * S);
	CHECK_EQ(describe(&first, "db", 'b'), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_FORBIDDEN);
	CHECK_EQ(first.answer, VAULT_E_FORBIDDEN);
	end();
}

static void a_miss_is_kept_for_the_negative_ttl(void)
{
	ObjectKey key = key_of("no");
	Reader reader;

	begin();
	CHECK_EQ(lookup(&reader, "no"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
	CHECK_EQ(reader.answer, VAULT_E_NOT_FOUND);
	CHECK_EQ(reader.lifetime_us, 30 * S);
	CHECK(cache_version(cache, &key) == NULL);
	fake_loop_pass(30 * S);
	CHECK_EQ(lookup(&reader, "no"), 1);
	CHECK_EQ(reader.answer, VAULT_E_NOT_FOUND);
	CHECK_EQ(stats_now().refused, 2);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&reader, "no"), 0);
	fake_source_give(fake_source_last(), 'a', "now there");
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

static void with_a_ttl_of_0_each_reader_asks(void)
{
	CachePolicy policy = policy_usual;
	Reader first, second, third;

	policy.ttl_us = 0;
	begin_with(&policy);
	CHECK_EQ(lookup(&first, "db"), 0);
	fake_loop_pass(1);
	/* The answer under way may be older than he is: not for him. */
	CHECK_EQ(lookup(&second, "db"), 0);
	fake_loop_pass(1);
	CHECK_EQ(lookup(&third, "db"), 0);
	CHECK_EQ(fake_source_count(), 1);
	fake_loop_pass(1);
	fake_source_give(fake_source_last(), 'a', "one");
	CHECK_EQ(first.calls, 1);
	CHECK_EQ(first.size, 3);
	CHECK_EQ(first.lifetime_us, 0);
	CHECK_EQ(second.calls + third.calls, 0);
	/* One request for both of them. */
	CHECK_EQ(fake_source_count(), 2);
	fake_loop_pass(1);
	fake_source_give(fake_source_last(), 'b', "three");
	CHECK_EQ(second.calls, 1);
	CHECK_EQ(third.calls, 1);
	CHECK_EQ(third.size, 5);
	CHECK_STR(second.version, fake_version('b'));
	CHECK_EQ(fake_source_count(), 2);
	CHECK_EQ(fake_loop_timers(), 0);
	end();
}

/* --- eviction ----------------------------------------------------------- */

static void values_are_limited_in_number(void)
{
	CachePolicy policy = policy_usual;
	Reader reader;

	policy.values_max = 2;
	begin_with(&policy);
	give("a", '1', "A");
	give("b", '1', "B");
	give("c", '1', "C");
	CHECK_EQ(stats_now().values, 2);
	CHECK_EQ(stats_now().evicted, 1);
	/* The name is still known, and its value can be had again. */
	CHECK_EQ(lookup(&reader, "a"), 1);
	CHECK_EQ(read_version(&reader, "a", '1'), 0);
	CHECK_STR(fake_source_last()->version, fake_version('1'));
	fake_source_give(fake_source_last(), '1', "A");
	CHECK_STR(reader.value, "A");
	CHECK_EQ(read_version(&reader, "a", '1'), 1);
	CHECK_EQ(read_version(&reader, "c", '1'), 1);
	CHECK_EQ(stats_now().evicted, 2);
	end();
}

static void values_are_limited_in_bytes(void)
{
	CachePolicy policy = policy_usual;
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	policy.bytes_max = 1024;
	begin_with(&policy);
	for (char name[] = "a"; name[0] <= 'z'; name[0]++) {
		give(name, '1', text);
		CHECK(stats_now().bytes <= 1024);
		CHECK_EQ(stats_now().bytes, secret_heap_used());
	}
	CHECK(stats_now().values >= 2);
	CHECK_EQ(stats_now().values + stats_now().evicted, 26);
	end();
}

/* With none held, all works, and a value is read from the answer itself. */
static void nothing_need_be_held(void)
{
	CachePolicy policy = policy_usual;
	Reader reader;

	policy.values_max = 0;
	begin_with(&policy);
	give("a", '1', "A");
	CHECK_EQ(secret_heap_used(), 0);
	CHECK_EQ(read_version(&reader, "a", '1'), 0);
	fake_source_give(fake_source_last(), '1', "A");
	CHECK_STR(reader.value, "A");
	CHECK_EQ(secret_heap_used(), 0);
	end();
}

static void evicting_forgets_all_values(void)
{
	Reader reader;

	begin();
	give("a", '1', "UNMISTAKABLE");
	give("b", '1', "UNMISTAKABLE");
	CHECK_EQ(lookup(&reader, "no"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
	CHECK_EQ(cache_list(cache, &reader.wait, &list_of_secrets, 0), 0);
	fake_source_page(fake_source_last(), "a b", NULL);
	cache_evict(cache);
	CHECK_EQ(secret_heap_used(), 0);
	CHECK_EQ(stats_now().values, 0);
	/* Names are asked for anew, misses too, and the list. */
	CHECK_EQ(lookup(&reader, "a"), 0);
	fake_source_give(fake_source_last(), '2', "A");
	CHECK_EQ(lookup(&reader, "no"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
	reader_init(&reader);
	CHECK_OK(cache_list(cache, &reader.wait, &list_of_secrets, 0));
	CHECK_EQ(reader.calls, 0);
	fake_source_page(fake_source_last(), "a b", NULL);
	CHECK_EQ(reader.answer, VAULT_OK);
	end();
}

static void a_full_heap_makes_room_for_the_next(void)
{
	CachePolicy policy = policy_usual;
	char name[16], value[200];
	Reader reader;
	unsigned i = 0;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	policy.values_max = 100000;
	begin_with(&policy);
	for (; stats_now().evicted == 0 && i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		give(name, '1', value);
		CHECK_EQ(read_version(&reader, name, '1'), 1);
	}
	/* The newest three quarters stay. */
	CHECK(stats_now().evicted >= i / 5 && stats_now().evicted <= i / 3);
	CHECK_EQ(read_version(&reader, name, '1'), 1);
	CHECK_STR(reader.value, value);
	CHECK_EQ(read_version(&reader, "n0", '1'), 0);
	fake_source_give(fake_source_last(), '1', value);
	end();
}

static void all_is_wiped_in_the_end(void)
{
	begin();
	give("a", '1', "A");
	give("b", '1', "B");
	CHECK(secret_heap_used() > 0);
	end();
	CHECK_EQ(secret_heap_used(), 0);
	CHECK(cache_free(NULL) == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, CACHE_TEST_HEAP) < 0)
		return 1;
	RUN(a_name_is_looked_up_once);
	RUN(a_thousand_readers_make_one_request);
	RUN(each_name_is_asked_for_by_itself);
	RUN(the_value_came_with_the_name);
	RUN(an_old_name_is_asked_for_anew);
	RUN(a_version_that_is_not_held_is_asked_for);
	RUN(versions_are_asked_for_side_by_side);
	RUN(what_a_version_carries_came_with_the_name);
	RUN(that_of_another_version_is_asked_for);
	RUN(a_miss_is_kept_for_the_negative_ttl);
	RUN(with_a_ttl_of_0_each_reader_asks);
	RUN(values_are_limited_in_number);
	RUN(values_are_limited_in_bytes);
	RUN(nothing_need_be_held);
	RUN(evicting_forgets_all_values);
	RUN(a_full_heap_makes_room_for_the_next);
	RUN(all_is_wiped_in_the_end);
	return check_report();
}
