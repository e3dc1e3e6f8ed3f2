/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * lookup - LOOKUP: from a name to what never changes
 *
 * What a name means is asked of the cache, and is good for as long as the
 * cache says. What cannot be a name is ENOENT without being asked for.
 */

#include "fs/filesystem.h"

void operation_lookup(fuse_req_t request, fuse_ino_t parent, const char *name);
