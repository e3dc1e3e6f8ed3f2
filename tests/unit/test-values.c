/* SPDX-License-Identifier: MIT */

/* Values by version: found again, evicted oldest first, wiped when let go. */

#include "base/secret.h"
#include "cache/values.h"
#include "tests/unit/check.h"

enum { HEAP_SIZE = 1 << 20, MANY = 100 };

static Values *values;

static ObjectKey key_of(const char *name)
{
	ObjectKey key;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		abort();
	return key;
}

static Secret *make(const char *text)
{
	Secret *secret = NULL;

	if (secret_new(&secret, text, strlen(text)) != 0)
		abort();
	return secret;
}

/* The caller's own reference is given back at once. */
static int put(const char *name, const char *version, const char *text)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = make(text);
	ObjectKey key = key_of(name);

	return values_put(values, &key, version, secret);
}

static const char *get(const char *name, const char *version)
{
	static char text[256];
	ObjectKey key = key_of(name);
	AKV_CLEANUP(secret_unrefp)
	Secret *secret = values_get(values, &key, version);

	if (!secret)
		return "none";
	(void)snprintf(text, sizeof(text), "%s",
		       (const char *)secret_bytes(secret));
	return text;
}

static size_t block_of(const char *text)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = make(text);

	return secret_block_size(secret);
}

static void begin(size_t values_max, size_t bytes_max)
{
	values = values_free(values);
	if (secret_heap_used() != 0 ||
	    values_new(&values, values_max, bytes_max) != 0)
		abort();
}

static void a_value_is_found_by_object_and_version(void)
{
	begin(MANY, HEAP_SIZE);
	CHECK_STR(get("a", "1"), "none");
	CHECK_OK(put("a", "1", "first"));
	CHECK_OK(put("a", "2", "second"));
	CHECK_OK(put("b", "1", "other"));
	CHECK_STR(get("a", "1"), "first");
	CHECK_STR(get("a", "2"), "second");
	CHECK_STR(get("b", "1"), "other");
	CHECK_STR(get("b", "2"), "none");
	CHECK_STR(get("A", "1"), "first");
	CHECK_EQ(values_count(values), 3);
	CHECK_EQ(values_bytes(values), secret_heap_used());
}

static void one_held_again_is_replaced(void)
{
	begin(MANY, HEAP_SIZE);
	CHECK_OK(put("a", "1", "text"));
	CHECK_OK(put("a", "1", "text"));
	CHECK_EQ(values_count(values), 1);
	CHECK_EQ(values_bytes(values), block_of("text"));
	CHECK_EQ(values_evicted(values), 0);
	CHECK_STR(get("a", "1"), "text");
}

/* The very object that is held, by one who has no other reference. */
static void one_may_be_put_from_the_table_itself(void)
{
	ObjectKey key = key_of("a");
	Secret *secret;

	begin(MANY, HEAP_SIZE);
	CHECK_OK(put("a", "1", "text"));
	secret = values_get(values, &key, "1");
	CHECK(secret);
	CHECK_OK(values_put(values, &key, "1", secret));
	(void)secret_unref(secret);
	CHECK_STR(get("a", "1"), "text");
	CHECK_EQ(values_count(values), 1);
}

static void the_longest_unused_goes_first(void)
{
	begin(3, HEAP_SIZE);
	CHECK_OK(put("a", "1", "a"));
	CHECK_OK(put("b", "1", "b"));
	CHECK_OK(put("c", "1", "c"));
	CHECK_STR(get("a", "1"), "a");
	CHECK_OK(put("d", "1", "d"));
	CHECK_STR(get("b", "1"), "none");
	CHECK_OK(put("e", "1", "e"));
	CHECK_STR(get("c", "1"), "none");
	CHECK_STR(get("a", "1"), "a");
	CHECK_STR(get("d", "1"), "d");
	CHECK_STR(get("e", "1"), "e");
	CHECK_EQ(values_count(values), 3);
	CHECK_EQ(values_evicted(values), 2);
}

static void all_places_of_the_order_can_be_touched(void)
{
	begin(3, HEAP_SIZE);
	CHECK_OK(put("a", "1", "a"));
	CHECK_OK(put("b", "1", "b"));
	CHECK_OK(put("c", "1", "c"));
	/* The newest, the middle, the oldest. */
	CHECK_STR(get("c", "1"), "c");
	CHECK_STR(get("b", "1"), "b");
	CHECK_STR(get("a", "1"), "a");
	values_shrink(values, 2);
	CHECK_STR(get("c", "1"), "none");
	values_shrink(values, 1);
	CHECK_STR(get("b", "1"), "none");
	CHECK_STR(get("a", "1"), "a");
	values_shrink(values, 1);
	CHECK_EQ(values_count(values), 1);
}

static void bytes_are_limited_too(void)
{
	size_t small = block_of("x");
	char large[200];

	memset(large, 'l', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	CHECK(block_of(large) > 2 * small);
	begin(MANY, 2 * small + block_of(large));
	CHECK_OK(put("a", "1", "x"));
	CHECK_OK(put("b", "1", "x"));
	CHECK_OK(put("c", "1", large));
	CHECK_EQ(values_count(values), 3);
	CHECK_OK(put("d", "1", "x"));
	CHECK_STR(get("a", "1"), "none");
	/* Two small ones have to go, and the large one with them. */
	CHECK_OK(put("e", "1", large));
	CHECK_STR(get("b", "1"), "none");
	CHECK_STR(get("c", "1"), "none");
	CHECK_STR(get("d", "1"), "x");
	CHECK_EQ(values_bytes(values), small + block_of(large));
	CHECK_EQ(values_evicted(values), 3);
}

static void one_that_is_too_large_is_not_held(void)
{
	begin(MANY, block_of("x"));
	CHECK_OK(put("a", "1", "x"));
	CHECK_OK(put("b", "1",
		     "a text that takes more of the heap than a single byte "
		     "does, and so more than all that may be held"));
	CHECK_STR(get("b", "1"), "none");
	CHECK_STR(get("a", "1"), "x");
	CHECK_EQ(values_evicted(values), 0);
	begin(0, HEAP_SIZE);
	CHECK_OK(put("a", "1", "x"));
	CHECK_EQ(values_count(values), 0);
}

static void what_is_let_go_is_wiped(void)
{
	static const char text[] = "UNMISTAKABLE-CONTENT-OF-A-SECRET";
	Secret *held, *reader;
	ObjectKey key = key_of("a");
	const char *bytes;

	begin(MANY, HEAP_SIZE);
	held = make(text);
	bytes = secret_bytes(held);
	CHECK_OK(values_put(values, &key, "1", held));
	reader = values_get(values, &key, "1");
	(void)secret_unref(held);
	values_shrink(values, 0);
	/* A reply still uses it. */
	CHECK_STR(secret_bytes(reader), text);
	CHECK(secret_heap_used() > 0);
	(void)secret_unref(reader);
	CHECK_EQ(secret_heap_used(), 0);
	/* The heap is one mapping: its memory is still there to look at. */
	for (size_t i = 0; i + 8 <= sizeof(text); i++)
		CHECK(memcmp(bytes, text + i, 8) != 0);
}

static void many_are_held_and_let_go(void)
{
	char name[16];

	begin(MANY, HEAP_SIZE);
	for (int i = 0; i < 10 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i * 7 % 250);
		CHECK_OK(put(name, "1", name));
		CHECK_STR(get(name, "1"), name);
		CHECK(values_count(values) <= MANY);
	}
	CHECK_EQ(values_count(values), MANY);
	CHECK_EQ(values_bytes(values), secret_heap_used());
	values = values_free(values);
	CHECK_EQ(secret_heap_used(), 0);
	CHECK(values_free(NULL) == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, HEAP_SIZE) < 0)
		return 1;
	RUN(a_value_is_found_by_object_and_version);
	RUN(one_held_again_is_replaced);
	RUN(one_may_be_put_from_the_table_itself);
	RUN(the_longest_unused_goes_first);
	RUN(all_places_of_the_order_can_be_touched);
	RUN(bytes_are_limited_too);
	RUN(one_that_is_too_large_is_not_held);
	RUN(what_is_let_go_is_wiped);
	RUN(many_are_held_and_let_go);
	return check_report();
}
