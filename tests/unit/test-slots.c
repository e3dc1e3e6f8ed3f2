/* SPDX-License-Identifier: MIT */

/* Requests taken and not answered: found again by the next worker. */

#include <linux/fuse.h>

#include "fs/slots.h"
#include "tests/unit/check.h"

static unsigned char *memory; /* as the launcher keeps it */
static uint32_t high;
static Slots *slots;

static void begin(void)
{
	slots = slots_free(slots);
	free(memory);
	memory = calloc(1, SLOTS_MEMORY_SIZE);
	high = 0;
	if (!memory || slots_new(&slots, memory, &high) != 0)
		abort();
}

/* As when a worker dies and another one takes the memory over. */
static void restart(void)
{
	slots = slots_free(slots);
	if (slots_new(&slots, memory, &high) != 0)
		abort();
}

/* Read a request of @n bytes into the next free slot, but do not keep it. */
static unsigned take(uint64_t unique, size_t n)
{
	unsigned slot = slots_free_one(slots);
	struct fuse_in_header header = {.len = (uint32_t)n, .unique = unique};

	if (slot == SLOT_NONE)
		return slot;
	memset(slots_memory(slots, slot), 'S', n);
	memcpy(slots_memory(slots, slot), &header, sizeof(header));
	return slot;
}

static unsigned keep(uint64_t unique)
{
	unsigned slot = take(unique, 100);

	if (slot != SLOT_NONE)
		slots_keep(slots, slot);
	return slot;
}

static uint64_t unique_of(unsigned slot)
{
	return ((const struct fuse_in_header *)slots_memory(slots, slot))
		->unique;
}

static bool is_wiped(unsigned slot)
{
	const unsigned char *p = slots_memory(slots, slot);

	for (size_t i = 0; i < SLOT_SIZE; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

static void all_are_free_at_first(void)
{
	begin();
	CHECK_EQ(slots_count(slots), 0);
	CHECK_EQ(slots_kept(slots, 0), SLOT_NONE);
	CHECK_EQ(slots_free_one(slots), 0);
	/* Until it is kept it is the next one still. */
	CHECK_EQ(slots_free_one(slots), 0);
	CHECK(slots_memory(slots, 0) == memory);
	CHECK(slots_memory(slots, 3) == memory + 3 * (size_t)SLOT_SIZE);
	CHECK_EQ(high, 1);
}

static void the_lowest_free_one_is_next(void)
{
	begin();
	for (unsigned i = 0; i < 100; i++)
		CHECK_EQ(keep(2 * i + 2), i);
	CHECK_EQ(slots_count(slots), 100);
	slots_release(slots, 70);
	slots_release(slots, 7);
	CHECK_EQ(keep(1000), 7);
	CHECK_EQ(keep(1002), 70);
	CHECK_EQ(keep(1004), 100);
	CHECK_EQ(high, 101);
}

static void a_free_one_is_marked_as_empty(void)
{
	const struct fuse_in_header *header;
	unsigned slot;

	begin();
	slot = take(2, 100);
	/* A worker that dies now had read it; one that reads anew had not. */
	header = slots_memory(slots, slot);
	CHECK_EQ(header->len, 100);
	CHECK_EQ(slots_free_one(slots), slot);
	CHECK_EQ(header->len, 0);
}

static void an_answered_one_is_wiped(void)
{
	begin();
	CHECK_EQ(keep(2), 0);
	slots_release(slots, 0);
	CHECK_EQ(slots_count(slots), 0);
	CHECK(is_wiped(0));
	CHECK_EQ(take(4, SLOT_SIZE), 0);
	slots_keep(slots, 0);
	slots_release_unique(slots, 4);
	CHECK(is_wiped(0));
	/* Once more does no harm. */
	slots_release(slots, 0);
	slots_release_unique(slots, 4);
	CHECK_EQ(slots_count(slots), 0);
}

static void a_reply_finds_its_slot(void)
{
	enum { N = 3000 }; /* more than there are chains */

	begin();
	for (uint64_t i = 0; i < N; i++)
		CHECK_EQ(keep(2 * i + 2), i);
	/* The first, a middle and the last one of a chain. */
	for (uint64_t i = 0; i < N; i += 7) {
		slots_release_unique(slots, 2 * i + 2);
		CHECK(is_wiped((unsigned)i));
	}
	slots_release_unique(slots, 2);
	slots_release_unique(slots, 2 * (N + 7));
	CHECK_EQ(slots_count(slots), N - (N + 6) / 7);
	for (unsigned i = 0; i < N; i++) {
		if (i % 7 != 0)
			CHECK_EQ(unique_of(i), 2 * (uint64_t)i + 2);
	}
	for (uint64_t i = N; i-- > 0;)
		slots_release_unique(slots, 2 * i + 2);
	CHECK_EQ(slots_count(slots), 0);
	CHECK_EQ(slots_kept(slots, 0), SLOT_NONE);
}

static void the_kept_ones_can_be_gone_over(void)
{
	begin();
	for (uint64_t i = 0; i < 130; i++)
		CHECK_EQ(keep(i + 1), i);
	for (unsigned i = 0; i < 130; i++) {
		if (i != 1 && i != 63 && i != 64 && i != 129)
			slots_release(slots, i);
	}
	CHECK_EQ(slots_kept(slots, 0), 1);
	CHECK_EQ(slots_kept(slots, 1), 1);
	CHECK_EQ(slots_kept(slots, 2), 63);
	CHECK_EQ(slots_kept(slots, 64), 64);
	CHECK_EQ(slots_kept(slots, 65), 129);
	CHECK_EQ(slots_kept(slots, 130), SLOT_NONE);
	CHECK_EQ(slots_kept(slots, SLOT_NONE), SLOT_NONE);
}

static void the_next_worker_finds_them(void)
{
	begin();
	for (uint64_t i = 0; i < 10; i++)
		CHECK_EQ(keep(2 * i + 2), i);
	slots_release_unique(slots, 8);
	slots_release_unique(slots, 20);
	/* This one was read into its slot, and not yet looked at. */
	CHECK_EQ(take(100, 200), 3);
	restart();
	CHECK_EQ(slots_count(slots), 9);
	CHECK_EQ(slots_kept(slots, 0), 0);
	CHECK_EQ(slots_kept(slots, 3), 3);
	CHECK_EQ(unique_of(3), 100);
	CHECK_EQ(slots_kept(slots, 9), SLOT_NONE);
	CHECK_EQ(slots_free_one(slots), 9);
	slots_release_unique(slots, 100);
	slots_release_unique(slots, 2);
	CHECK(is_wiped(3));
	restart();
	CHECK_EQ(slots_count(slots), 7);
	CHECK_EQ(slots_kept(slots, 0), 1);
}

static void what_cannot_be_a_request_is_not_kept(void)
{
	begin();
	CHECK_EQ(keep(2), 0);
	CHECK_EQ(keep(4), 1);
	CHECK_EQ(keep(6), 2);
	((struct fuse_in_header *)slots_memory(slots, 0))->len = 39;
	((struct fuse_in_header *)slots_memory(slots, 1))->len = SLOT_SIZE + 1;
	restart();
	CHECK_EQ(slots_count(slots), 1);
	CHECK_EQ(slots_kept(slots, 0), 2);
}

/* Those above were never used: their memory is not touched. */
static void only_those_ever_used_are_looked_at(void)
{
	struct fuse_in_header header = {.len = 100, .unique = 2};

	begin();
	CHECK_EQ(keep(4), 0);
	memcpy(memory + (size_t)5 * SLOT_SIZE, &header, sizeof(header));
	restart();
	CHECK_EQ(slots_count(slots), 1);
	/* A number that cannot be is cut. */
	high = UINT32_MAX;
	restart();
	CHECK_EQ(slots_count(slots), 2);
}

static void all_may_be_taken(void)
{
	begin();
	for (uint64_t i = 0; i < SLOTS_MAX; i++)
		CHECK_EQ(keep(2 * i + 2), i);
	CHECK_EQ(slots_free_one(slots), SLOT_NONE);
	CHECK_EQ(slots_count(slots), SLOTS_MAX);
	CHECK_EQ(high, SLOTS_MAX);
	restart();
	CHECK_EQ(slots_count(slots), SLOTS_MAX);
	CHECK_EQ(slots_free_one(slots), SLOT_NONE);
	slots_release_unique(slots, 2 * SLOTS_MAX);
	CHECK_EQ(slots_free_one(slots), SLOTS_MAX - 1);
	CHECK(slots_free(NULL) == NULL);
}

int main(void)
{
	RUN(all_are_free_at_first);
	RUN(the_lowest_free_one_is_next);
	RUN(a_free_one_is_marked_as_empty);
	RUN(an_answered_one_is_wiped);
	RUN(a_reply_finds_its_slot);
	RUN(the_kept_ones_can_be_gone_over);
	RUN(the_next_worker_finds_them);
	RUN(what_cannot_be_a_request_is_not_kept);
	RUN(only_those_ever_used_are_looked_at);
	RUN(all_may_be_taken);
	slots = slots_free(slots);
	free(memory);
	return check_report();
}
