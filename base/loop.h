/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * loop - the one thread of the worker
 *
 * Waits on descriptors, timers and the transfers of one curl multi handle, and
 * calls back. Nothing that it calls may block. It goes round again until no
 * descriptor and no transfer has anything left, then sleeps: a transfer that a
 * callback started is under way before the loop sleeps, and a message of a
 * finished one never waits for the next wake-up.
 */

#include "base/std.h"
#include "base/timer.h"

typedef struct Loop Loop;
typedef struct LoopFd LoopFd;

enum { LOOP_FDS_MAX = 32 };

AKV_MUST_CHECK int loop_new(Loop **ret);
Loop *loop_free(Loop *loop);
AKV_DEFINE_CLEANUP(Loop *, loop_free);

/*
 * Call @ready(data, events) whenever poll(2) reports any of @events (POLLIN,
 * POLLOUT) or an error on @fd, which stays the caller's. Returns 0, -ENOMEM,
 * or -ENOSPC above LOOP_FDS_MAX.
 */
AKV_MUST_CHECK int loop_fd_new(LoopFd **ret, Loop *loop, int fd, short events,
			       void (*ready)(void *data, short events),
			       void *data);
LoopFd *loop_fd_free(LoopFd *watch);
AKV_DEFINE_CLEANUP(LoopFd *, loop_fd_free);

/* Watch for @events from now on; 0 pauses. */
void loop_fd_events(LoopFd *watch, short events);

/*
 * Set or move a timer; its fire() is called from the loop. timer_set()'s
 * returns.
 */
AKV_MUST_CHECK int loop_timer_set(Loop *loop, Timer *timer,
				  uint64_t deadline_us);
void loop_timer_clear(Loop *loop, Timer *timer);

/* Run until loop_stop(); returns what that was given, or a negative errno. */
int loop_run(Loop *loop);
void loop_stop(Loop *loop, int result);

/* For base/http.c: the multi handle, and who reaps its finished transfers. */
void *loop_multi(Loop *loop);
void loop_reaper_set(Loop *loop, bool (*reap)(void *data), void *data);
