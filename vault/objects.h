/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * objects - what the data plane holds, got and listed
 *
 * Every answer is checked before it is given: strict JSON, the types, the id
 * (its vault, collection, name and version are those asked for), names of the
 * grammar, sizes. Of a list's items only names, versions and attributes are
 * taken.
 *
 * What a vault of this kind, or this version of its interface, does not have
 * at all (storage accounts, which newer versions dropped; all but keys in a
 * managed HSM; rotation policies before 7.3) is answered with VAULT_E_ABSENT,
 * without a request where that is known beforehand.
 */

#include "vault/model.h"
#include "vault/name.h"
#include "vault/page.h"
#include "vault/vault.h"

/*
 * @bundle is borrowed for the call (take a reference on its value) and NULL
 * unless @error->answer is VAULT_OK.
 */
typedef void (*ObjectGetDone)(void *data, const ObjectBundle *bundle,
			      const VaultError *error);

/*
 * GET what @key names. @version is NULL for the current one, and has to be
 * where object_key_has_versions() is false. One call back, from the loop.
 * Returns 0, -ENOMEM, -ENOSPC, or -EINVAL for what cannot be asked.
 */
AKV_MUST_CHECK int objects_get(Vault *vault, VaultCall **ret,
			       const ObjectKey *key, const char *version,
			       uint64_t deadline_us, ObjectGetDone done,
			       void *data);

/*
 * One page of a list. @items are borrowed for the call. @next is the target of
 * the next page, for the @page of another call, or NULL behind the last; it was
 * checked to be of this vault and of this list.
 */
typedef void (*ObjectListDone)(void *data, const ObjectItem *items, size_t n,
			       const char *next, const VaultError *error);

/* @page is NULL for the first page. Returns as objects_get(). */
AKV_MUST_CHECK int objects_list(Vault *vault, VaultCall **ret,
				const ListKey *key, const char *page,
				uint64_t deadline_us, ObjectListDone done,
				void *data);
