/* SPDX-License-Identifier: MIT */

/*
 * Every free wipes the usable size of the block, which is what the allocator
 * really handed out. realloc becomes allocate, copy, wipe: growing in place
 * cannot be told from moving, and a move leaves the old copy behind. Called
 * once from main(), before anything else.
 */

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include "base/crypto-text.h"

static void wiping_free(void *p)
{
	if (!p)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t n)
{
	void *moved;
	size_t had;

	if (!p)
		return malloc(n);
	had = malloc_usable_size(p);
	if (n <= had && n >= had / 2)
		return p;
	moved = malloc(n);
	if (!moved)
		return NULL;
	memcpy(moved, p, AKV_MIN(n, had));
	wiping_free(p);
	return moved;
}

static char *wiping_strdup(const char *text)
{
	return strdup(text);
}

static void *crypto_malloc(size_t n, AKV_UNUSED const char *file,
			   AKV_UNUSED int line)
{
	return n > 0 ? malloc(n) : NULL;
}

static void *crypto_realloc(void *p, size_t n, AKV_UNUSED const char *file,
			    AKV_UNUSED int line)
{
	if (n > 0)
		return wiping_realloc(p, n);
	wiping_free(p);
	return NULL;
}

static void crypto_free(void *p, AKV_UNUSED const char *file,
			AKV_UNUSED int line)
{
	wiping_free(p);
}

int memory_init(void)
{
	cJSON_Hooks hooks = {.malloc_fn = malloc, .free_fn = wiping_free};

	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
				     crypto_free) != 1)
		return -EBUSY;
	crypto_text_defer();
	cJSON_InitHooks(&hooks);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
				 wiping_realloc, wiping_strdup,
				 calloc) != CURLE_OK)
		return -ENOMEM;
	return 0;
}
