/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * check - what a unit test is written with
 *
 * A test program is a main() that calls RUN(test) for each static void
 * function and ends with return check_report(). A failed CHECK prints where
 * and what, counts, and leaves the function.
 */

#include <stdio.h>

#include "base/std.h"

static int check_passed, check_failed;
static bool check_test_failed;

#define CHECK_FAIL(...)                                               \
	do {                                                          \
		(void)fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
		(void)fprintf(stderr, __VA_ARGS__);                   \
		(void)fprintf(stderr, "\n");                          \
		check_test_failed = true;                             \
		return;                                               \
	} while (0)

#define CHECK(condition)                                      \
	do {                                                  \
		if (!(condition))                             \
			CHECK_FAIL("not so: %s", #condition); \
	} while (0)

#define CHECK_EQ(a, b)                                                  \
	do {                                                            \
		long long check_a = (long long)(a);                     \
		long long check_b = (long long)(b);                     \
		if (check_a != check_b)                                 \
			CHECK_FAIL("%s is %lld, not %lld", #a, check_a, \
				   check_b);                            \
	} while (0)

#define CHECK_OK(call) CHECK_EQ(call, 0)

#define CHECK_STR(a, b)                                                    \
	do {                                                               \
		const char *check_a = (a);                                 \
		const char *check_b = (b);                                 \
		if (!check_a || strcmp(check_a, check_b) != 0)             \
			CHECK_FAIL("%s is \"%s\", not \"%s\"", #a,         \
				   check_a ? check_a : "(null)", check_b); \
	} while (0)

#define RUN(test)                                                  \
	do {                                                       \
		check_test_failed = false;                         \
		test();                                            \
		if (check_test_failed) {                           \
			check_failed++;                            \
			(void)fprintf(stderr, "FAIL %s\n", #test); \
		} else {                                           \
			check_passed++;                            \
		}                                                  \
	} while (0)

AKV_UNUSED static int check_report(void)
{
	(void)printf("%d passed, %d failed\n", check_passed, check_failed);
	return check_failed == 0 ? 0 : 1;
}
