/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errand-desk - the launcher's side of errands
 *
 * A worker asks by a message; the desk checks what it asks for, opens the file
 * or starts the program, hands the reading ends over, and says how it ended.
 * A program that does not end in ERRAND_TOOL_S is killed with all its group.
 */

#include <sys/types.h>

#include "base/std.h"
#include "fs/control.h"
#include "fs/errand-tool.h"
#include "fs/options.h"

typedef struct ErrandDesk {
	const Options *options;
	/* To the person who mounts: 0, or -ENOTTY. May be NULL. */
	int (*show)(void *data, const char *text);
	void *data;
	struct ErrandJob {
		ErrandTool tool;
		uint32_t errand;
		uint64_t deadline_us;
		bool late;
	} jobs[CONTROL_ERRANDS_MAX];
} ErrandDesk;

/* Do what @message (CONTROL_ERRAND) asks; answers go to @control_fd. */
void errand_desk_take(ErrandDesk *desk, ControlMessage *message,
		      int control_fd);

/* A child may have ended: say so, for each of ours. */
void errand_desk_reap(ErrandDesk *desk, int control_fd);

/* Kill what is late. Returns when to be called again; CLOCK_NEVER: not. */
uint64_t errand_desk_look(ErrandDesk *desk, uint64_t now_us);

/* The worker has gone: nobody waits for what is under way. */
void errand_desk_clear(ErrandDesk *desk);
