/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * vault-store - the vaults there are, and what is set on each
 */

#include "base/std.h"
#include "emulator/collection.h"
#include "emulator/names.h"
#include "emulator/permissions.h"
#include "emulator/vault-facts.h"

enum {
	VAULTS_MAX = 1024,
	LOCATION_SIZE = 32,
};

enum collection_kind {
	COLLECTION_SECRETS,
	COLLECTION_KEYS,
	COLLECTION_CERTIFICATES,
	COLLECTION_STORAGE,
	COLLECTION_KINDS,
};

typedef struct Vault {
	char name[VAULT_NAME_MAX + 1];
	char location[LOCATION_SIZE];
	char tenant[GUID_SIZE];
	bool soft_delete;
	bool purge_protection;
	bool rbac;        /* refusals are worded as role assignments do it */
	bool is_hsm;      /* a managed HSM: keys only, under its own names */
	bool has_sas;     /* secrets of SAS definitions; see storage-sas.h */
	bool empty_pages; /* every second page of a list is empty */
	unsigned retention_days;
	Collection collections[COLLECTION_KINDS];
	Permissions permissions;
	VaultFacts facts;
	cJSON *issuers;  /* owned: of certificates, in order; or NULL */
	cJSON *contacts; /* owned: an array, or NULL */

	/* When the next certificate is to be issued; 0: none is. */
	int64_t certificates_due_us;
} Vault;

typedef struct VaultStore {
	Vault **vaults; /* owned, in order of creation */
	size_t n;
	Vault **deleted; /* owned, oldest first */
	size_t n_deleted;
} VaultStore;

void vault_store_done(VaultStore *store);

/* Names are compared without case. NULL if there is none. */
Vault *vault_store_find(const VaultStore *store, const char *name);

/* Returns 0, -EINVAL for a name no vault can have, -ENOSPC, or -ENOMEM. */
AKV_MUST_CHECK int vault_store_add(VaultStore *store, Vault **ret,
				   const char *name, const char *tenant);

/*
 * Delete a vault with all that is in it, as of @now_s: it can be recovered
 * until its retention ends, or is gone at once if it has no soft delete.
 * -ENOSPC above VAULTS_MAX deleted ones, or -ENOMEM.
 */
AKV_MUST_CHECK int vault_store_delete(VaultStore *store, Vault *vault,
				      int64_t now_s);

/*
 * The deleted vault of that name, or NULL; those whose retention has ended by
 * @now_s are forgotten first.
 */
Vault *vault_store_find_deleted(VaultStore *store, const char *name,
				int64_t now_s);

/* Back among the living. -ENOSPC or -ENOMEM. */
AKV_MUST_CHECK int vault_store_recover(VaultStore *store, Vault *vault);

/* Forget a deleted vault. */
void vault_store_purge(VaultStore *store, Vault *vault);

/* "Recoverable+Purgeable" and the others, by what is set on the vault. */
const char *vault_recovery_level(const Vault *vault);
