/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * confine - give up what a worker does not need
 *
 * What the worker reads from the network cannot do more than the worker can:
 * a user of its own, no capabilities, no new privileges, and a view of the
 * mounts that it cannot change for others.
 */

#include "base/std.h"

/*
 * Raise RLIMIT_MEMLOCK to @memlock_bytes where that is allowed. As root, also
 * become the user akvfs (or nobody), in a mount namespace of its own. The
 * process dies with its parent. Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int confine_worker(size_t memlock_bytes);
