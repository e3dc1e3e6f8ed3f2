/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * names - the order in which a directory is read
 *
 * A name gets a place when it is first seen, and keeps it: the place is its
 * offset in readdir. So a directory needs no handle for a scan to neither skip
 * nor repeat a name, while the list still arrives, across refreshes, and across
 * a restart of the worker, because the table lies in memory that outlives it.
 * There is no value in it.
 *
 * A list is taken over page by page in a round: names_begin(), names_see() for
 * each name, names_end(). One thread; one table a collection.
 */

#include "base/std.h"
#include "vault/name.h"

typedef struct Names Names;

/* The memory that a table of @names_max names needs. */
size_t names_memory_size(size_t names_max);

/*
 * Use @memory of @size bytes, zeroed or left by an earlier table of the same
 * size. It is borrowed. Returns 0, -ENOMEM, or -EINVAL if it is too small or
 * holds something else.
 */
AKV_MUST_CHECK int names_new(Names **ret, void *memory, size_t size);
Names *names_free(Names *names);
AKV_DEFINE_CLEANUP(Names *, names_free);

void names_begin(Names *names);

/*
 * @name, spelt so, is in the list. Returns 0, -ENOMEM, or -ENOSPC if the table
 * is full of names that were seen.
 */
AKV_MUST_CHECK int names_see(Names *names, const char *name);

/* The list is whole: what was not seen is gone. Has anything changed? */
bool names_end(Names *names);

/*
 * The list broke off. What was known before the round is in the list again,
 * and so is what the round has seen.
 */
void names_abort(Names *names);

/*
 * The first name whose place is above @place and that may be told: in the
 * list and, while a round goes on, with no known name before it that may
 * still come. NULL if there is none. *@ret_place is its place, at least 1.
 */
const char *names_next(const Names *names, uint64_t place, uint64_t *ret_place);

/* Is a round going on, and how many names are in the list so far? */
bool names_in_round(const Names *names);
size_t names_count(const Names *names);
