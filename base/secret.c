/* SPDX-License-Identifier: MIT */

/*
 * The header and the bytes are one block of the secure heap, which wipes what
 * it frees. Only the worker and tools that sign in call this.
 */

#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/resource.h>

struct Secret {
	unsigned references;
	size_t n;
	unsigned char bytes[];
};

enum {
	/* The smallest block; it holds the header and a short password. */
	HEAP_BLOCK_MIN = 64,
	HEAP_SIZE_MIN = 256 * 1024,
};

static bool (*pressure_relieve)(void *data);
static void *pressure_data;

/* The largest power of two that is at most @limit. */
static size_t power_of_two_below(size_t limit)
{
	size_t size = HEAP_SIZE_MIN;

	while (size <= limit / 2)
		size *= 2;
	return size;
}

/* Leave a quarter of the limit to the other locked buffers. */
static size_t heap_size_allowed(size_t size_max)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur / 4 * 3 < size_max)
		size_max = limit.rlim_cur / 4 * 3;
	return power_of_two_below(size_max);
}

int secret_heap_init(size_t *ret_size, size_t size_max)
{
	size_t size = heap_size_allowed(size_max);
	int r = CRYPTO_secure_malloc_init(size, HEAP_BLOCK_MIN);

	if (r == 0)
		return -ENOMEM;
	if (ret_size)
		*ret_size = size;
	return r == 2 ? SECRET_E_UNLOCKED : 0;
}

size_t secret_heap_used(void)
{
	return CRYPTO_secure_used();
}

void secret_pressure_set(bool (*relieve)(void *data), void *data)
{
	pressure_relieve = relieve;
	pressure_data = data;
}

int secret_new_blank(Secret **ret, size_t n)
{
	Secret *secret;

	if (n > SECRET_SIZE_MAX)
		return -EMSGSIZE;
	/* Without its heap OpenSSL would silently use ordinary memory. */
	if (!CRYPTO_secure_malloc_initialized())
		return -ENOMEM;
	do {
		secret = OPENSSL_secure_zalloc(sizeof(*secret) + n + 1);
	} while (!secret && pressure_relieve &&
		 pressure_relieve(pressure_data));
	if (!secret)
		return -ENOMEM;
	secret->references = 1;
	secret->n = n;
	*ret = secret;
	return 0;
}

int secret_new(Secret **ret, const void *data, size_t n)
{
	Secret *secret = NULL;
	int r;

	r = secret_new_blank(&secret, n);
	if (r < 0)
		return r;
	if (n > 0)
		memcpy(secret->bytes, data, n);
	*ret = secret;
	return 0;
}

void *secret_fill(Secret *secret)
{
	return secret->bytes;
}

void secret_shorten(Secret *secret, size_t n)
{
	assert(n <= secret->n);
	OPENSSL_cleanse(secret->bytes + n, secret->n - n);
	secret->n = n;
}

Secret *secret_ref(Secret *secret)
{
	if (secret)
		secret->references++;
	return secret;
}

Secret *secret_unref(Secret *secret)
{
	if (secret && --secret->references == 0)
		OPENSSL_secure_clear_free(secret,
					  sizeof(*secret) + secret->n + 1);
	return NULL;
}

const void *secret_bytes(const Secret *secret)
{
	return secret->bytes;
}

size_t secret_size(const Secret *secret)
{
	return secret->n;
}

size_t secret_block_size(const Secret *secret)
{
	size_t size = HEAP_BLOCK_MIN;

	while (size < sizeof(*secret) + secret->n + 1)
		size *= 2;
	return size;
}

bool secret_equal(const Secret *a, const Secret *b)
{
	return a->n == b->n && CRYPTO_memcmp(a->bytes, b->bytes, a->n) == 0;
}
