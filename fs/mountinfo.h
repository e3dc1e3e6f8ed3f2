/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * mountinfo - the mounts of this namespace that are ours
 *
 * As /proc/self/mountinfo has them: nothing is asked of the mounts themselves,
 * so dead and hung ones do no harm.
 */

#include "base/std.h"

enum { MOUNTINFO_SIZE_MAX = 4 * 1024 * 1024 };

/*
 * Call @visit with the path of each until it says false. The list is read
 * before the first call. Returns 0, -EMSGSIZE, or what reading does.
 */
AKV_MUST_CHECK int mountinfo_walk(bool (*visit)(void *data, const char *path),
				  void *data);
