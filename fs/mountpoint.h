/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * mountpoint - the directory that a vault is mounted on
 */

#include <limits.h>

#include "base/std.h"

typedef struct Mountpoint {
	char path[PATH_MAX]; /* absolute, without symlinks */
} Mountpoint;

/*
 * Look at @path: clean up a dead mount of ours there first, then require a
 * directory on which no akvfs is mounted. On MOUNTPOINT_E_UNFIT, @why says in
 * a sentence what is wrong.
 */
enum { MOUNTPOINT_E_UNFIT = 1 };
AKV_MUST_CHECK int mountpoint_prepare(Mountpoint *ret, const char *path,
				      char *why, size_t why_size);

/*
 * Unmount; with @lazy also while it is in use. As root by umount2(2), else by
 * fusermount3(1). Returns 0, MOUNTPOINT_E_UNFIT with @why, or a negative
 * errno.
 */
AKV_MUST_CHECK int mountpoint_unmount(const char *path, bool lazy, char *why,
				      size_t why_size);

/*
 * Is @path a mount of ours, as /proc/self/mountinfo has it? Nothing is asked of
 * the mount itself.
 */
AKV_MUST_CHECK int mountpoint_is_ours(bool *ret, const char *path);
