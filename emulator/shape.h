/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * shape - how a reply reaches its client: late, slowly, cut off, or never
 *
 * Runs in the connection's thread, without the emulator's lock.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/faults.h"

enum {
	SHAPE_BLOCK_SIZE = 32 * 1024,
	SHAPE_TICKS_PER_S = 20, /* of a drip */
};

typedef struct Shape {
	const FaultAction *fault; /* borrowed, or NULL */
	int fd;                   /* of the connection, borrowed */
	int stop_fd;              /* readable: give up; borrowed */
	bool is_plain;            /* nothing is done to the body */
} Shape;

void shape_init(Shape *ret, const FaultAction *fault, int fd, int stop_fd);

/* Wait as long as the fault says. False if the wait was cut short. */
bool shape_delay(const Shape *shape);

/* Hang or reset, if so told; then false: there is no reply. */
bool shape_before_reply(const Shape *shape);

/*
 * Copy up to @max bytes of @body from @at to @to. Returns how many, or -1 if
 * the connection shall end here.
 */
ssize_t shape_read(const Shape *shape, const Buf *body, uint64_t at, char *to,
		   size_t max);

/* The reply of a service that fails with @status, as the service words it. */
void shape_error(Exchange *exchange, unsigned status);
