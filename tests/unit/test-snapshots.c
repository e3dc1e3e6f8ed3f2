/* SPDX-License-Identifier: MIT */

/* Files that are made when they are looked up, under numbers of their own. */

#include "fs/nodes.h"
#include "fs/snapshots.h"
#include "tests/unit/check.h"

static Snapshots *snapshots;

static void begin(void)
{
	snapshots = snapshots_free(snapshots);
	if (snapshots_new(&snapshots) != 0)
		abort();
}

static uint64_t add(const char *text)
{
	AKV_BUF Buf buf = BUF_INIT(SNAPSHOT_SIZE_MAX);
	uint64_t ino = 0;

	if (buf_append_string(&buf, text) != 0 ||
	    snapshots_add(snapshots, &ino, &buf) != 0)
		abort();
	return ino;
}

static const char *text_of(uint64_t ino)
{
	const Buf *buf = snapshots_get(snapshots, ino);

	return buf ? buf->p : "none";
}

static void each_has_a_number_and_its_bytes(void)
{
	uint64_t first, second;

	begin();
	first = add("{\"n\": 1}\n");
	second = add("");
	CHECK(first != second);
	CHECK_STR(text_of(first), "{\"n\": 1}\n");
	CHECK_EQ(snapshots_get(snapshots, first)->n, 9);
	CHECK_EQ(snapshots_get(snapshots, second)->n, 0);
	/* What comes later does not change them. */
	(void)add("{\"n\": 2}\n");
	CHECK_STR(text_of(first), "{\"n\": 1}\n");
}

static void numbers_are_those_of_no_other_file(void)
{
	NodeKey key = {.place = {.kind = PLACE_VALUE}};

	begin();
	CHECK(snapshot_is(add("x")));
	CHECK(!snapshot_is(NODE_ROOT));
	CHECK_OK(object_key_init(&key.place.key, COLLECTION_SECRETS, "db", 2));
	CHECK(!snapshot_is(node_number(&key)));
	CHECK_STR(text_of(0), "none");
	CHECK_STR(text_of(NODE_ROOT), "none");
	CHECK_STR(text_of(UINT64_MAX), "none");
}

static void a_forgotten_one_is_gone(void)
{
	uint64_t first, second;

	begin();
	first = add("first");
	second = add("second");
	snapshots_forget(snapshots, first);
	snapshots_forget(snapshots, first);
	snapshots_forget(snapshots, NODE_ROOT);
	CHECK_STR(text_of(first), "none");
	CHECK_STR(text_of(second), "second");
	/* Its number is not given again. */
	CHECK(add("third") != first);
	CHECK_STR(text_of(first), "none");
}

static void the_oldest_makes_room(void)
{
	uint64_t numbers[SNAPSHOTS_MAX + 1];
	char text[16];

	begin();
	for (size_t i = 0; i < SNAPSHOTS_MAX; i++) {
		(void)snprintf(text, sizeof(text), "%zu", i);
		numbers[i] = add(text);
	}
	CHECK_STR(text_of(numbers[0]), "0");
	numbers[SNAPSHOTS_MAX] = add("last");
	CHECK_STR(text_of(numbers[0]), "none");
	CHECK_STR(text_of(numbers[1]), "1");
	CHECK_STR(text_of(numbers[SNAPSHOTS_MAX]), "last");
	for (size_t i = 0; i < SNAPSHOTS_MAX; i++)
		CHECK(numbers[i] != numbers[i + 1]);
	/* To forget the one that went does not touch the one in its place. */
	snapshots_forget(snapshots, numbers[0]);
	CHECK_STR(text_of(numbers[SNAPSHOTS_MAX]), "last");
}

static void one_that_is_too_large_is_refused(void)
{
	AKV_BUF Buf buf = BUF_INIT(2 * SNAPSHOT_SIZE_MAX);
	uint64_t oldest, ino = 7;

	begin();
	oldest = add("oldest");
	for (size_t i = 2; i < SNAPSHOTS_MAX; i++)
		(void)add("x");
	while (buf.n < SNAPSHOT_SIZE_MAX)
		CHECK_OK(buf_append_char(&buf, 'x'));
	CHECK_OK(snapshots_add(snapshots, &ino, &buf));
	CHECK_EQ(snapshots_get(snapshots, ino)->n, SNAPSHOT_SIZE_MAX);
	CHECK_OK(buf_append_char(&buf, 'x'));
	ino = 7;
	CHECK_EQ(snapshots_add(snapshots, &ino, &buf), -EMSGSIZE);
	CHECK_EQ(ino, 7);
	/* It made room all the same, and is not an empty file now. */
	CHECK_STR(text_of(oldest), "none");
	CHECK(snapshots_free(NULL) == NULL);
}

int main(void)
{
	RUN(each_has_a_number_and_its_bytes);
	RUN(numbers_are_those_of_no_other_file);
	RUN(a_forgotten_one_is_gone);
	RUN(the_oldest_makes_room);
	RUN(one_that_is_too_large_is_refused);
	snapshots = snapshots_free(snapshots);
	return check_report();
}
