/* SPDX-License-Identifier: MIT */

/* The vault as a source; used once, by the worker. */

#include "cache/source.h"

static int source_get(void *data, VaultCall **ret, const ObjectKey *key,
		      const char *version, uint64_t deadline_us,
		      ObjectGetDone done, void *done_data)
{
	return objects_get(data, ret, key, version, deadline_us, done,
			   done_data);
}

static int source_list(void *data, VaultCall **ret, const ListKey *key,
		       const char *page, uint64_t deadline_us,
		       ObjectListDone done, void *done_data)
{
	return objects_list(data, ret, key, page, deadline_us, done, done_data);
}

static void source_cancel(AKV_UNUSED void *data, VaultCall *call)
{
	vault_cancel(call);
}

CacheSource cache_source_vault(Vault *vault)
{
	return (CacheSource){
		.data = vault,
		.get = source_get,
		.list = source_list,
		.cancel = source_cancel,
	};
}
