/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errand-file - the files that signing in needs and a worker may not open
 *
 * The launcher opens them, with the rights of the user who mounts: the files
 * that its own options name, and the Arc agent's keys. What comes from a worker
 * is a kind and at most a file's name of a fixed grammar.
 */

#include "auth/errand.h"
#include "base/buf.h"
#include "base/std.h"
#include "fs/options.h"

/*
 * Read @path, a regular file of at most ERRAND_OUTPUT_MAX bytes, through
 * symbolic links, into @ret. Returns 0, -EFBIG, -EPERM if it is not a regular
 * file, or what opening and reading do.
 */
AKV_MUST_CHECK int errand_file_read(Buf *ret, const char *path);

/*
 * Read the Arc agent's key @name in @folder: no link, at most ARC_KEY_SIZE_MAX
 * bytes, owned by root or by the owner of @folder, and writable for nobody
 * else. Returns likewise; -EPERM for a breach of these.
 */
AKV_MUST_CHECK int errand_key_read(Buf *ret, const char *folder,
				   const char *name);

/*
 * The reading end of a socket that holds what the file of @errand does; as
 * above, also -ENOBUFS where the system lets it hold too little.
 */
AKV_MUST_CHECK int errand_file_open(int *ret, const Errand *errand,
				    const Options *options);
