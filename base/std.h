/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * std - what every source of akvfs may use without asking
 *
 * Attributes, the cleanup and hand-over macros, and the functions that are
 * banned because each has a bounded counterpart. Every header includes this
 * one first.
 *
 * Return values, everywhere: 0 is success; a negative errno is a fault, passed
 * up unchanged; a positive value is an answer of that one function, listed in
 * its header, which the caller handles. Outputs come first in the parameter
 * list, are called ret or ret_x, and are untouched unless 0 is returned.
 */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AKV_MUST_CHECK __attribute__((warn_unused_result))
#define AKV_PRINTF(format_at, first_at) \
	__attribute__((format(printf, format_at, first_at)))
#define AKV_UNUSED __attribute__((unused))

#define AKV_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The object of type @type whose member @member is *@pointer. */
#define AKV_CONTAINER_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* AKV_CLEANUP(x_freep) X *x = NULL; calls x_freep(&x) at the scope's end. */
#define AKV_CLEANUP(function) __attribute__((cleanup(function)))

/* Define x_freep() for a destructor x_free() that accepts NULL. */
#define AKV_DEFINE_CLEANUP(type, destructor)                       \
	AKV_UNUSED static inline void destructor##p(type *pointer) \
	{                                                          \
		(void)destructor(*pointer);                        \
	}                                                          \
	struct akv_semicolon

/* Hand a pointer over: yields its value and leaves NULL behind. */
#define AKV_TAKE(pointer)                                  \
	__extension__({                                    \
		__typeof__(pointer) akv_taken = (pointer); \
		(pointer) = NULL;                          \
		akv_taken;                                 \
	})

#define AKV_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AKV_MAX(a, b) ((a) > (b) ? (a) : (b))

static inline void akv_fd_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* AKV_FD int fd = -1; closes the descriptor at the scope's end. */
#define AKV_FD AKV_CLEANUP(akv_fd_closep)

static inline int akv_fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/*
 * Banned: each of these is unbounded, keeps hidden state, or cannot report a
 * failure. Use Buf, parse.h and time.h.
 */
#undef sprintf /* clang's fortified headers make macros of these two */
#undef vsprintf
#pragma GCC poison sprintf vsprintf strcpy strcat strtok atoi atol atoll
