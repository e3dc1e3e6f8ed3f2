/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * state - the memory that outlives a worker
 *
 * The launcher makes it and keeps it; each worker maps it. It holds the
 * kernel's INIT message, the requests that were taken and not answered, the
 * names and inodes, counters, and the sealed secrets to sign in with: no
 * values. The launcher itself only touches what it fills.
 */

#include "base/sealed.h"
#include "base/std.h"
#include "fs/nodes.h"
#include "fs/slots.h"

enum {
	STATE_INIT_MAX = SLOT_SIZE,
	/* Some 200,000 names; what is not used takes no memory. */
	STATE_NAMES_SIZE = 32 * 1024 * 1024,
};
#define STATE_NODES_SIZE (NODES_MAX * sizeof(Node))

/* What the worker counts for status, over all workers of this mount. */
typedef struct StateCounters {
	uint64_t workers;      /* started so far */
	uint64_t requests[64]; /* of the kernel, by opcode */
	uint64_t resumed; /* taken by a dead worker, answered by its heir */
} StateCounters;

/* Secrets that are kept for the life of the mount, each sealed. */
enum state_secret {
	STATE_CLIENT_SECRET,
	STATE_CERTIFICATE_PASSWORD,
	STATE_IDENTITY_HEADER,
	STATE_MSI_SECRET,
	STATE_SYSTEM_TOKEN,
	STATE_REFRESH_TOKEN,
	STATE_SECRETS,
};

typedef struct State {
	uint32_t magic;
	uint32_t init_size; /* of the saved INIT; 0: none yet */
	unsigned char init[STATE_INIT_MAX];
	uint32_t slots_high; /* see slots.h */
	uint32_t crashes;    /* of workers, in quick succession */
	StateCounters counters;
	uint32_t sign_in_source; /* what auth=auto came to; 0: nothing yet */
	Sealed secrets[STATE_SECRETS];
	_Alignas(4096) unsigned char slots[SLOTS_MEMORY_SIZE];
	/* nodes and names follow: see state_nodes(), state_names() */
} State;

/* A new one: *@ret_fd is its descriptor, to be mapped by workers. */
AKV_MUST_CHECK int state_new(State **ret, int *ret_fd);

/* Map what another process made. Returns 0, -EINVAL, or what mmap(2) does. */
AKV_MUST_CHECK int state_map(State **ret, int fd);
State *state_free(State *state); /* unmaps */
AKV_DEFINE_CLEANUP(State *, state_free);

/* STATE_NODES_SIZE bytes, and STATE_NAMES_SIZE for each collection. */
void *state_nodes(State *state);
void *state_names(State *state, enum collection collection);
