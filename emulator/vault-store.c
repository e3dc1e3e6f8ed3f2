/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/vault-store.h"

#include <strings.h>

static Vault *vault_free(Vault *vault)
{
	if (!vault)
		return NULL;
	for (size_t i = 0; i < COLLECTION_KINDS; i++)
		collection_done(&vault->collections[i]);
	permissions_done(&vault->permissions);
	free(vault);
	return NULL;
}

void vault_store_done(VaultStore *store)
{
	for (size_t i = 0; i < store->n; i++)
		(void)vault_free(store->vaults[i]);
	free(store->vaults);
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

int vault_store_add(VaultStore *store, Vault **ret, const char *name,
		    const char *tenant)
{
	Vault **vaults;
	Vault *vault;

	if (!vault_name_is_valid(name))
		return -EINVAL;
	if (store->n >= VAULTS_MAX)
		return -ENOSPC;
	vaults = reallocarray(store->vaults, store->n + 1, sizeof(*vaults));
	if (!vaults)
		return -ENOMEM;
	store->vaults = vaults;
	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	(void)snprintf(vault->name, sizeof(vault->name), "%s", name);
	(void)snprintf(vault->location, sizeof(vault->location), "westeurope");
	(void)snprintf(vault->tenant, sizeof(vault->tenant), "%s", tenant);
	vault->soft_delete = true;
	vault->retention_days = RETENTION_DAYS_MAX;
	store->vaults[store->n++] = vault;
	*ret = vault;
	return 0;
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
