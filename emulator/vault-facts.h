/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * vault-facts - what the management plane knows of a vault
 *
 * The data plane needs none of it. What it does need (tenant, soft delete, who
 * may do what) is in the Vault itself. JSON kept here is in the form in which
 * the management plane writes it.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/names.h"

enum {
	GROUP_NAME_MAX = 90,
	GROUP_NAME_SIZE = GROUP_NAME_MAX + 1,
	WORD_SIZE = 24, /* of an enumeration */
};

#define VAULT_GROUP_DEFAULT "emulator"

/* A property that may have been left out. */
enum stated { UNSTATED, STATED_FALSE, STATED_TRUE };

typedef struct VaultFacts {
	char subscription[GUID_SIZE]; /* "": that of the tenant */
	char group[GROUP_NAME_SIZE];
	char sku[WORD_SIZE];           /* "standard", "premium" */
	char public_access[WORD_SIZE]; /* "Enabled", "Disabled" */
	enum stated rbac, for_disk_encryption, for_template;
	bool for_deployment;
	bool retention_stated;
	bool soft_delete_stated;

	/*
	 * The management plane said who may come in: then nobody else may, and
	 * the default principal neither.
	 */
	bool access_stated;

	cJSON *tags;              /* owned: strings by name; or NULL */
	cJSON *policies;          /* owned: an array; NULL: arm-access.h */
	cJSON *roles;             /* owned: an array; NULL: as above */
	cJSON *network_acls;      /* owned, or NULL: open to all */
	cJSON *private_endpoints; /* owned: an array; or NULL */

	char created_by[GUID_SIZE], changed_by[GUID_SIZE];
	int64_t created_us, changed_us;
	int64_t ready_us; /* before, its name is being registered */
	int64_t deleted_s, purge_s;
} VaultFacts;

/* What a vault has of which nothing else is said. */
void vault_facts_init(VaultFacts *ret);
void vault_facts_done(VaultFacts *facts);

/* -ENOMEM, with nothing to free. */
AKV_MUST_CHECK int vault_facts_copy(VaultFacts *ret, const VaultFacts *facts);

/* Replace *@slot by a copy of @value, NULL for none. */
AKV_MUST_CHECK int vault_facts_set(cJSON **slot, const cJSON *value);

/* 1 to 90 letters, digits, '-', '_', '(', ')' and '.', the last no '.'. */
bool group_name_is_valid(const char *name);

/* "West Europe" is "westeurope". Cut to @size. */
void location_normalize(char *ret, size_t size, const char *location);
