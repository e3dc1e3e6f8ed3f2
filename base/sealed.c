/* SPDX-License-Identifier: MIT */

/* A one-time pad; fresh random bytes at each store. */

#include "base/sealed.h"

#include <sys/random.h>

int sealed_store(Sealed *sealed, const void *data, size_t n)
{
	const unsigned char *bytes = data;

	if (n > SEALED_SIZE_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < n; i += 256) {
		size_t part = AKV_MIN(n - i, (size_t)256);

		/* Up to 256 bytes come whole, or not at all. */
		if (getrandom(sealed->pad + i, part, 0) < 0)
			return -errno;
	}
	for (size_t i = 0; i < n; i++)
		sealed->masked[i] = bytes[i] ^ sealed->pad[i];
	sealed->n = (uint32_t)n;
	return 0;
}

size_t sealed_size(const Sealed *sealed)
{
	return AKV_MIN(sealed->n, (uint32_t)SEALED_SIZE_MAX);
}

void sealed_open(const Sealed *sealed, void *to)
{
	unsigned char *bytes = to;
	size_t n = sealed_size(sealed);

	for (size_t i = 0; i < n; i++)
		bytes[i] = sealed->masked[i] ^ sealed->pad[i];
}
