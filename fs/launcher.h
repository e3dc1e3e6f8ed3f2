/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * launcher - the process that keeps a mount alive
 *
 * It mounts, keeps the descriptor of /dev/fuse and the memory that outlives a
 * worker, starts the worker, and starts another on the same descriptor when it
 * dies: the mount never goes away. It speaks neither TLS nor JSON.
 */

#include "base/std.h"
#include "fs/options.h"
#include "fs/state.h"

typedef struct LauncherConfig {
	const Options *options;
	const char *mountpoint; /* absolute */
	State *state;           /* with secrets sealed in it */
	int state_fd;
	/*
	 * Called once: with EXIT_CODE_OK and "" when the mount is ready, or
	 * with another code and a sentence why it is not.
	 */
	void (*ready)(void *data, int code, const char *text);
	/*
	 * Say something to the person who mounts: 0, or -ENOTTY if nobody can
	 * read it any more. May be NULL.
	 */
	int (*show)(void *data, const char *text);
	void *data;
} LauncherConfig;

/*
 * Mount, and serve until it is unmounted or a signal (TERM, INT, HUP) says to
 * end. SIGUSR1 makes the worker forget all values. Returns an exit code of
 * control.h.
 */
int launcher_run(const LauncherConfig *config);
