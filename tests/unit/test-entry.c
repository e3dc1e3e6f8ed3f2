/* SPDX-License-Identifier: MIT */

/* The table of objects: found by key, ordered by use, room made by the idle. */

#include "cache/entry.h"
#include "tests/unit/check.h"

enum { MANY = 500 };

static Entries *entries;
static int under_way; /* its address stands for a call */

static void begin(size_t entries_max)
{
	entries = entries_free(entries);
	if (entries_new(&entries, entries_max) != 0)
		abort();
}

static ObjectKey key_of(const char *name)
{
	ObjectKey key;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		abort();
	return key;
}

static Entry *get(const char *name, const char *wanted)
{
	ObjectKey key = key_of(name);

	return entries_get(entries, &key, wanted);
}

static Entry *make(const char *name, const char *wanted)
{
	ObjectKey key = key_of(name);
	Entry *entry = NULL;

	if (entries_make(entries, &entry, &key, wanted) != 0)
		return NULL;
	return entry;
}

/* All names, most recently used first. */
static const char *order(void)
{
	static char text[256];

	text[0] = '\0';
	for (const Entry *e = entries_first(entries); e; e = entries_after(e))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "%s", e->key.name);
	return text;
}

static void an_entry_is_made_once(void)
{
	Entry *a, *version;

	begin(MANY);
	CHECK(get("a", "") == NULL);
	a = make("a", "");
	CHECK(a);
	CHECK_STR(a->key.name, "a");
	CHECK(!a->freshness.known && !a->call && a->waits.n == 0);
	CHECK(make("a", "") == a);
	CHECK(make("A", "") == a);
	CHECK(get("a", "") == a);
	/* One of its versions is another entry. */
	CHECK(get("a", "0123456789abcdef0123456789abcdef") == NULL);
	version = make("a", "0123456789abcdef0123456789abcdef");
	CHECK(version && version != a);
	CHECK_STR(version->wanted, "0123456789abcdef0123456789abcdef");
	CHECK(get("a", "") == a);
	CHECK_EQ(entries_count(entries), 2);
	entries_drop(entries, a);
	CHECK(get("a", "") == NULL);
	CHECK(get("a", "0123456789abcdef0123456789abcdef") == version);
}

static void use_orders_them(void)
{
	begin(MANY);
	CHECK(entries_first(entries) == NULL);
	CHECK(make("a", "") && make("b", "") && make("c", ""));
	CHECK_STR(order(), "cba");
	CHECK(get("a", ""));
	CHECK_STR(order(), "acb");
	CHECK(make("c", ""));
	CHECK_STR(order(), "cab");
	CHECK(get("c", ""));
	CHECK_STR(order(), "cab");
	entries_drop(entries, get("a", ""));
	CHECK_STR(order(), "cb");
	entries_drop(entries, get("c", ""));
	entries_drop(entries, get("b", ""));
	CHECK_STR(order(), "");
	CHECK_EQ(entries_count(entries), 0);
}

static void the_longest_unused_makes_room(void)
{
	begin(3);
	CHECK(make("a", "") && make("b", "") && make("c", ""));
	CHECK(get("a", ""));
	CHECK(make("d", ""));
	CHECK_STR(order(), "dac");
	CHECK(make("e", ""));
	CHECK_STR(order(), "eda");
	CHECK_EQ(entries_count(entries), 3);
}

static void those_in_use_stay(void)
{
	Entry *a, *b, *c;

	begin(3);
	a = make("a", "");
	b = make("b", "");
	c = make("c", "");
	CHECK(a && b && c);
	a->call = (VaultCall *)(void *)&under_way;
	b->waits.n = 1;
	CHECK(make("d", ""));
	CHECK_STR(order(), "dba");
	get("d", "")->waits.n = 1;
	CHECK(make("e", "") == NULL);
	CHECK_STR(order(), "dba");
	/* That there is no room does not keep anybody from what is there. */
	CHECK(make("a", "") == a);
	a->call = NULL;
	CHECK(make("e", ""));
	CHECK_STR(order(), "edb");
	get("b", "")->waits.n = 0;
	get("d", "")->waits.n = 0;
}

static void many_come_and_go(void)
{
	char name[16];

	begin(MANY);
	for (unsigned i = 0; i < 5 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i * 7 % 1200);
		CHECK(make(name, ""));
		CHECK(entries_count(entries) <= MANY);
		CHECK_STR(entries_first(entries)->key.name, name);
	}
	CHECK_EQ(entries_count(entries), MANY);
	entries = entries_free(entries);
	CHECK(entries_free(NULL) == NULL);
}

int main(void)
{
	RUN(an_entry_is_made_once);
	RUN(use_orders_them);
	RUN(the_longest_unused_makes_room);
	RUN(those_in_use_stay);
	RUN(many_come_and_go);
	entries = entries_free(entries);
	return check_report();
}
