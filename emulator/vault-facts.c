/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/vault-facts.h"

#include "base/parse.h"

void vault_facts_init(VaultFacts *ret)
{
	*ret = (VaultFacts){
		.group = VAULT_GROUP_DEFAULT,
		.sku = "standard",
		.public_access = "Enabled",
	};
}

void vault_facts_done(VaultFacts *facts)
{
	cJSON_Delete(facts->tags);
	cJSON_Delete(facts->policies);
	cJSON_Delete(facts->network_acls);
	cJSON_Delete(facts->private_endpoints);
	cJSON_Delete(facts->roles);
	*facts = (VaultFacts){0};
}

int vault_facts_set(cJSON **slot, const cJSON *value)
{
	cJSON *copy = NULL;

	if (value) {
		copy = cJSON_Duplicate(value, true);
		if (!copy)
			return -ENOMEM;
	}
	cJSON_Delete(*slot);
	*slot = copy;
	return 0;
}

int vault_facts_copy(VaultFacts *ret, const VaultFacts *facts)
{
	VaultFacts copy = *facts;
	int r;

	copy.tags = NULL;
	copy.policies = NULL;
	copy.network_acls = NULL;
	copy.private_endpoints = NULL;
	copy.roles = NULL;
	r = vault_facts_set(&copy.tags, facts->tags);
	if (r == 0)
		r = vault_facts_set(&copy.policies, facts->policies);
	if (r == 0)
		r = vault_facts_set(&copy.network_acls, facts->network_acls);
	if (r == 0)
		r = vault_facts_set(&copy.private_endpoints,
				    facts->private_endpoints);
	if (r == 0)
		r = vault_facts_set(&copy.roles, facts->roles);
	if (r < 0) {
		vault_facts_done(&copy);
		return r;
	}
	*ret = copy;
	return 0;
}

bool group_name_is_valid(const char *name)
{
	static const char allowed[] =
		"0123456789-_().abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(name);

	return n > 0 && n <= GROUP_NAME_MAX && strspn(name, allowed) == n &&
	       name[n - 1] != '.';
}

void location_normalize(char *ret, size_t size, const char *location)
{
	size_t n = 0;

	for (; *location && n + 1 < size; location++) {
		if (*location != ' ')
			ret[n++] = *location;
	}
	ret[n] = '\0';
	ascii_lower(ret);
}
