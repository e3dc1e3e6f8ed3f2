/* SPDX-License-Identifier: MIT */

/*
 * A memfd that can be neither shrunk nor grown. Most of it is never touched,
 * and what is not touched takes no memory.
 */

#include "fs/state.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define STATE_MAGIC UINT32_C(0x616b7332)

static size_t page_align(size_t n)
{
	return (n + 4095) / 4096 * 4096;
}

static size_t state_nodes_offset(void)
{
	return page_align(sizeof(State));
}

static size_t state_names_offset(void)
{
	return state_nodes_offset() + page_align(STATE_NODES_SIZE);
}

static size_t state_size(void)
{
	return state_names_offset() +
	       COLLECTIONS * page_align(STATE_NAMES_SIZE);
}

static int state_map_fd(State **ret, int fd)
{
	void *p = mmap(NULL, state_size(), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_NORESERVE, fd, 0);
	State *state = p;

	if (p == MAP_FAILED)
		return -errno;
	(void)madvise(p, state_size(), MADV_DONTDUMP);
	/* Not even halves of it should go to swap. */
	(void)mlock2(state->secrets, sizeof(state->secrets), MLOCK_ONFAULT);
	*ret = state;
	return 0;
}

int state_new(State **ret, int *ret_fd)
{
	AKV_FD int fd =
		memfd_create("akvfs-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	State *state = NULL;
	int r;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)state_size()) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0)
		return -errno;
	r = state_map_fd(&state, fd);
	if (r < 0)
		return r;
	state->magic = STATE_MAGIC;
	*ret = state;
	*ret_fd = akv_fd_take(&fd);
	return 0;
}

int state_map(State **ret, int fd)
{
	AKV_CLEANUP(state_freep) State *state = NULL;
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return -errno;
	if ((size_t)status.st_size != state_size())
		return -EINVAL;
	r = state_map_fd(&state, fd);
	if (r < 0)
		return r;
	if (state->magic != STATE_MAGIC)
		return -EINVAL;
	*ret = AKV_TAKE(state);
	return 0;
}

State *state_free(State *state)
{
	if (state)
		(void)munmap(state, state_size());
	return NULL;
}

void *state_nodes(State *state)
{
	return (char *)state + state_nodes_offset();
}

void *state_names(State *state, enum collection collection)
{
	return (char *)state + state_names_offset() +
	       (size_t)collection * page_align(STATE_NAMES_SIZE);
}
