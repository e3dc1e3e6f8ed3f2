/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errand-tool - az and azd, run for a worker that may start no program
 *
 * An argv array and no shell; the program is looked up in PATH, in absolute
 * folders only; it inherits no descriptor, a few variables, the working
 * directory "/" and no terminal; it has a process group of its own, which is
 * killed as a whole.
 */

#include <sys/types.h>

#include "auth/errand.h"
#include "base/buf.h"
#include "base/std.h"

typedef struct ErrandTool {
	pid_t pid;     /* 0: not running */
	int output_fd; /* the reading ends; the caller's */
	int errors_fd;
} ErrandTool;

enum { ERRAND_ARGUMENTS_MAX = 16 };

/* argv of @errand, for a resource, a tenant and claims that are checked. */
typedef struct ErrandArguments {
	char *argv[ERRAND_ARGUMENTS_MAX];
	char scope[300];
} ErrandArguments;
void errand_arguments(ErrandArguments *ret, const Errand *errand);

/* Set @path to where PATH (@search) has @name. Returns 0 or -ENOENT. */
AKV_MUST_CHECK int errand_tool_find(Buf *path, const char *search,
				    const char *name);

/* Start it. Returns 0, -ENOENT, or another negative errno. */
AKV_MUST_CHECK int errand_tool_start(ErrandTool *ret, const Errand *errand);

/* Kill all of its process group. */
void errand_tool_kill(const ErrandTool *tool);
