/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * source - where the cache gets what it does not have
 *
 * A table of functions, so that the cache is tested without a network. The one
 * for a vault is cache_source_vault().
 */

#include "base/std.h"
#include "vault/objects.h"

typedef struct CacheSource {
	void *data;
	/* As objects_get() and objects_list(); what they return is cancelled
	 * with cancel(). */
	int (*get)(void *data, VaultCall **ret, const ObjectKey *key,
		   const char *version, uint64_t deadline_us,
		   ObjectGetDone done, void *done_data);
	int (*list)(void *data, VaultCall **ret, const ListKey *key,
		    const char *page, uint64_t deadline_us, ObjectListDone done,
		    void *done_data);
	void (*cancel)(void *data, VaultCall *call);
} CacheSource;

/* @vault is borrowed. */
CacheSource cache_source_vault(Vault *vault);
