/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held, or before there are threads. */

#include "emulator/seed-arm.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-access.h"
#include "emulator/arm-api.h"
#include "emulator/arm-draft.h"
#include "emulator/arm-private.h"

/* Copy a string of at most @size bytes with its end. */
static int text_apply(char *ret, size_t size, const cJSON *value)
{
	if (!cJSON_IsString(value) || value->valuestring[0] == '\0' ||
	    strlen(value->valuestring) >= size)
		return SEED_ARM_E_INVALID;
	(void)snprintf(ret, size, "%s", value->valuestring);
	return 0;
}

/* --- a vault ------------------------------------------------------------ */

static int subscription_apply(Emulator *emulator, Vault *vault,
			      const cJSON *value)
{
	Subscription subscription = {.name = "Emulator"}, known;
	size_t i = 0;
	int r = text_apply(subscription.id, GUID_SIZE, value);

	if (r != 0)
		return r;
	memcpy(vault->facts.subscription, subscription.id, GUID_SIZE);
	if (arm_scopes_next(&known, emulator, NULL, subscription.id, &i))
		return 0;
	memcpy(subscription.tenant, vault->tenant, GUID_SIZE);
	return arm_scopes_set_subscription(&emulator->scopes, &subscription);
}

/* "properties" or "tags", as a PATCH would set them. */
static int body_apply(Emulator *emulator, Vault *vault, const cJSON *member)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	AKV_JSON cJSON *body = cJSON_CreateObject();
	const char *why;
	bool had_policies = vault->facts.policies != NULL;
	int r;

	if (!body || !cJSON_AddItemReferenceToObject(
			     body, member->string, (cJSON *)(uintptr_t)member))
		return -ENOMEM;
	r = arm_draft_init(&draft, vault, arm_api_find("2026-02-01"));
	if (r == 0)
		r = arm_draft_read(&draft, body, false, &why);
	if (r != 0)
		return r < 0 ? r : SEED_ARM_E_INVALID;
	arm_draft_commit(&draft, vault);
	if (vault->facts.policies && !had_policies)
		r = access_apply(emulator, vault);
	return r;
}

static int private_apply(Vault *vault, const cJSON *endpoints)
{
	const cJSON *item;

	if (!cJSON_IsObject(endpoints))
		return SEED_ARM_E_INVALID;
	cJSON_ArrayForEach (item, endpoints) {
		const char *endpoint = NULL, *status = "Approved";
		int r = json_get_string(&endpoint, item, "endpoint");

		if (r == 0 || r == JSON_E_ABSENT)
			r = json_get_string(&status, item, "status");
		if (r != 0 && r != JSON_E_ABSENT)
			return SEED_ARM_E_INVALID;
		r = arm_private_set(vault, item->string, endpoint, status,
				    NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A role by its id or by its name. */
static const Role *role_named(const char *text)
{
	const Role *role = role_find(text);

	for (size_t i = 0; !role && role_at(i); i++) {
		if (strcasecmp(role_at(i)->name, text) == 0)
			role = role_at(i);
	}
	return role;
}

static int role_apply(cJSON *list, const cJSON *seed)
{
	const char *principal, *text;
	const Role *role = NULL;
	char name[GUID_SIZE];
	cJSON *item;

	if (json_get_string(&principal, seed, "principalId") == 0 &&
	    json_get_string(&text, seed, "role") == 0)
		role = role_named(text);
	if (!role)
		return SEED_ARM_E_INVALID;
	random_guid(name);
	item = cJSON_CreateObject();
	if (!item || !cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return cJSON_AddStringToObject(item, "name", name) &&
			       cJSON_AddStringToObject(item, "principalId",
						       principal) &&
			       cJSON_AddStringToObject(item, "role", role->id)
		       ? 0
		       : -ENOMEM;
}

static int roles_apply(Emulator *emulator, Vault *vault, const cJSON *seed)
{
	AKV_JSON cJSON *list = cJSON_CreateArray();
	const cJSON *item;
	int r = 0;

	if (!list)
		return -ENOMEM;
	if (!cJSON_IsArray(seed))
		return SEED_ARM_E_INVALID;
	cJSON_ArrayForEach (item, seed) {
		r = role_apply(list, item);
		if (r != 0)
			return r;
	}
	r = vault_facts_set(&vault->facts.roles, list);
	if (r == 0 && vault->rbac)
		r = access_apply(emulator, vault);
	return r;
}

int seed_arm_vault(Emulator *emulator, Vault *vault, const cJSON *member)
{
	const char *name = member->string;

	if (strcmp(name, "subscription") == 0)
		return subscription_apply(emulator, vault, member);
	if (strcmp(name, "resourceGroup") == 0)
		return text_apply(vault->facts.group, GROUP_NAME_SIZE, member);
	if (strcmp(name, "tags") == 0 || strcmp(name, "properties") == 0)
		return body_apply(emulator, vault, member);
	if (strcmp(name, "privateEndpoints") == 0)
		return private_apply(vault, member);
	if (strcmp(name, "roleAssignments") == 0)
		return roles_apply(emulator, vault, member);
	return SEED_ARM_E_UNKNOWN;
}

void seed_arm_made(const Emulator *emulator, Vault *vault)
{
	const Principal *principal =
		directory_find(&emulator->directory, DIRECTORY_DEFAULT_CLIENT);
	VaultFacts *facts = &vault->facts;

	facts->created_us = emulator_now_us(emulator);
	facts->changed_us = facts->created_us;
	facts->retention_stated = true;
	if (!principal)
		return;
	memcpy(facts->created_by, principal->object_id, GUID_SIZE);
	memcpy(facts->changed_by, principal->object_id, GUID_SIZE);
}

/* What the vault does, stated or not, is what is shown. */
void seed_arm_done(Vault *vault)
{
	enum stated rbac = vault->rbac ? STATED_TRUE : STATED_FALSE;

	if (vault->facts.retention_stated)
		vault->facts.rbac = rbac;
}

/* --- principals and the rest -------------------------------------------- */

static int arm_apply(Vault *vault, const char *client_id, const char *word)
{
	static const char *const words[] = {[ARM_NONE] = "none",
					    [ARM_READ] = "read",
					    [ARM_WRITE] = "write"};

	for (unsigned i = ARM_NONE; i < AKV_ARRAY_LEN(words); i++) {
		if (strcmp(words[i], word) == 0)
			return permissions_set_arm(&vault->permissions,
						   client_id,
						   (enum arm_right)i);
	}
	return SEED_ARM_E_INVALID;
}

int seed_arm_principal(Emulator *emulator, Vault *vault, const cJSON *principal)
{
	const char *word = NULL, *name = NULL;
	const char *client_id = principal->string;
	bool graph = false, has_graph;
	int r;

	r = json_get_string(&word, principal, "arm");
	if (r == 0)
		r = arm_apply(vault, client_id, word);
	if (r != 0 && r != JSON_E_ABSENT)
		return r < 0 ? r : SEED_ARM_E_INVALID;
	r = json_get_bool(&graph, principal, "graph");
	has_graph = r == 0;
	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_string(&name, principal, "displayName");
	if (r != 0 && r != JSON_E_ABSENT)
		return SEED_ARM_E_INVALID;
	return directory_describe(&emulator->directory, client_id, name,
				  has_graph ? &graph : NULL);
}

/* {"GUID":{"displayName":...,"tenant":...,"resourceGroups":[...]}} */
static int subscription_seed(Emulator *emulator, const cJSON *seed)
{
	Subscription subscription = {.name = "Emulator",
				     .tenant = DIRECTORY_DEFAULT_TENANT};
	const cJSON *groups = NULL, *group;
	const char *text;
	int r;

	if (strlen(seed->string) != GUID_SIZE - 1 || !cJSON_IsObject(seed))
		return SEED_ARM_E_INVALID;
	(void)snprintf(subscription.id, GUID_SIZE, "%s", seed->string);
	if (json_get_string(&text, seed, "displayName") == 0)
		(void)snprintf(subscription.name, DISPLAY_NAME_SIZE, "%s",
			       text);
	if (json_get_string(&text, seed, "tenant") == 0)
		(void)snprintf(subscription.tenant, GUID_SIZE, "%s", text);
	r = arm_scopes_set_subscription(&emulator->scopes, &subscription);
	if (r == 0)
		r = json_get_array(&groups, seed, "resourceGroups");
	if (r != 0)
		return r == JSON_E_ABSENT ? 0 : AKV_MIN(r, SEED_ARM_E_INVALID);
	cJSON_ArrayForEach (group, groups) {
		Group made = {.location = "westeurope"};

		(void)snprintf(made.subscription, GUID_SIZE, "%s",
			       subscription.id);
		r = text_apply(made.name, GROUP_NAME_SIZE, group);
		if (r == 0 && !group_name_is_valid(made.name))
			r = SEED_ARM_E_INVALID;
		if (r == 0)
			r = arm_scopes_set_group(&emulator->scopes, &made,
						 NULL);
		if (r != 0)
			return r;
	}
	return 0;
}

/* {"OBJECT-ID":{"displayName":...,"type":"user"}} */
static int object_seed(Emulator *emulator, const cJSON *seed)
{
	DirectoryObject object = {.type = "user"};
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(seed, "type");
	int r = 0;

	if (strlen(seed->string) != GUID_SIZE - 1)
		return SEED_ARM_E_INVALID;
	(void)snprintf(object.id, GUID_SIZE, "%s", seed->string);
	if (type)
		r = text_apply(object.type, DIRECTORY_TYPE_SIZE, type);
	if (r == 0)
		r = text_apply(
			object.name, DIRECTORY_NAME_SIZE,
			cJSON_GetObjectItemCaseSensitive(seed, "displayName"));
	return r == 0 ? directory_set_object(&emulator->directory, &object) : r;
}

int seed_arm_top(Emulator *emulator, const cJSON *member)
{
	int (*apply)(Emulator * emulator, const cJSON *seed) = NULL;
	const cJSON *item;

	if (strcmp(member->string, "subscriptions") == 0)
		apply = subscription_seed;
	else if (strcmp(member->string, "directoryObjects") == 0)
		apply = object_seed;
	if (!apply)
		return SEED_ARM_E_UNKNOWN;
	if (!cJSON_IsObject(member))
		return SEED_ARM_E_INVALID;
	cJSON_ArrayForEach (item, member) {
		int r = apply(emulator, item);

		if (r != 0)
			return r;
	}
	return 0;
}
