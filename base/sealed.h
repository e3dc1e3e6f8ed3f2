/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * sealed - a secret at rest, in two halves that each look random
 *
 * What has to be kept for the life of a mount, such as a client secret, is
 * kept as a random pad and the secret under that pad, so that no piece of it
 * lies in any memory in clear. It is put together only for as long as a
 * request is made of it. The memory is shared by launcher and worker, so that
 * a worker that is started anew can sign in.
 */

#include "base/std.h"

enum { SEALED_SIZE_MAX = 8 * 1024 };

typedef struct Sealed {
	uint32_t n; /* 0: empty */
	unsigned char pad[SEALED_SIZE_MAX];
	unsigned char masked[SEALED_SIZE_MAX];
} Sealed;

/*
 * Seal @n bytes; the caller wipes @data. Returns 0, -EMSGSIZE above
 * SEALED_SIZE_MAX, or what getrandom(2) does.
 */
AKV_MUST_CHECK int sealed_store(Sealed *sealed, const void *data, size_t n);

/* The size of what is sealed, at most SEALED_SIZE_MAX; 0 if nothing is. */
size_t sealed_size(const Sealed *sealed);

/* Write sealed_size() bytes in clear to @to, which the caller wipes. */
void sealed_open(const Sealed *sealed, void *to);
