/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * slots - the requests that the worker has taken and not answered
 *
 * The kernel's requests are read straight into slots of memory that the
 * launcher keeps. A slot whose header has a length holds a request; the length
 * is zeroed before the read and after the reply. So when a worker dies, the
 * next one finds every request it had taken, and answers it. A reply to a
 * request that had been answered gets ENOENT from the kernel and does no harm.
 */

#include "base/std.h"

typedef struct Slots Slots;

enum {
	/* What the kernel demands: FUSE_MIN_READ_BUFFER. */
	SLOT_SIZE = 8192,
	/* When all are taken, further requests wait in the kernel. */
	SLOTS_MAX = 4096,
	SLOT_NONE = SLOTS_MAX,
};

enum { SLOTS_MEMORY_SIZE = SLOT_SIZE * SLOTS_MAX };

/*
 * @memory: SLOTS_MEMORY_SIZE bytes, and @high, the number of slots ever used,
 * which spares touching the others: both zeroed or a dead worker's; borrowed.
 */
AKV_MUST_CHECK int slots_new(Slots **ret, void *memory, uint32_t *high);
Slots *slots_free(Slots *slots);
AKV_DEFINE_CLEANUP(Slots *, slots_free);

/*
 * The lowest free slot, to read a request into, marked as empty; SLOT_NONE if
 * there is none. It stays free until slots_keep().
 */
unsigned slots_free_one(Slots *slots);
void *slots_memory(Slots *slots, unsigned slot);

/* The slot now holds a request. */
void slots_keep(Slots *slots, unsigned slot);

/* It is answered, or needs no answer: wiped, and free again. */
void slots_release(Slots *slots, unsigned slot);
void slots_release_unique(Slots *slots, uint64_t unique);

/* The first kept slot from @slot on, or SLOT_NONE. */
unsigned slots_kept(const Slots *slots, unsigned slot);
unsigned slots_count(const Slots *slots);
