/* SPDX-License-Identifier: MIT */

/* The clocks run, stand still when frozen, and sums do not overflow. */

#include <time.h>

#include "base/clock.h"
#include "tests/unit/check.h"

static void sums_stop_at_never(void)
{
	CHECK(clock_add(0, 0) == 0);
	CHECK(clock_add(1, 2) == 3);
	CHECK(clock_add(CLOCK_NEVER, 0) == CLOCK_NEVER);
	CHECK(clock_add(CLOCK_NEVER, 1) == CLOCK_NEVER);
	CHECK(clock_add(CLOCK_NEVER - 1, 1) == CLOCK_NEVER);
	CHECK(clock_add(CLOCK_NEVER, CLOCK_NEVER) == CLOCK_NEVER);
	CHECK(clock_add(CLOCK_NEVER - 2, 1) == CLOCK_NEVER - 1);
}

static void frozen_clocks_stand_still(void)
{
	clock_freeze(12, 34);
	CHECK_EQ(clock_now_us(), 12);
	CHECK_EQ(clock_wall_s(), 34);
	CHECK_EQ(clock_now_us(), 12);
	clock_freeze(0, -5);
	CHECK_EQ(clock_now_us(), 0);
	CHECK_EQ(clock_wall_s(), -5);
	clock_thaw();
	CHECK(clock_now_us() > 12);
	CHECK(clock_wall_s() > 34);
}

/* Between two readings of the system's clock, in its unit. */
static void thawed_clocks_are_the_systems(void)
{
	struct timespec before, after;
	uint64_t now_us;
	int64_t wall_s;
	time_t earlier = time(NULL);

	CHECK_OK(clock_gettime(CLOCK_BOOTTIME, &before));
	now_us = clock_now_us();
	CHECK_OK(clock_gettime(CLOCK_BOOTTIME, &after));
	CHECK(now_us >= (uint64_t)before.tv_sec * CLOCK_US_PER_S);
	CHECK(now_us < ((uint64_t)after.tv_sec + 1) * CLOCK_US_PER_S);
	CHECK(clock_now_us() >= now_us);

	wall_s = clock_wall_s();
	CHECK(wall_s >= earlier && wall_s <= time(NULL) + 1);
}

int main(void)
{
	RUN(sums_stop_at_never);
	RUN(frozen_clocks_stand_still);
	RUN(thawed_clocks_are_the_systems);
	return check_report();
}
