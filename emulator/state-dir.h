/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * state-dir - the directory that --state-dir names
 *
 * It outlives the process: keys are made once and found again. Files are
 * replaced by rename, so a reader sees the old one or the new one, never half.
 */

#include "base/buf.h"
#include "base/std.h"

typedef struct StateDir {
	int fd;     /* owned */
	char *path; /* owned, absolute */
} StateDir;

/* Open @path, making it (mode 0700) if it is not there. */
AKV_MUST_CHECK int state_dir_open(StateDir *ret, const char *path);
void state_dir_close(StateDir *dir);

/* Replace the file @name. */
AKV_MUST_CHECK int state_dir_write(const StateDir *dir, const char *name,
				   unsigned mode, const void *data, size_t n);

/* Append the content of @name to @ret; -ENOENT if there is none. */
AKV_MUST_CHECK int state_dir_read(const StateDir *dir, const char *name,
				  Buf *ret);

void state_dir_remove(const StateDir *dir, const char *name);
