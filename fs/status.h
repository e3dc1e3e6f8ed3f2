/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * status - what .akvfs/status.json says
 *
 * Counters and sizes; no name of an object and no value.
 */

#include "base/buf.h"
#include "base/http.h"
#include "base/std.h"
#include "cache/cache.h"
#include "fs/filesystem.h"
#include "fs/nodes.h"
#include "fs/state.h"

typedef struct StatusFacts {
	const char *vault;
	const char *identity;     /* how one signs in: "client secret" */
	const char *signed_in_as; /* the id of who does; "": not known */
	const State *state;
	const Cache *cache;
	const FilesystemCounts *counts;
	const Nodes *nodes;
	const Http *http;
	const char *management, *management_why; /* NULL: left out */
	unsigned pending;
	bool memory_locked;
	size_t secret_heap_size;
} StatusFacts;

/* Append it as one JSON object and a newline. */
AKV_MUST_CHECK int status_write(Buf *buf, const StatusFacts *facts);
