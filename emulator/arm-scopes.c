/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. Ids are compared without case. */

#include "emulator/arm-scopes.h"

#include <strings.h>

#include "base/parse.h"
#include "emulator/emulator.h"

void arm_scopes_done(ArmScopes *scopes)
{
	for (size_t i = 0; i < scopes->n_groups; i++)
		cJSON_Delete(scopes->groups[i].tags);
	free(scopes->groups);
	free(scopes->subscriptions);
	*scopes = (ArmScopes){0};
}

int arm_scopes_set_subscription(ArmScopes *scopes,
				const Subscription *subscription)
{
	Subscription *grown;

	for (size_t i = 0; i < scopes->n_subscriptions; i++) {
		if (strcasecmp(scopes->subscriptions[i].id, subscription->id) !=
		    0)
			continue;
		scopes->subscriptions[i] = *subscription;
		return 0;
	}
	if (scopes->n_subscriptions >= SUBSCRIPTIONS_MAX)
		return -ENOSPC;
	grown = reallocarray(scopes->subscriptions, scopes->n_subscriptions + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	scopes->subscriptions = grown;
	grown[scopes->n_subscriptions++] = *subscription;
	return 0;
}

static Group *group_find(const ArmScopes *scopes, const char *subscription,
			 const char *name)
{
	for (size_t i = 0; i < scopes->n_groups; i++) {
		Group *group = &scopes->groups[i];

		if (strcasecmp(group->subscription, subscription) == 0 &&
		    strcasecmp(group->name, name) == 0)
			return group;
	}
	return NULL;
}

const Group *arm_scopes_find_group(const ArmScopes *scopes,
				   const char *subscription, const char *name)
{
	return group_find(scopes, subscription, name);
}

int arm_scopes_set_group(ArmScopes *scopes, const Group *group,
			 const cJSON *tags)
{
	Group *known = group_find(scopes, group->subscription, group->name);
	Group *grown;

	if (known)
		return vault_facts_set(&known->tags, tags);
	if (scopes->n_groups >= GROUPS_MAX)
		return -ENOSPC;
	grown = reallocarray(scopes->groups, scopes->n_groups + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	scopes->groups = grown;
	grown += scopes->n_groups;
	*grown = *group;
	grown->tags = NULL;
	scopes->n_groups++;
	return vault_facts_set(&grown->tags, tags);
}

bool arm_scopes_remove_group(ArmScopes *scopes, const char *subscription,
			     const char *name)
{
	Group *group = group_find(scopes, subscription, name);

	if (!group)
		return false;
	cJSON_Delete(group->tags);
	*group = scopes->groups[--scopes->n_groups];
	return true;
}

void subscription_of_tenant(Subscription *ret, const char *tenant)
{
	char seed[GUID_SIZE + 32];

	*ret = (Subscription){.name = "Emulator"};
	(void)snprintf(seed, sizeof(seed), "subscription of %s", tenant);
	ascii_lower(seed);
	derived_guid(ret->id, seed);
	(void)snprintf(ret->tenant, GUID_SIZE, "%s", tenant);
}

void subscription_of_vault(char ret[GUID_SIZE], const Vault *vault)
{
	Subscription own;

	subscription_of_tenant(&own, vault->tenant);
	(void)snprintf(ret, GUID_SIZE, "%s",
		       vault->facts.subscription[0] ? vault->facts.subscription
						    : own.id);
}

/* The @i-th: first those of the tenants, then the stated ones. */
static bool subscription_at(Subscription *ret, const Emulator *emulator,
			    size_t i)
{
	const Directory *directory = &emulator->directory;
	const ArmScopes *scopes = &emulator->scopes;

	if (i < directory->n_tenants) {
		subscription_of_tenant(ret, directory->tenants[i]);
		return true;
	}
	i -= directory->n_tenants;
	if (i >= scopes->n_subscriptions)
		return false;
	*ret = scopes->subscriptions[i];
	return true;
}

bool arm_scopes_next(Subscription *ret, const Emulator *emulator,
		     const char *tenant, const char *id, size_t *i)
{
	Subscription found;

	while (subscription_at(&found, emulator, *i)) {
		(*i)++;
		if ((tenant && strcasecmp(found.tenant, tenant) != 0) ||
		    (id && strcasecmp(found.id, id) != 0))
			continue;
		*ret = found;
		return true;
	}
	return false;
}

bool arm_scopes_has_group(const Emulator *emulator, const char *subscription,
			  const char *name, const char **ret_name,
			  const char **ret_location)
{
	const Group *group = group_find(&emulator->scopes, subscription, name);
	char id[GUID_SIZE];

	if (group) {
		*ret_name = group->name;
		*ret_location = group->location;
		return true;
	}
	for (size_t i = 0; i < emulator->vaults.n; i++) {
		const Vault *vault = emulator->vaults.vaults[i];

		subscription_of_vault(id, vault);
		if (strcasecmp(id, subscription) != 0 ||
		    strcasecmp(vault->facts.group, name) != 0)
			continue;
		*ret_name = vault->facts.group;
		*ret_location = vault->location;
		return true;
	}
	return false;
}
