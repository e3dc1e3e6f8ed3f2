/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * timer - deadlines in order, nearest first
 *
 * A Timer is embedded in what waits; a TimerHeap orders those that are set. It
 * reads no clock: the loop passes the time in. A Timer must be cleared before
 * its memory goes.
 */

#include "base/std.h"

typedef struct Timer Timer;
typedef struct TimerHeap TimerHeap;

struct Timer {
	uint64_t deadline_us;
	void (*fire)(Timer *timer); /* already cleared when called */
	size_t place;               /* in the heap, from 1; 0: not set */
};

struct TimerHeap {
	Timer **timers; /* owned array of borrowed timers */
	size_t n, capacity;
};

/* The most timers that can be set at once: every parked request, and more. */
enum { TIMER_HEAP_MAX = 65536 };

void timer_heap_done(TimerHeap *heap);

/*
 * Set @timer, or move it if it is set. Returns 0, -ENOMEM, or -ENOSPC above
 * TIMER_HEAP_MAX.
 */
AKV_MUST_CHECK int timer_set(TimerHeap *heap, Timer *timer,
			     uint64_t deadline_us);

/* Clear @timer; no effect if it is not set. */
void timer_clear(TimerHeap *heap, Timer *timer);

/* The nearest deadline, CLOCK_NEVER if there is none. */
uint64_t timer_next(const TimerHeap *heap);

/* Fire every timer whose deadline is at most @now_us, in order. */
void timer_run(TimerHeap *heap, uint64_t now_us);
