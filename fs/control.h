/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * control - what launcher and worker say to each other
 *
 * Fixed-size messages over a socket pair that keeps their bounds. The launcher
 * asks the first worker to probe the vault; if that goes well it mounts, and
 * sends the descriptor of /dev/fuse to serve. A later worker gets the
 * descriptor at once. The worker's end of the socket closing is how the
 * launcher hears of its end, and the other way round.
 */

#include "base/std.h"

/* CONTROL_ERRAND_STREAM's code: what is printed, and what is said of it. */
enum { CONTROL_OUTPUT = 1, CONTROL_ERRORS = 2, CONTROL_ERRANDS_MAX = 8 };

/* The descriptors that a worker is started with. */
enum {
	WORKER_FD_CONTROL = 3,
	WORKER_FD_STATE = 4,
	WORKER_FD_CONFIG = 5,
};

/* Exit codes of akvfs; akvfs(8) promises them. */
enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_USAGE = 1,
	EXIT_CODE_AUTHENTICATION = 2,
	EXIT_CODE_NETWORK = 3,
	EXIT_CODE_REFUSED = 4,
	EXIT_CODE_MOUNT = 5,
};

enum control_type {
	CONTROL_PROBE = 1, /* launcher: is the vault there, may we? */
	CONTROL_PROBED,  /* worker: code, and the vault's host or a sentence */
	CONTROL_SERVE,   /* launcher: with the descriptor of /dev/fuse */
	CONTROL_SERVING, /* worker: INIT is done */
	CONTROL_EVICT,   /* launcher: forget all values */
	CONTROL_STOP,    /* launcher: end */
	/* worker: do this for me (auth/errand.h); errand, code: its kind */
	CONTROL_ERRAND,
	/* launcher: errand, with what it will print; code: 1 or 2 */
	CONTROL_ERRAND_STREAM,
	/* launcher: errand, its end; code as a program's, result an errno */
	CONTROL_ERRAND_END,
};

typedef struct ControlMessage {
	enum control_type type;
	int code; /* enum exit_code */
	int result;
	uint32_t errand; /* which, of those under way */
	char text[768];
} ControlMessage;

/* Two connected sockets, close-on-exec. */
AKV_MUST_CHECK int control_pair(int ret[2]);

/* @passed is a descriptor to send along, or -1. */
AKV_MUST_CHECK int control_send(int fd, const ControlMessage *message,
				int passed);

/*
 * *@ret_passed is a descriptor that came along, or -1. Returns 0,
 * CONTROL_E_CLOSED, CONTROL_E_NONE if it would block, or a negative errno.
 */
enum { CONTROL_E_CLOSED = 1, CONTROL_E_NONE = 2 };
AKV_MUST_CHECK int control_receive(int fd, ControlMessage *ret,
				   int *ret_passed);
