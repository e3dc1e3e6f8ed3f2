/* SPDX-License-Identifier: MIT */

/*
 * A binary heap of pointers. place is the index plus one, so that a zeroed
 * Timer is one that is not set. Used by base/loop.c and by tests.
 */

#include "base/timer.h"

#include "base/clock.h"

enum { TIMER_HEAP_FIRST = 64 };

void timer_heap_done(TimerHeap *heap)
{
	for (size_t i = 0; i < heap->n; i++)
		heap->timers[i]->place = 0;
	free(heap->timers);
	*heap = (TimerHeap){0};
}

static void heap_put(TimerHeap *heap, size_t i, Timer *timer)
{
	heap->timers[i] = timer;
	timer->place = i + 1;
}

/* Move the timer at @i towards the root while it is due before its parent. */
static void heap_rise(TimerHeap *heap, size_t i)
{
	Timer *timer = heap->timers[i];

	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (heap->timers[parent]->deadline_us <= timer->deadline_us)
			break;
		heap_put(heap, i, heap->timers[parent]);
		i = parent;
	}
	heap_put(heap, i, timer);
}

static void heap_sink(TimerHeap *heap, size_t i)
{
	Timer *timer = heap->timers[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= heap->n)
			break;
		if (child + 1 < heap->n &&
		    heap->timers[child + 1]->deadline_us <
			    heap->timers[child]->deadline_us)
			child++;
		if (timer->deadline_us <= heap->timers[child]->deadline_us)
			break;
		heap_put(heap, i, heap->timers[child]);
		i = child;
	}
	heap_put(heap, i, timer);
}

static int heap_grow(TimerHeap *heap)
{
	size_t capacity = AKV_MAX(heap->capacity * 2, (size_t)TIMER_HEAP_FIRST);
	Timer **timers;

	if (heap->n < heap->capacity)
		return 0;
	if (heap->n >= TIMER_HEAP_MAX)
		return -ENOSPC;
	timers = reallocarray(heap->timers, capacity, sizeof(*timers));
	if (!timers)
		return -ENOMEM;
	heap->timers = timers;
	heap->capacity = capacity;
	return 0;
}

int timer_set(TimerHeap *heap, Timer *timer, uint64_t deadline_us)
{
	int r;

	timer_clear(heap, timer);
	r = heap_grow(heap);
	if (r < 0)
		return r;
	timer->deadline_us = deadline_us;
	heap_put(heap, heap->n, timer);
	heap->n++;
	heap_rise(heap, heap->n - 1);
	return 0;
}

void timer_clear(TimerHeap *heap, Timer *timer)
{
	size_t i;
	Timer *last;

	if (timer->place == 0)
		return;
	i = timer->place - 1;
	timer->place = 0;
	last = heap->timers[--heap->n];
	if (last == timer)
		return;
	heap_put(heap, i, last);
	heap_rise(heap, i);
	heap_sink(heap, last->place - 1);
}

uint64_t timer_next(const TimerHeap *heap)
{
	return heap->n > 0 ? heap->timers[0]->deadline_us : CLOCK_NEVER;
}

void timer_run(TimerHeap *heap, uint64_t now_us)
{
	while (heap->n > 0 && heap->timers[0]->deadline_us <= now_us) {
		Timer *timer = heap->timers[0];

		timer_clear(heap, timer);
		timer->fire(timer);
	}
}
