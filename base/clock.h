/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * clock - the time, which a test may set
 *
 * Lifetimes and deadlines count microseconds of CLOCK_BOOTTIME, which goes on
 * while the machine sleeps and never jumps. The wall clock is only for what
 * other systems state in it.
 */

#include "base/std.h"

#define CLOCK_US_PER_S UINT64_C(1000000)
#define CLOCK_US_PER_MS UINT64_C(1000)
#define CLOCK_NEVER UINT64_MAX

uint64_t clock_now_us(void);
int64_t clock_wall_s(void);

/* @base_us + @more_us, CLOCK_NEVER where that would overflow. */
uint64_t clock_add(uint64_t base_us, uint64_t more_us);

/* Tests only: freeze both clocks at these values; clock_thaw() undoes it. */
void clock_freeze(uint64_t now_us, int64_t wall_s);
void clock_thaw(void);
