/* SPDX-License-Identifier: MIT */

/* A ring: number s lies in place s % SNAPSHOTS_MAX. Used by operations.c. */

#include "fs/snapshots.h"

#define SNAPSHOT_BIT (UINT64_C(1) << 63)

struct Snapshots {
	Buf bufs[SNAPSHOTS_MAX];
	uint64_t numbers[SNAPSHOTS_MAX];
	uint64_t next;
};

int snapshots_new(Snapshots **ret)
{
	Snapshots *snapshots = calloc(1, sizeof(*snapshots));

	if (!snapshots)
		return -ENOMEM;
	for (size_t i = 0; i < SNAPSHOTS_MAX; i++)
		snapshots->bufs[i] = BUF_INIT(SNAPSHOT_SIZE_MAX);
	/* A later worker must not give a number of an earlier one again. */
	snapshots->next = (uint64_t)getpid() << 32;
	*ret = snapshots;
	return 0;
}

Snapshots *snapshots_free(Snapshots *snapshots)
{
	if (!snapshots)
		return NULL;
	for (size_t i = 0; i < SNAPSHOTS_MAX; i++)
		buf_done(&snapshots->bufs[i]);
	free(snapshots);
	return NULL;
}

int snapshots_add(Snapshots *snapshots, uint64_t *ret_ino, const Buf *buf)
{
	uint64_t number = SNAPSHOT_BIT | snapshots->next;
	size_t place = snapshots->next % SNAPSHOTS_MAX;
	int r;

	snapshots->numbers[place] = 0;
	buf_done(&snapshots->bufs[place]);
	r = buf_append(&snapshots->bufs[place], buf->p, buf->n);
	if (r < 0)
		return r;
	snapshots->numbers[place] = number;
	snapshots->next++;
	*ret_ino = number;
	return 0;
}

const Buf *snapshots_get(const Snapshots *snapshots, uint64_t ino)
{
	size_t place = ino % SNAPSHOTS_MAX;

	return snapshots->numbers[place] == ino ? &snapshots->bufs[place]
						: NULL;
}

void snapshots_forget(Snapshots *snapshots, uint64_t ino)
{
	size_t place = ino % SNAPSHOTS_MAX;

	if (snapshots->numbers[place] != ino)
		return;
	snapshots->numbers[place] = 0;
	buf_done(&snapshots->bufs[place]);
}

bool snapshot_is(uint64_t ino)
{
	return (ino & SNAPSHOT_BIT) != 0;
}
