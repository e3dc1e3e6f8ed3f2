/* SPDX-License-Identifier: MIT */

/* The members come in the order in which the service writes them. */

#include "emulator/arm-vaults.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "emulator/arm-access.h"
#include "emulator/arm-api.h"
#include "emulator/arm-draft.h"
#include "emulator/arm.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"

/* --- a vault as JSON ---------------------------------------------------- */

static bool is_ready(const Exchange *exchange, const Vault *vault)
{
	return exchange->now_us >= vault->facts.ready_us;
}

static void system_data_write(Writer *writer, const VaultFacts *facts)
{
	writer_begin(writer, "systemData", '{');
	writer_string(writer, "createdBy", facts->created_by);
	writer_string(writer, "createdByType", "Application");
	arm_write_time(writer, "createdAt", facts->created_us);
	writer_string(writer, "lastModifiedBy", facts->changed_by);
	writer_string(writer, "lastModifiedByType", "Application");
	arm_write_time(writer, "lastModifiedAt", facts->changed_us);
	writer_end(writer, '}');
}

static void stated_write(Writer *writer, const char *name, enum stated value)
{
	if (value != UNSTATED)
		writer_bool(writer, name, value == STATED_TRUE);
}

static void protection_write(Writer *writer, const ArmApi *api,
			     const Vault *vault)
{
	const VaultFacts *facts = &vault->facts;

	if (api->soft_delete || facts->soft_delete_stated)
		writer_bool(writer, "enableSoftDelete", vault->soft_delete);
	if (api->retention && facts->retention_stated)
		writer_int(writer, "softDeleteRetentionInDays",
			   vault->retention_days);
	if (api->retention)
		stated_write(writer, "enableRbacAuthorization", facts->rbac);
	if (vault->purge_protection)
		writer_bool(writer, "enablePurgeProtection", true);
}

/* The name is in lower case, and ends in a slash once it is registered. */
static void uri_write(Writer *writer, const Exchange *exchange,
		      const Vault *vault)
{
	char name[VAULT_NAME_MAX + 1];

	memcpy(name, vault->name, sizeof(name));
	ascii_lower(name);
	writer_format(writer, "vaultUri", "https://%s%s%s", name,
		      exchange->where.cloud->vault_suffix,
		      is_ready(exchange, vault) ? "/" : "");
}

static void properties_write(Writer *writer, const Exchange *exchange,
			     const Vault *vault)
{
	const VaultFacts *facts = &vault->facts;
	const ArmApi *api = exchange->arm_api;

	writer_begin(writer, "properties", '{');
	writer_begin(writer, "sku", '{');
	writer_string(writer, "family", "A");
	writer_string(writer, "name", facts->sku);
	writer_end(writer, '}');
	writer_string(writer, "tenantId", vault->tenant);
	if (api->network && facts->network_acls)
		writer_json(writer, "networkAcls", facts->network_acls);
	if (api->network && facts->private_endpoints)
		writer_json(writer, "privateEndpointConnections",
			    facts->private_endpoints);
	access_write_policies(writer, exchange->emulator, vault);
	writer_bool(writer, "enabledForDeployment", facts->for_deployment);
	stated_write(writer, "enabledForDiskEncryption",
		     facts->for_disk_encryption);
	stated_write(writer, "enabledForTemplateDeployment",
		     facts->for_template);
	protection_write(writer, api, vault);
	uri_write(writer, exchange, vault);
	if (api->provisioning_state)
		writer_string(writer, "provisioningState",
			      is_ready(exchange, vault) ? "Succeeded"
							: "RegisteringDns");
	if (api->public_access)
		writer_string(writer, "publicNetworkAccess",
			      facts->public_access);
	writer_end(writer, '}');
}

void arm_vault_write(Writer *writer, const Exchange *exchange,
		     const Vault *vault)
{
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	writer_string(writer, "id", id);
	writer_string(writer, "name", vault->name);
	writer_string(writer, "type", "Microsoft.KeyVault/vaults");
	writer_string(writer, "location", vault->location);
	if (vault->facts.tags) {
		writer_json(writer, "tags", vault->facts.tags);
	} else {
		writer_begin(writer, "tags", '{');
		writer_end(writer, '}');
	}
	if (exchange->arm_api->system_data)
		system_data_write(writer, &vault->facts);
	properties_write(writer, exchange, vault);
}

static int vault_reply(Exchange *exchange, const Vault *vault)
{
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	arm_vault_write(&exchange->writer, exchange, vault);
	writer_end(&exchange->writer, '}');
	return 0;
}

/* --- get, list, delete -------------------------------------------------- */

int arm_vault_get(Exchange *exchange)
{
	const Vault *vault = arm_vault(exchange, ARM_READ, "vaults/read");

	return vault ? vault_reply(exchange, vault) : 0;
}

static bool is_in(const Vault *vault, const char *subscription,
		  const char *group)
{
	char id[GUID_SIZE];

	subscription_of_vault(id, vault);
	return (!subscription || strcasecmp(id, subscription) == 0) &&
	       (!group || strcasecmp(vault->facts.group, group) == 0);
}

/* Is it in a subscription of the tenant that the token is of? */
static bool is_of_tenant(const Exchange *exchange, const Vault *vault)
{
	Subscription subscription;
	char id[GUID_SIZE];
	size_t i = 0;

	subscription_of_vault(id, vault);
	return arm_scopes_next(&subscription, exchange->emulator,
			       exchange->caller.tenant, id, &i);
}

Vault *arm_vaults_next(const Exchange *exchange, const char *subscription,
		       const char *group, const char *after)
{
	const VaultStore *store = &exchange->emulator->vaults;
	Vault *found = NULL;

	for (size_t i = 0; i < store->n; i++) {
		Vault *vault = store->vaults[i];

		if (vault->is_hsm ||
		    (after && strcasecmp(vault->name, after) <= 0) ||
		    (found && strcasecmp(vault->name, found->name) > 0))
			continue;
		if (is_in(vault, subscription, group) &&
		    is_of_tenant(exchange, vault) &&
		    arm_allows(exchange, vault, ARM_READ))
			found = vault;
	}
	return found;
}

/*
 * As recorded: a page that has anything on it is followed by another, and only
 * an empty one is the last.
 */
int arm_vaults_list(Exchange *exchange)
{
	Writer *writer = &exchange->writer;
	const Vault *vault, *last = NULL;
	ArmPage page;

	if (!arm_page(exchange, &page))
		return 0;
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "value", '[');
	for (size_t n = 0; n < page.max; n++) {
		vault = arm_vaults_next(exchange, exchange->captures[0],
					exchange->captures[1],
					last ? last->name : page.after);
		if (!vault)
			break;
		writer_begin(writer, NULL, '{');
		arm_vault_write(writer, exchange, vault);
		writer_end(writer, '}');
		last = vault;
	}
	writer_end(writer, ']');
	if (last)
		arm_page_next(exchange, last->name);
	writer_end(writer, '}');
	return 0;
}

static bool group_is_there(const Exchange *exchange)
{
	const char *name, *location;

	return arm_scopes_has_group(exchange->emulator, exchange->captures[0],
				    exchange->captures[1], &name, &location);
}

/* 204: there was none. */
int arm_vault_delete(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/delete");
	int r;

	if (!vault) {
		if (exchange->status == 404 && group_is_there(exchange))
			exchange_reply(exchange, 204);
		return 0;
	}
	r = vault_store_delete(&exchange->emulator->vaults, vault,
			       exchange->now_us / (int64_t)CLOCK_US_PER_S);
	if (r < 0)
		return r;
	exchange_reply(exchange, 200);
	return 0;
}

/* --- create and change -------------------------------------------------- */

void arm_vault_stamp(Exchange *exchange, VaultFacts *facts, bool fresh)
{
	const char *who = exchange->caller.object_id;

	if (fresh) {
		(void)snprintf(facts->created_by, GUID_SIZE, "%s", who);
		facts->created_us = exchange->now_us;
		facts->ready_us = exchange->now_us +
				  exchange->emulator->soft_delete_delay_us;
	}
	(void)snprintf(facts->changed_by, GUID_SIZE, "%s", who);
	facts->changed_us = exchange->now_us;
}

/*
 * Roles instead of policies, or the reverse: what the seed said of the other
 * is kept, so that it is still listed.
 */
static int models_switch(const Emulator *emulator, ArmDraft *draft,
			 const Vault *vault)
{
	if (vault->facts.access_stated || draft->facts.policies)
		return 0;
	return access_copy_policies(&draft->facts.policies, emulator, vault);
}

static int draft_grant(Exchange *exchange, ArmDraft *draft, Vault *vault)
{
	Emulator *emulator = exchange->emulator;
	bool told = draft->fresh || draft->facts.policies ||
		    draft->rbac != vault->rbac || vault->facts.access_stated;
	int r = 0;

	if (!draft->fresh && draft->rbac != vault->rbac)
		r = models_switch(emulator, draft, vault);
	if (r == 0)
		r = directory_add_tenant(&emulator->directory, draft->tenant);
	if (r != 0)
		return AKV_MIN(r, 0);
	arm_vault_stamp(exchange, &draft->facts, draft->fresh);
	arm_draft_commit(draft, vault);
	return told ? access_apply(emulator, vault) : 0;
}

static int name_conflict(Exchange *exchange)
{
	return error_reply(exchange, 409, "VaultAlreadyExists", NULL,
			   "The vault name '%s' is already in use. Vault names "
			   "are globaly unique so it is possible that the name "
			   "is already taken.",
			   exchange->captures[2]);
}

/* May a vault of this name be made here? True, or the reply is made. */
static bool may_create(Exchange *exchange)
{
	Emulator *emulator = exchange->emulator;
	const char *name = exchange->captures[2], *group, *location;

	if (!arm_is_default(exchange)) {
		(void)arm_forbid(exchange, "Microsoft.KeyVault/vaults/write",
				 exchange->path);
		return false;
	}
	if (!arm_scopes_has_group(emulator, exchange->captures[0],
				  exchange->captures[1], &group, &location)) {
		(void)arm_vault_not_found(exchange);
		return false;
	}
	if (!vault_name_is_valid(name)) {
		(void)error_reply(
			exchange, 400, "VaultNameNotValid", NULL,
			"The vault name '%s' is invalid. A vault's name must "
			"be between 3-24 alphanumeric characters. The name "
			"must begin with a letter, end with a letter or digit, "
			"and not contain consecutive hyphens.",
			name);
		return false;
	}
	if (vault_store_find(&emulator->vaults, name)) {
		(void)name_conflict(exchange);
		return false;
	}
	return true;
}

static int recover(Exchange *exchange, Vault *deleted)
{
	VaultStore *store = &exchange->emulator->vaults;
	int r;

	if (!deleted ||
	    !is_in(deleted, exchange->captures[0], exchange->captures[1]))
		return error_reply(exchange, 404, "ResourceNotFound", NULL,
				   "The specified resource does not exist.");
	r = vault_store_recover(store, deleted);
	if (r < 0)
		return r;
	arm_vault_stamp(exchange, &deleted->facts, false);
	return vault_reply(exchange, deleted);
}

/* Fill a draft of a new vault from the path, and make the vault. */
static int vault_create(Exchange *exchange, ArmDraft *draft)
{
	Emulator *emulator = exchange->emulator;
	const char *group, *location;
	Vault *vault;
	int r;

	if (!arm_scopes_has_group(emulator, exchange->captures[0],
				  exchange->captures[1], &group, &location))
		return -EINVAL;
	(void)snprintf(draft->facts.subscription, GUID_SIZE, "%s",
		       exchange->captures[0]);
	(void)snprintf(draft->facts.group, GROUP_NAME_SIZE, "%s", group);
	r = vault_store_add(&emulator->vaults, &vault, exchange->captures[2],
			    draft->tenant);
	if (r == 0)
		r = draft_grant(exchange, draft, vault);
	return r < 0 ? r : vault_reply(exchange, vault);
}

static int put_fresh(Exchange *exchange, const cJSON *body)
{
	Vault *deleted = vault_store_find_deleted(
		&exchange->emulator->vaults, exchange->captures[2],
		exchange->now_us / (int64_t)CLOCK_US_PER_S);
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	const cJSON *properties = NULL;
	const char *why = "", *mode = "default";
	int r;

	if (!may_create(exchange))
		return 0;
	if (json_get_object(&properties, body, "properties") == 0 &&
	    json_get_string(&mode, properties, "createMode") == 0 &&
	    strcasecmp(mode, "recover") == 0)
		return recover(exchange, deleted);
	if (deleted)
		return error_reply(
			exchange, 409, "ConflictError", NULL,
			"A vault with the same name already exists in deleted "
			"state. You need to either recover or purge existing "
			"key vault. Follow this link "
			"https://go.microsoft.com/fwlink/?linkid=2149745 for "
			"more information on soft delete.");
	r = arm_draft_init(&draft, NULL, exchange->arm_api);
	if (r == 0)
		r = arm_draft_read(&draft, body, true, &why);
	if (r == ARM_DRAFT_E_INVALID)
		return error_reply(exchange, 400, "BadRequest", NULL, "%s",
				   why);
	return r < 0 ? r : vault_create(exchange, &draft);
}

static int change(Exchange *exchange, Vault *vault, const cJSON *body,
		  bool whole)
{
	AKV_CLEANUP(arm_draft_done) ArmDraft draft = {0};
	const char *why = "";
	int r;

	r = arm_draft_init(&draft, vault, exchange->arm_api);
	if (r == 0)
		r = arm_draft_read(&draft, body, whole, &why);
	if (r == ARM_DRAFT_E_INVALID)
		return error_reply(exchange, 400, "BadRequest", NULL, "%s",
				   why);
	if (r == 0)
		r = draft_grant(exchange, &draft, vault);
	return r < 0 ? r : vault_reply(exchange, vault);
}

int arm_vault_put(Exchange *exchange)
{
	Vault *vault = vault_store_find(&exchange->emulator->vaults,
					exchange->captures[2]);
	AKV_JSON cJSON *body = NULL;

	if (!arm_body(exchange, &body))
		return 0;
	if (!vault || vault->is_hsm ||
	    !is_in(vault, exchange->captures[0], exchange->captures[1]))
		return put_fresh(exchange, body);
	vault = arm_vault(exchange, ARM_WRITE, "vaults/write");
	return vault ? change(exchange, vault, body, true) : 0;
}

int arm_vault_patch(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/write");
	AKV_JSON cJSON *body = NULL;

	if (!vault || !arm_body(exchange, &body))
		return 0;
	return change(exchange, vault, body, false);
}
