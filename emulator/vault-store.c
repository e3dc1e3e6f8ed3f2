/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/vault-store.h"

#include <strings.h>

enum { SECONDS_PER_DAY = 86400 };

static Vault *vault_free(Vault *vault)
{
	if (!vault)
		return NULL;
	for (size_t i = 0; i < COLLECTION_KINDS; i++)
		collection_done(&vault->collections[i]);
	permissions_done(&vault->permissions);
	cJSON_Delete(vault->issuers);
	cJSON_Delete(vault->contacts);
	vault_facts_done(&vault->facts);
	free(vault);
	return NULL;
}

void vault_store_done(VaultStore *store)
{
	for (size_t i = 0; i < store->n; i++)
		(void)vault_free(store->vaults[i]);
	for (size_t i = 0; i < store->n_deleted; i++)
		(void)vault_free(store->deleted[i]);
	free(store->vaults);
	free(store->deleted);
	*store = (VaultStore){0};
}

Vault *vault_store_find(const VaultStore *store, const char *name)
{
	for (size_t i = 0; i < store->n; i++) {
		if (strcasecmp(store->vaults[i]->name, name) == 0)
			return store->vaults[i];
	}
	return NULL;
}

/* Make room for one more in a list of @n. */
static int list_grow(Vault ***list, size_t n)
{
	Vault **grown;

	if (n >= VAULTS_MAX)
		return -ENOSPC;
	grown = reallocarray(*list, n + 1, sizeof(Vault *));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	return 0;
}

static void list_remove(Vault **list, size_t *n, const Vault *vault)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (list[i] != vault)
			list[kept++] = list[i];
	}
	*n = kept;
}

int vault_store_add(VaultStore *store, Vault **ret, const char *name,
		    const char *tenant)
{
	Vault *vault;
	int r;

	if (!vault_name_is_valid(name))
		return -EINVAL;
	r = list_grow(&store->vaults, store->n);
	if (r < 0)
		return r;
	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	(void)snprintf(vault->name, sizeof(vault->name), "%s", name);
	(void)snprintf(vault->location, sizeof(vault->location), "westeurope");
	(void)snprintf(vault->tenant, sizeof(vault->tenant), "%s", tenant);
	vault->soft_delete = true;
	vault->retention_days = RETENTION_DAYS_MAX;
	vault_facts_init(&vault->facts);
	store->vaults[store->n++] = vault;
	*ret = vault;
	return 0;
}

int vault_store_delete(VaultStore *store, Vault *vault, int64_t now_s)
{
	int r;

	if (!vault->soft_delete) {
		list_remove(store->vaults, &store->n, vault);
		(void)vault_free(vault);
		return 0;
	}
	r = list_grow(&store->deleted, store->n_deleted);
	if (r < 0)
		return r;
	vault->facts.deleted_s = now_s;
	vault->facts.purge_s =
		now_s + (int64_t)vault->retention_days * SECONDS_PER_DAY;
	list_remove(store->vaults, &store->n, vault);
	store->deleted[store->n_deleted++] = vault;
	return 0;
}

Vault *vault_store_find_deleted(VaultStore *store, const char *name,
				int64_t now_s)
{
	for (size_t i = store->n_deleted; i > 0; i--) {
		Vault *vault = store->deleted[i - 1];

		if (vault->facts.purge_s <= now_s)
			vault_store_purge(store, vault);
	}
	for (size_t i = 0; i < store->n_deleted; i++) {
		if (strcasecmp(store->deleted[i]->name, name) == 0)
			return store->deleted[i];
	}
	return NULL;
}

int vault_store_recover(VaultStore *store, Vault *vault)
{
	int r = list_grow(&store->vaults, store->n);

	if (r < 0)
		return r;
	list_remove(store->deleted, &store->n_deleted, vault);
	store->vaults[store->n++] = vault;
	return 0;
}

void vault_store_purge(VaultStore *store, Vault *vault)
{
	list_remove(store->deleted, &store->n_deleted, vault);
	(void)vault_free(vault);
}

const char *vault_recovery_level(const Vault *vault)
{
	bool customized = vault->retention_days < RETENTION_DAYS_MAX;

	if (!vault->soft_delete)
		return "Purgeable";
	if (vault->purge_protection)
		return customized ? "CustomizedRecoverable" : "Recoverable";
	return customized ? "CustomizedRecoverable+Purgeable"
			  : "Recoverable+Purgeable";
}
