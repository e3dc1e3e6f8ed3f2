/* SPDX-License-Identifier: MIT */

/* Reads the system's clocks unless a test has frozen them. */

#include "base/clock.h"

#include <time.h>

static bool frozen;
static uint64_t frozen_now_us;
static int64_t frozen_wall_s;

uint64_t clock_now_us(void)
{
	struct timespec now;

	if (frozen)
		return frozen_now_us;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * CLOCK_US_PER_S +
	       (uint64_t)now.tv_nsec / 1000;
}

int64_t clock_wall_s(void)
{
	struct timespec now;

	if (frozen)
		return frozen_wall_s;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

uint64_t clock_add(uint64_t base_us, uint64_t more_us)
{
	uint64_t sum;

	if (__builtin_add_overflow(base_us, more_us, &sum))
		return CLOCK_NEVER;
	return sum;
}

void clock_freeze(uint64_t now_us, int64_t wall_s)
{
	frozen = true;
	frozen_now_us = now_us;
	frozen_wall_s = wall_s;
}

void clock_thaw(void)
{
	frozen = false;
}
