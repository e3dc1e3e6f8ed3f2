/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * values - the values held, by object and version, and which goes first
 *
 * A value never changes: it belongs to one version. It is held until it is
 * the least recently used and there are more, in number or in bytes of
 * memory, than allowed; then it is wiped, unless a reply still uses it.
 */

#include "base/secret.h"
#include "base/std.h"
#include "vault/name.h"

typedef struct Values Values;

AKV_MUST_CHECK int values_new(Values **ret, size_t values_max,
			      size_t bytes_max);
Values *values_free(Values *values);
AKV_DEFINE_CLEANUP(Values *, values_free);

/*
 * The value of that version, with a reference for the caller, and it is now
 * the most recently used; NULL if it is not held.
 */
Secret *values_get(Values *values, const ObjectKey *key, const char *version);

/*
 * Hold @value (a reference of its own is taken), evicting others as needed.
 * One that is larger than all that may be held is not held; that is no error.
 * Returns 0 or -ENOMEM.
 */
AKV_MUST_CHECK int values_put(Values *values, const ObjectKey *key,
			      const char *version, Secret *value);

/* Evict the least recently used ones until @n are left. */
void values_shrink(Values *values, size_t n);

size_t values_count(const Values *values);
size_t values_bytes(const Values *values);
uint64_t values_evicted(const Values *values);
