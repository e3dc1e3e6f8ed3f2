/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * secret - bytes that must not outlive their use
 *
 * A Secret owns one run of bytes in OpenSSL's secure heap: locked, guarded,
 * left out of core dumps. It is reference counted, so that the cache and a
 * reply in progress share one copy, and it is wiped with its last reference.
 * It has no printable form. One thread.
 *
 * secret_heap_init() comes first, once per process.
 */

#include "base/std.h"

typedef struct Secret Secret;

/* Larger than any value of the vault (25,600 bytes) in any rendition. */
enum { SECRET_SIZE_MAX = 256 * 1024 };

/*
 * Set the heap up with at most @size_max bytes, fewer where RLIMIT_MEMLOCK
 * does not allow that many. *@ret_size (may be NULL) is what it came to.
 * Returns 0, SECRET_E_UNLOCKED if the memory works but could not be locked,
 * or -ENOMEM.
 */
enum { SECRET_E_UNLOCKED = 1 };
AKV_MUST_CHECK int secret_heap_init(size_t *ret_size, size_t size_max);

/* Bytes of the heap in use now, power-of-two rounding included. */
size_t secret_heap_used(void);

/*
 * Whom to ask for room when the heap is full: @relieve(@data) lets some
 * secrets go and says whether it could. NULL: nobody.
 */
void secret_pressure_set(bool (*relieve)(void *data), void *data);

/*
 * Copy @n bytes into a new secret; the caller wipes @data. Returns 0, -ENOMEM
 * if the heap is full, or -EMSGSIZE above SECRET_SIZE_MAX.
 */
AKV_MUST_CHECK int secret_new(Secret **ret, const void *data, size_t n);

/* The same, zero-filled, for the caller to fill through secret_fill(). */
AKV_MUST_CHECK int secret_new_blank(Secret **ret, size_t n);
void *secret_fill(Secret *secret);

/* Shorten to the first @n bytes; the rest is wiped. */
void secret_shorten(Secret *secret, size_t n);

Secret *secret_ref(Secret *secret);   /* accepts NULL; returns @secret */
Secret *secret_unref(Secret *secret); /* accepts NULL; returns NULL */
AKV_DEFINE_CLEANUP(Secret *, secret_unref);

/*
 * The bytes, followed by a NUL that does not count. Borrowed: valid while the
 * caller holds its reference.
 */
const void *secret_bytes(const Secret *secret);
size_t secret_size(const Secret *secret);

/* What it takes of the heap: header included, rounded to a power of two. */
size_t secret_block_size(const Secret *secret);

/* The same bytes? In constant time for equal sizes. */
bool secret_equal(const Secret *a, const Secret *b);
