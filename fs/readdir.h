/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * readdir - directories, as far as their names have arrived
 *
 * Offsets: 1 is behind ".", 2 behind ".."; then come the directories with
 * numbers of their own (tree.h), each at its number, then what is listed or
 * made. No handle is needed, so OPENDIR is not taken.
 */

#include "fs/filesystem.h"

void operation_readdir(fuse_req_t request, fuse_ino_t ino, size_t size,
		       off_t offset, struct fuse_file_info *file);
