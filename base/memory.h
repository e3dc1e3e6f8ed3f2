/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * memory - allocators that wipe what they free, for all three libraries
 *
 * Measured: with libcurl, cJSON and OpenSSL at their defaults, whole secrets
 * and whole bearer tokens stay in the heap after everything was freed. All
 * three have to wipe; two of three is not enough.
 */

#include "base/std.h"

/*
 * Install them and initialise libcurl. Must come before
 * any other call of the three libraries; once per process. Returns 0, or
 * -EBUSY if OpenSSL had already allocated.
 */
AKV_MUST_CHECK int memory_init(void);
