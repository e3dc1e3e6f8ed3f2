/* SPDX-License-Identifier: MIT */

/* Timers fire in order, once, and can be moved and cleared at any time. */

#include "base/clock.h"
#include "base/timer.h"
#include "tests/unit/check.h"

enum { TIMERS = 1000 };

static TimerHeap heap;
static Timer timers[TIMERS];
static unsigned fired[TIMERS];
static uint64_t last_deadline;
static unsigned fired_count, disordered;

static void note(Timer *timer)
{
	size_t i = (size_t)(timer - timers);

	fired[i]++;
	fired_count++;
	if (timer->deadline_us < last_deadline || timer->place != 0)
		disordered++;
	last_deadline = timer->deadline_us;
}

static void begin(void)
{
	timer_heap_done(&heap);
	memset(timers, 0, sizeof(timers));
	memset(fired, 0, sizeof(fired));
	last_deadline = fired_count = disordered = 0;
	for (size_t i = 0; i < TIMERS; i++)
		timers[i].fire = note;
}

/* Scattered, with many that are equal. */
static uint64_t deadline_of(size_t i)
{
	return i * 7919 % 501;
}

static void nothing_is_due_at_first(void)
{
	begin();
	CHECK(timer_next(&heap) == CLOCK_NEVER);
	timer_run(&heap, CLOCK_NEVER);
	timer_clear(&heap, &timers[0]);
	CHECK_EQ(fired_count, 0);
}

static void fires_what_is_due_in_order(void)
{
	begin();
	for (size_t i = 0; i < TIMERS; i++)
		CHECK_OK(timer_set(&heap, &timers[i], deadline_of(i)));
	for (uint64_t now = 0; now <= 500; now += 25) {
		timer_run(&heap, now);
		for (size_t i = 0; i < TIMERS; i++)
			CHECK_EQ(fired[i], deadline_of(i) <= now);
		CHECK(timer_next(&heap) > now);
	}
	CHECK_EQ(fired_count, TIMERS);
	CHECK_EQ(disordered, 0);
	CHECK(timer_next(&heap) == CLOCK_NEVER);
}

static void cleared_ones_do_not_fire(void)
{
	begin();
	for (size_t i = 0; i < TIMERS; i++)
		CHECK_OK(timer_set(&heap, &timers[i], deadline_of(i)));
	for (size_t i = 0; i < TIMERS; i += 3) {
		timer_clear(&heap, &timers[i]);
		timer_clear(&heap, &timers[i]);
		CHECK_EQ(timers[i].place, 0);
	}
	timer_run(&heap, 500);
	for (size_t i = 0; i < TIMERS; i++)
		CHECK_EQ(fired[i], i % 3 != 0);
	CHECK_EQ(disordered, 0);
}

static void moved_ones_fire_once_at_their_new_time(void)
{
	begin();
	for (size_t i = 0; i < TIMERS; i++)
		CHECK_OK(timer_set(&heap, &timers[i], deadline_of(i)));
	for (size_t i = 0; i < TIMERS; i += 2)
		CHECK_OK(
			timer_set(&heap, &timers[i], 600 - deadline_of(i) / 2));
	CHECK_EQ(heap.n, TIMERS);
	timer_run(&heap, 349);
	for (size_t i = 0; i < TIMERS; i += 2)
		CHECK_EQ(fired[i], 0);
	timer_run(&heap, 600);
	CHECK_EQ(fired_count, TIMERS);
	CHECK_EQ(disordered, 0);
}

static void nearest_is_known(void)
{
	begin();
	CHECK_OK(timer_set(&heap, &timers[0], 50));
	CHECK_OK(timer_set(&heap, &timers[1], 30));
	CHECK_OK(timer_set(&heap, &timers[2], 40));
	CHECK(timer_next(&heap) == 30);
	timer_clear(&heap, &timers[1]);
	CHECK(timer_next(&heap) == 40);
	CHECK_OK(timer_set(&heap, &timers[2], 60));
	CHECK(timer_next(&heap) == 50);
}

static void set_again(Timer *timer)
{
	fired_count++;
	if (timer_set(&heap, timer, timer->deadline_us + 10) != 0)
		disordered++;
}

static void clear_next(Timer *timer)
{
	fired_count++;
	timer_clear(&heap, timer + 1);
}

static void callbacks_may_set_and_clear(void)
{
	begin();
	timers[0].fire = set_again;
	CHECK_OK(timer_set(&heap, &timers[0], 5));
	timer_run(&heap, 34);
	CHECK_EQ(fired_count, 3);
	CHECK(timer_next(&heap) == 35);
	timer_clear(&heap, &timers[0]);

	timers[1].fire = clear_next;
	CHECK_OK(timer_set(&heap, &timers[1], 1));
	CHECK_OK(timer_set(&heap, &timers[2], 2));
	timer_run(&heap, 10);
	CHECK_EQ(fired[2], 0);
	CHECK_EQ(fired_count, 4);
	CHECK_EQ(disordered, 0);
}

static void number_is_limited(void)
{
	static Timer many[TIMER_HEAP_MAX + 1];

	begin();
	for (size_t i = 0; i < TIMER_HEAP_MAX; i++)
		CHECK_OK(timer_set(&heap, &many[i], i));
	CHECK_EQ(timer_set(&heap, &many[TIMER_HEAP_MAX], 0), -ENOSPC);
	CHECK_EQ(many[TIMER_HEAP_MAX].place, 0);
	/* One that is set can be moved all the same. */
	CHECK_OK(timer_set(&heap, &many[7], TIMER_HEAP_MAX));
	CHECK_EQ(heap.n, TIMER_HEAP_MAX);
	timer_heap_done(&heap);
	CHECK_EQ(many[7].place, 0);
}

int main(void)
{
	RUN(nothing_is_due_at_first);
	RUN(fires_what_is_due_in_order);
	RUN(cleared_ones_do_not_fire);
	RUN(moved_ones_fire_once_at_their_new_time);
	RUN(nearest_is_known);
	RUN(callbacks_may_set_and_clear);
	RUN(number_is_limited);
	timer_heap_done(&heap);
	return check_report();
}
