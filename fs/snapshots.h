/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * snapshots - files whose bytes are made when their name is looked up
 *
 * .akvfs/status.json says what is so now. Each lookup makes a new inode with
 * fixed bytes, which keeps the rule that an inode never changes; it lives
 * until the kernel forgets it.
 */

#include "base/buf.h"
#include "base/std.h"

typedef struct Snapshots Snapshots;

enum {
	SNAPSHOTS_MAX = 64,
	SNAPSHOT_SIZE_MAX = 256 * 1024,
};

AKV_MUST_CHECK int snapshots_new(Snapshots **ret);
Snapshots *snapshots_free(Snapshots *snapshots);
AKV_DEFINE_CLEANUP(Snapshots *, snapshots_free);

/* Keep a copy of @buf, in place of the oldest if there are too many. */
AKV_MUST_CHECK int snapshots_add(Snapshots *snapshots, uint64_t *ret_ino,
				 const Buf *buf);

/* Borrowed until the next call; NULL if it is not there any more. */
const Buf *snapshots_get(const Snapshots *snapshots, uint64_t ino);
void snapshots_forget(Snapshots *snapshots, uint64_t ino);

/* Is this the number of a snapshot? */
bool snapshot_is(uint64_t ino);
