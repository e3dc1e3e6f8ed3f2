/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-scopes - subscriptions and resource groups
 *
 * Each tenant has a subscription, whose id follows from the tenant's; a seed
 * may state more. A resource group exists if it was made, or if a vault is in
 * it.
 */

#include "base/std.h"
#include "emulator/names.h"
#include "emulator/vault-store.h"

struct Emulator;

enum {
	SUBSCRIPTIONS_MAX = 256,
	GROUPS_MAX = 4096,
	DISPLAY_NAME_SIZE = 128,
};

typedef struct Subscription {
	char id[GUID_SIZE];
	char tenant[GUID_SIZE];
	char name[DISPLAY_NAME_SIZE];
} Subscription;

typedef struct Group {
	char subscription[GUID_SIZE];
	char name[GROUP_NAME_SIZE];
	char location[LOCATION_SIZE];
	cJSON *tags; /* owned, or NULL */
} Group;

typedef struct ArmScopes {
	Subscription *subscriptions; /* owned; those that a seed stated */
	size_t n_subscriptions;
	Group *groups; /* owned; those that were made */
	size_t n_groups;
} ArmScopes;

void arm_scopes_done(ArmScopes *scopes);

/* Add or change. 0, -ENOSPC or -ENOMEM. */
AKV_MUST_CHECK int
arm_scopes_set_subscription(ArmScopes *scopes,
			    const Subscription *subscription);
AKV_MUST_CHECK int arm_scopes_set_group(ArmScopes *scopes, const Group *group,
					const cJSON *tags);

/* NULL if it was not made; borrowed until the next change. */
const Group *arm_scopes_find_group(const ArmScopes *scopes,
				   const char *subscription, const char *name);
bool arm_scopes_remove_group(ArmScopes *scopes, const char *subscription,
			     const char *name);

/* The subscription that every tenant has. */
void subscription_of_tenant(Subscription *ret, const char *tenant);

/* The id of the subscription that @vault is in. */
void subscription_of_vault(char ret[GUID_SIZE], const Vault *vault);

/*
 * All subscriptions of @tenant, or that one of all tenants whose id is @id
 * (unless NULL), from the @i-th on. False if there are no more.
 */
bool arm_scopes_next(Subscription *ret, const struct Emulator *emulator,
		     const char *tenant, const char *id, size_t *i);

/* Is there such a group, made or lived in? *@ret_location is static or its. */
bool arm_scopes_has_group(const struct Emulator *emulator,
			  const char *subscription, const char *name,
			  const char **ret_name, const char **ret_location);
