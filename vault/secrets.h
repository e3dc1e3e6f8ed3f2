/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * secrets - the calls on /secrets
 *
 * Every answer is checked before it is given: strict JSON, the types, the id
 * (its vault, collection, name and version are those asked for), names of the
 * grammar, the size of a value. Of a list's items only the names are taken.
 */

#include "vault/model.h"
#include "vault/name.h"
#include "vault/vault.h"

/*
 * @bundle is borrowed for the call (take a reference on its value) and NULL
 * unless @error->answer is VAULT_OK.
 */
typedef void (*SecretGetDone)(void *data, const SecretBundle *bundle,
			      const VaultError *error);

/*
 * GET /secrets/NAME[/VERSION]. @version is NULL for the current one. One call
 * back, from the loop. Returns 0, -ENOMEM or -ENOSPC.
 */
AKV_MUST_CHECK int secrets_get(Vault *vault, VaultCall **ret,
			       const ObjectKey *key, const char *version,
			       uint64_t deadline_us, SecretGetDone done,
			       void *data);

/*
 * One page of GET /secrets. @items are borrowed for the call. @next is the
 * target of the next page, for the @page of another call, or NULL behind the
 * last; it was checked to be of this vault and this collection.
 */
typedef void (*SecretListDone)(void *data, const ObjectItem *items, size_t n,
			       const char *next, const VaultError *error);

/* @page is NULL for the first page. Returns as secrets_get(). */
AKV_MUST_CHECK int secrets_list(Vault *vault, VaultCall **ret, const char *page,
				uint64_t deadline_us, SecretListDone done,
				void *data);
