/* SPDX-License-Identifier: MIT */

/* One heap for all loops, of which the tests have none. */

#include "fake-loop.h"

#include "base/clock.h"

#define FIRST_US (1000 * CLOCK_US_PER_S)

static TimerHeap heap;
static uint64_t now_us;
static int64_t wall_offset_s;

static void freeze(void)
{
	clock_freeze(now_us,
		     wall_offset_s + (int64_t)(now_us / CLOCK_US_PER_S));
}

void fake_loop_begin(void)
{
	now_us = FIRST_US;
	wall_offset_s = FAKE_LOOP_WALL_S - (int64_t)(FIRST_US / CLOCK_US_PER_S);
	freeze();
}

void fake_loop_pass(uint64_t us)
{
	uint64_t end_us = now_us + us;

	while (timer_next(&heap) <= end_us) {
		now_us = AKV_MAX(now_us, timer_next(&heap));
		freeze();
		timer_run(&heap, now_us);
	}
	now_us = end_us;
	freeze();
}

void fake_loop_sleep(uint64_t us)
{
	now_us += us;
	freeze();
	timer_run(&heap, now_us);
}

void fake_loop_set_wall(int64_t wall_s)
{
	wall_offset_s = wall_s - (int64_t)(now_us / CLOCK_US_PER_S);
	freeze();
}

size_t fake_loop_timers(void)
{
	return heap.n;
}

void fake_loop_end(void)
{
	if (heap.n != 0) {
		(void)fprintf(stderr, "fake loop: a timer was left set\n");
		abort();
	}
	timer_heap_done(&heap);
	clock_thaw();
}

int loop_timer_set(AKV_UNUSED Loop *loop, Timer *timer, uint64_t deadline_us)
{
	return timer_set(&heap, timer, deadline_us);
}

void loop_timer_clear(AKV_UNUSED Loop *loop, Timer *timer)
{
	timer_clear(&heap, timer);
}
