/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * routes - which handler answers which request
 *
 * A table per kind of host. A pattern is a path without its first slash, where
 * "*" takes any one segment, which may be empty. The first pattern that fits
 * path and method wins; if only the path fits, the answer is 405.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"

typedef struct Route {
	const char *method;
	const char *pattern;
	int (*handle)(Exchange *exchange);
	const Kind *kind;       /* of the data plane; or NULL */
	const char *permission; /* what the caller must be allowed; or NULL */
} Route;

/* The routes of one kind of objects. */
typedef struct RouteTable {
	const Route *routes;
	size_t n;
} RouteTable;

#define ROUTE_TABLE(array)                                   \
	{                                                    \
		.routes = (array), .n = AKV_ARRAY_LEN(array) \
	}

/*
 * The route of @exchange in @routes, whose captures are then set, or NULL with
 * *@ret_path_fits telling whether it was only the method.
 */
const Route *route_find(Exchange *exchange, const Route *routes, size_t n,
			bool *ret_path_fits);

/*
 * Make the reply. With the emulator's lock held. Returns 0 or a negative
 * errno; then no reply is made.
 */
AKV_MUST_CHECK int routes_dispatch(Exchange *exchange);

/* Is it for the emulator itself? Such requests are not logged. */
bool routes_is_control(const Exchange *exchange);
