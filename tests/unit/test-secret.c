/* SPDX-License-Identifier: MIT */

/* Secrets: counted, bounded, compared whole, and wiped when they go. */

#include "base/secret.h"
#include "tests/unit/check.h"

enum { HEAP_SIZE = 1024 * 1024 };

/* Without its heap, OpenSSL would hand out ordinary memory. */
static void nothing_without_a_heap(void)
{
	Secret *secret = NULL;

	CHECK_EQ(secret_new(&secret, "x", 1), -ENOMEM);
	CHECK_EQ(secret_new_blank(&secret, 1), -ENOMEM);
	CHECK(!secret);
}

static void heap_has_a_size(void)
{
	size_t size = 0;
	int r = secret_heap_init(&size, HEAP_SIZE);

	CHECK(r == 0 || r == SECRET_E_UNLOCKED);
	CHECK(size > 0 && size <= HEAP_SIZE);
	CHECK((size & (size - 1)) == 0);
	CHECK_EQ(secret_heap_used(), 0);
}

static void holds_a_copy_and_a_nul(void)
{
	char bytes[] = "a\0b";
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *empty = NULL;

	CHECK_OK(secret_new(&secret, bytes, 3));
	bytes[0] = 'x';
	CHECK_EQ(secret_size(secret), 3);
	CHECK(memcmp(secret_bytes(secret), "a\0b\0", 4) == 0);
	CHECK(secret_heap_used() > 0);

	CHECK_OK(secret_new(&empty, NULL, 0));
	CHECK_EQ(secret_size(empty), 0);
	CHECK_STR(secret_bytes(empty), "");
}

static void references_are_counted(void)
{
	Secret *secret = NULL;
	size_t before = secret_heap_used();

	CHECK_OK(secret_new(&secret, "abc", 3));
	CHECK(secret_ref(secret) == secret);
	CHECK(!secret_unref(secret));
	CHECK_STR(secret_bytes(secret), "abc");
	CHECK(secret_heap_used() > before);
	CHECK(!secret_unref(secret));
	CHECK_EQ(secret_heap_used(), before);
	CHECK(!secret_ref(NULL));
	CHECK(!secret_unref(NULL));
}

static void blank_is_filled_and_shortened(void)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	const char *bytes;

	CHECK_OK(secret_new_blank(&secret, 8));
	bytes = secret_bytes(secret);
	for (size_t i = 0; i <= 8; i++)
		CHECK_EQ(bytes[i], 0);
	memcpy(secret_fill(secret), "abcdefgh", 8);
	secret_shorten(secret, 8);
	CHECK_STR(bytes, "abcdefgh");
	secret_shorten(secret, 3);
	CHECK_EQ(secret_size(secret), 3);
	for (size_t i = 3; i <= 8; i++)
		CHECK_EQ(bytes[i], 0);
	secret_shorten(secret, 0);
	CHECK_STR(bytes, "");
}

static void sizes_are_limited(void)
{
	Secret *secret = NULL;
	Secret *held[64] = {NULL};
	size_t before = secret_heap_used(), n = 0;
	int r = 0;

	CHECK_EQ(secret_new_blank(&secret, SECRET_SIZE_MAX + 1), -EMSGSIZE);
	CHECK_EQ(secret_new(&secret, "", SIZE_MAX), -EMSGSIZE);
	CHECK(!secret);
	/* The heap is smaller than all of these together. */
	while (n < AKV_ARRAY_LEN(held) && r == 0) {
		r = secret_new_blank(&held[n], 50000);
		n += r == 0;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(held); i++)
		held[i] = secret_unref(held[i]);
	CHECK_EQ(r, -ENOMEM);
	CHECK(n > 0);
	CHECK_EQ(secret_heap_used(), before);
}

static void equality_is_of_all_bytes(void)
{
	static const struct {
		const char *a, *b;
		size_t a_n, b_n;
		bool equal;
	} rows[] = {
		{"abc", "abc", 3, 3, true},    {"abc", "abd", 3, 3, false},
		{"abc", "xbc", 3, 3, false},   {"abc", "ab", 3, 2, false},
		{"a\0b", "a\0c", 3, 3, false}, {"", "", 0, 0, true},
		{"a", "a\0", 1, 2, false},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_CLEANUP(secret_unrefp) Secret *a = NULL;
		AKV_CLEANUP(secret_unrefp) Secret *b = NULL;

		CHECK_OK(secret_new(&a, rows[i].a, rows[i].a_n));
		CHECK_OK(secret_new(&b, rows[i].b, rows[i].b_n));
		CHECK_EQ(secret_equal(a, b), rows[i].equal);
		CHECK(secret_equal(a, a));
	}
}

/* The secure heap stays mapped, so that a look behind is possible. */
static void freed_memory_holds_nothing(void)
{
	static const char content[] = "UNMISTAKABLE-CONTENT-OF-A-SECRET";
	Secret *secret = NULL;
	const char *place;
	bool found = false;

	CHECK_OK(secret_new(&secret, content, sizeof(content)));
	place = secret_bytes(secret);
	CHECK(memcmp(place, content, sizeof(content)) == 0);
	secret = secret_unref(secret);
	for (size_t i = 0; i + 12 <= sizeof(content); i++)
		found = found || memcmp(place + i, content + i, 12) == 0;
	CHECK(!found);
}

int main(void)
{
	RUN(nothing_without_a_heap);
	RUN(heap_has_a_size);
	RUN(holds_a_copy_and_a_nul);
	RUN(references_are_counted);
	RUN(blank_is_filled_and_shortened);
	RUN(sizes_are_limited);
	RUN(equality_is_of_all_bytes);
	RUN(freed_memory_holds_nothing);
	return check_report();
}
