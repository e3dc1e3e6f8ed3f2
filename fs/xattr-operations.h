/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * xattr-operations - GETXATTR and LISTXATTR
 *
 * With a size of 0 the answer is the size, with too small a one ERANGE, as
 * getxattr(2) has it. Names that are not ours are answered without the vault:
 * every ls -l asks for some.
 */

#include "fs/filesystem.h"

void operation_getxattr(fuse_req_t request, fuse_ino_t ino, const char *name,
			size_t size);
void operation_listxattr(fuse_req_t request, fuse_ino_t ino, size_t size);
