/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * attributes - what stat(2) says of files and directories
 */

#include <sys/stat.h>

#include "base/std.h"
#include "fs/filesystem.h"

/* What never changes may be kept for as long as the kernel likes. */
#define ATTRIBUTES_FOR_EVER_S (365.0 * 86400.0)

double seconds_of_us(uint64_t us);

/* mtime is when the version was made, ctime when it was last updated. */
void attributes_of_node(struct stat *ret, const Filesystem *fs,
			const Node *node);

void attributes_of_bytes(struct stat *ret, const Filesystem *fs, uint64_t ino,
			 size_t n);

/*
 * A directory; @node is NULL if @place has a number of its own (tree.h).
 * Returns how long that is good, in seconds. The nanoseconds of mtime count how
 * often the list was asked for, so that the kernel drops the entries that it
 * cached from an older one.
 */
double attributes_of_directory(struct stat *ret, const Filesystem *fs,
			       const Place *place, const Node *node);

/* The place of what has the number @ino, a node in *@ret_node if it is one. */
enum { ATTRIBUTES_E_STALE = 1 };
AKV_MUST_CHECK int place_of(Place *ret, const Node **ret_node,
			    const Filesystem *fs, uint64_t ino);

/* Is the collection of storage accounts known to be there? */
bool storage_is_there(const Filesystem *fs);
