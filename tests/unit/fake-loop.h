/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * fake-loop - the timers of base/loop.h for tests: time passes when told to
 *
 * Linked in place of base/loop.c, with the real base/timer.c.
 */

#include "base/loop.h"

/* Freeze the clocks at a first moment, with no timer set. */
void fake_loop_begin(void);

/* The wall clock then; it goes along. */
#define FAKE_LOOP_WALL_S INT64_C(1763953200)

/* Let @us pass and fire what is due, each timer at its own time. */
void fake_loop_pass(uint64_t us);

/* The machine sleeps that long: what is due is fired after it. */
void fake_loop_sleep(uint64_t us);

/* Set the wall clock, which jumps, and goes on from there. */
void fake_loop_set_wall(int64_t wall_s);

/* How many timers are set. */
size_t fake_loop_timers(void);

/* Free what the timers took; fails the program if one is still set. */
void fake_loop_end(void);
