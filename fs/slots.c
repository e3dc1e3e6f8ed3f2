/* SPDX-License-Identifier: MIT */

/*
 * A bitmap says which slots are kept; chains by the request's unique number
 * find one when its reply goes out. Used by channel.c.
 */

#include "fs/slots.h"

#include <linux/fuse.h>

enum {
	SLOTS_WORDS = SLOTS_MAX / 64,
	SLOTS_CHAINS = 1024,
};

struct Slots {
	unsigned char *memory;
	uint32_t *high;
	uint64_t kept[SLOTS_WORDS];
	uint16_t chains[SLOTS_CHAINS]; /* first slot of each, or SLOT_NONE */
	uint16_t next[SLOTS_MAX];
	unsigned n;
};

static struct fuse_in_header *slot_header(const Slots *slots, unsigned slot)
{
	return (struct fuse_in_header *)(void *)(slots->memory +
						 (size_t)slot * SLOT_SIZE);
}

/* Consecutive requests differ by 2 (FUSE_REQ_ID_STEP). */
static uint16_t *slot_chain(Slots *slots, uint64_t unique)
{
	return &slots->chains[(unique >> 1) % SLOTS_CHAINS];
}

int slots_new(Slots **ret, void *memory, uint32_t *high)
{
	Slots *slots = calloc(1, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	slots->memory = memory;
	slots->high = high;
	for (unsigned i = 0; i < SLOTS_CHAINS; i++)
		slots->chains[i] = SLOT_NONE;
	for (unsigned slot = 0; slot < AKV_MIN(*high, SLOTS_MAX); slot++) {
		const struct fuse_in_header *header = slot_header(slots, slot);

		if (header->len >= sizeof(*header) && header->len <= SLOT_SIZE)
			slots_keep(slots, slot);
	}
	*ret = slots;
	return 0;
}

Slots *slots_free(Slots *slots)
{
	free(slots);
	return NULL;
}

unsigned slots_free_one(Slots *slots)
{
	for (unsigned word = 0; word < SLOTS_WORDS; word++) {
		unsigned slot;

		if (slots->kept[word] == UINT64_MAX)
			continue;
		slot = word * 64 +
		       (unsigned)__builtin_ctzll(~slots->kept[word]);
		slot_header(slots, slot)->len = 0;
		*slots->high = AKV_MAX(*slots->high, slot + 1);
		return slot;
	}
	return SLOT_NONE;
}

void *slots_memory(Slots *slots, unsigned slot)
{
	return slot_header(slots, slot);
}

void slots_keep(Slots *slots, unsigned slot)
{
	uint16_t *chain = slot_chain(slots, slot_header(slots, slot)->unique);

	slots->next[slot] = *chain;
	*chain = (uint16_t)slot;
	slots->kept[slot / 64] |= UINT64_C(1) << (slot % 64);
	slots->n++;
}

static void slot_wipe(Slots *slots, unsigned slot)
{
	struct fuse_in_header *header = slot_header(slots, slot);
	size_t n = AKV_MIN((size_t)header->len, (size_t)SLOT_SIZE);

	/* The length first: from here on there is no request. */
	__atomic_store_n(&header->len, 0, __ATOMIC_SEQ_CST);
	explicit_bzero(header, n);
}

void slots_release(Slots *slots, unsigned slot)
{
	uint16_t *link = slot_chain(slots, slot_header(slots, slot)->unique);

	while (*link != slot) {
		if (*link == SLOT_NONE)
			return;
		link = &slots->next[*link];
	}
	*link = slots->next[slot];
	slots->kept[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	slots->n--;
	slot_wipe(slots, slot);
}

void slots_release_unique(Slots *slots, uint64_t unique)
{
	unsigned slot = *slot_chain(slots, unique);

	while (slot != SLOT_NONE && slot_header(slots, slot)->unique != unique)
		slot = slots->next[slot];
	if (slot != SLOT_NONE)
		slots_release(slots, slot);
}

unsigned slots_kept(const Slots *slots, unsigned slot)
{
	for (; slot < SLOTS_MAX; slot++) {
		if (slots->kept[slot / 64] >> (slot % 64) & 1)
			return slot;
	}
	return SLOT_NONE;
}

unsigned slots_count(const Slots *slots)
{
	return slots->n;
}
