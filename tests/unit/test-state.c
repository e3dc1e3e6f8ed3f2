/* SPDX-License-Identifier: MIT */

/* The memory that outlives a worker: one writes, another one finds it. */

#include <fcntl.h>
#include <sys/mman.h>

#include "cache/names.h"
#include "fs/state.h"
#include "tests/unit/check.h"

static void what_one_leaves_another_finds(void)
{
	AKV_CLEANUP(state_freep) State *ours = NULL;
	AKV_CLEANUP(state_freep) State *theirs = NULL;
	AKV_FD int fd = -1;
	char text[8] = "";

	CHECK_OK(state_new(&ours, &fd));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(ours->init_size, 0);
	CHECK_EQ(ours->slots_high, 0);
	CHECK_EQ(sealed_size(&ours->secrets[STATE_CLIENT_SECRET]), 0);
	ours->counters.workers = 7;
	ours->slots[SLOTS_MEMORY_SIZE - 1] = 'x';
	CHECK_OK(
		sealed_store(&ours->secrets[STATE_CLIENT_SECRET], "secret", 7));
	CHECK_OK(state_map(&theirs, fd));
	CHECK(theirs != ours);
	CHECK_EQ(theirs->counters.workers, 7);
	CHECK_EQ(theirs->slots[SLOTS_MEMORY_SIZE - 1], 'x');
	CHECK_EQ(sealed_size(&theirs->secrets[STATE_CLIENT_SECRET]), 7);
	sealed_open(&theirs->secrets[STATE_CLIENT_SECRET], text);
	CHECK_STR(text, "secret");
	theirs->crashes = 3;
	CHECK_EQ(ours->crashes, 3);
}

/* Slots, inodes and names lie apart, and there is room for all of them. */
static void its_parts_do_not_meet(void)
{
	AKV_CLEANUP(state_freep) State *state = NULL;
	AKV_CLEANUP(slots_freep) Slots *slots = NULL;
	AKV_CLEANUP(nodes_freep) Nodes *nodes = NULL;
	AKV_CLEANUP(names_freep) Names *names = NULL;
	AKV_FD int fd = -1;
	const char *in_nodes, *in_names, *last;

	CHECK_OK(state_new(&state, &fd));
	in_nodes = state_nodes(state);
	in_names = state_names(state, COLLECTION_SECRETS);
	CHECK(in_nodes >= (const char *)(state + 1));
	CHECK(in_names >= in_nodes + STATE_NODES_SIZE);
	CHECK((uintptr_t)state->slots % 4096 == 0);
	CHECK_OK(slots_new(&slots, state->slots, &state->slots_high));
	CHECK_OK(nodes_new(&nodes, state_nodes(state), STATE_NODES_SIZE));
	CHECK_OK(names_new(&names, state_names(state, COLLECTION_SECRETS),
			   STATE_NAMES_SIZE));
	/* One table behind the other, to the last byte. */
	last = state_names(state, COLLECTION_STORAGE);
	CHECK(last >= in_names + (COLLECTIONS - 1) * (size_t)STATE_NAMES_SIZE);
	((char *)state_names(state, COLLECTION_STORAGE))[STATE_NAMES_SIZE - 1] =
		'x';
	((char *)state_names(state, COLLECTION_SECRETS))[STATE_NAMES_SIZE - 1] =
		'x';
	((char *)state_nodes(state))[STATE_NODES_SIZE - 1] = 'x';
	CHECK(in_names[0] != 'x');
}

static void it_can_neither_shrink_nor_grow(void)
{
	AKV_CLEANUP(state_freep) State *state = NULL;
	AKV_FD int fd = -1;

	CHECK_OK(state_new(&state, &fd));
	CHECK_EQ(ftruncate(fd, 4096), -1);
	CHECK_EQ(errno, EPERM);
	CHECK_EQ(ftruncate(fd, INT32_MAX), -1);
	CHECK_EQ(errno, EPERM);
}

static void what_is_no_state_is_refused(void)
{
	AKV_CLEANUP(state_freep) State *state = NULL;
	State *other = NULL;
	AKV_FD int fd = -1;
	AKV_FD int empty = memfd_create("empty", MFD_CLOEXEC);

	CHECK(empty >= 0);
	CHECK_EQ(state_map(&other, empty), -EINVAL);
	CHECK_OK(state_new(&state, &fd));
	state->magic ^= 1;
	CHECK_EQ(state_map(&other, fd), -EINVAL);
	CHECK_EQ(state_map(&other, -1), -EBADF);
	CHECK(other == NULL);
	CHECK(state_free(NULL) == NULL);
}

int main(void)
{
	RUN(what_one_leaves_another_finds);
	RUN(its_parts_do_not_meet);
	RUN(it_can_neither_shrink_nor_grow);
	RUN(what_is_no_state_is_refused);
	return check_report();
}
