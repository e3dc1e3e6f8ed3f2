/* SPDX-License-Identifier: MIT */

/* A doubly linked list whose members know it. Used by cache.c, listing.c. */

#include "cache/wait.h"

#include "base/clock.h"

static void wait_expire(Timer *timer)
{
	CacheWait *wait = AKV_CONTAINER_OF(timer, CacheWait, deadline);

	wait_remove(wait);
	wait->expire(wait);
}

static void list_append(WaitList *list, CacheWait *wait)
{
	wait->list = list;
	wait->next = NULL;
	wait->previous = list->last;
	if (list->last)
		list->last->next = wait;
	else
		list->first = wait;
	list->last = wait;
	list->n++;
}

int wait_add(WaitList *list, CacheWait *wait, Loop *loop, uint64_t deadline_us,
	     void (*expire)(CacheWait *wait))
{
	int r;

	wait->loop = loop;
	wait->expire = expire;
	wait->deadline.fire = wait_expire;
	r = loop_timer_set(loop, &wait->deadline, deadline_us);
	if (r < 0)
		return r;
	list_append(list, wait);
	return 0;
}

void wait_arrive(CacheWait *wait)
{
	if (wait->arrived_us == 0)
		wait->arrived_us = clock_now_us();
	wait->wants_value = false;
}

void wait_remove(CacheWait *wait)
{
	WaitList *list = wait->list;

	if (!list)
		return;
	if (wait->previous)
		wait->previous->next = wait->next;
	else
		list->first = wait->next;
	if (wait->next)
		wait->next->previous = wait->previous;
	else
		list->last = wait->previous;
	list->n--;
	wait->list = NULL;
	loop_timer_clear(wait->loop, &wait->deadline);
}

void wait_move(WaitList *to, WaitList *from)
{
	while (from->first) {
		CacheWait *wait = from->first;

		from->first = wait->next;
		list_append(to, wait);
	}
	*from = (WaitList){0};
}
