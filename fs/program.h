/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * program - where the other programs of akvfs are, and how they are started
 *
 * argv arrays only, never a shell; what is started inherits no descriptor but
 * those that are handed to it.
 */

#include <sys/types.h>

#include "base/buf.h"
#include "base/std.h"

/*
 * Set @path to where @name is: beside this program, in @sibling (a directory
 * relative to it, for the build tree), or in @installed. Returns 0, -ENOENT,
 * or what buf_append() does.
 */
AKV_MUST_CHECK int program_find(Buf *path, const char *name,
				const char *sibling, const char *installed);

enum { PROGRAM_FDS_MAX = 8 };

typedef struct ProgramStart {
	const char *path; /* looked up in PATH if it has no '/' */
	char *const *argv;
	char *const *environment;
	/* Descriptor fds[i] becomes 3 + i; a negative one is left out. */
	int fds[PROGRAM_FDS_MAX];
	size_t n_fds;
	int standard_output; /* -1: inherited */
} ProgramStart;

/* Start it with default signals. Returns 0 or a negative errno. */
AKV_MUST_CHECK int program_start(pid_t *ret, const ProgramStart *start);

/* Start, wait; the exit code, or 128 + signal; or a negative errno. */
AKV_MUST_CHECK int program_run(const ProgramStart *start);
