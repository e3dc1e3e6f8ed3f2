/* SPDX-License-Identifier: MIT */

/* What cannot be taken back, as the service has it: see arm_draft_read(). */

#include "emulator/arm-draft.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-access.h"
#include "emulator/arm-api.h"
#include "emulator/network-acls.h"

enum { TAG_NAME_MAX_ARM = 512, TAG_VALUE_MAX_ARM = 256 };

int arm_draft_init(ArmDraft *ret, const Vault *vault, const ArmApi *api)
{
	if (!vault) {
		*ret = (ArmDraft){
			.soft_delete = true,
			.retention_days = RETENTION_DAYS_MAX,
			.rbac = api->rbac_default,
			.fresh = true,
		};
		vault_facts_init(&ret->facts);
		if (api->rbac_default)
			ret->facts.rbac = STATED_TRUE;
		return 0;
	}
	*ret = (ArmDraft){
		.soft_delete = vault->soft_delete,
		.purge_protection = vault->purge_protection,
		.rbac = vault->rbac,
		.retention_days = vault->retention_days,
	};
	memcpy(ret->tenant, vault->tenant, sizeof(ret->tenant));
	memcpy(ret->location, vault->location, sizeof(ret->location));
	return vault_facts_copy(&ret->facts, &vault->facts);
}

void arm_draft_done(ArmDraft *draft)
{
	vault_facts_done(&draft->facts);
}

static int refuse(const char **why, const char *text)
{
	*why = text;
	return ARM_DRAFT_E_INVALID;
}

/* --- members ------------------------------------------------------------ */

static int tags_read(ArmDraft *draft, const cJSON *body, bool whole,
		     const char **why)
{
	const cJSON *tags = NULL, *tag;
	int r = json_get_object(&tags, body, "tags");

	if (r == JSON_E_ABSENT)
		return whole ? vault_facts_set(&draft->facts.tags, NULL) : 0;
	if (r != 0 || cJSON_GetArraySize(tags) > ARM_TAGS_MAX)
		return refuse(why, "tags is not an object of at most 50.");
	cJSON_ArrayForEach (tag, tags) {
		if (!cJSON_IsString(tag) ||
		    strlen(tag->string) > TAG_NAME_MAX_ARM ||
		    strlen(tag->valuestring) > TAG_VALUE_MAX_ARM)
			return refuse(why, "A tag is not a string, or is too "
					   "long.");
	}
	return vault_facts_set(&draft->facts.tags, tags);
}

static int location_read(ArmDraft *draft, const cJSON *body, const char **why)
{
	const char *location;
	int r = json_get_string(&location, body, "location");

	if (r == JSON_E_ABSENT && !draft->fresh)
		return 0;
	if (r != 0 || *location == '\0')
		return refuse(why, "The location property is required for "
				   "this definition.");
	if (draft->fresh)
		location_normalize(draft->location, LOCATION_SIZE, location);
	return 0;
}

static int tenant_read(ArmDraft *draft, const cJSON *properties,
		       const char **why)
{
	const char *tenant;
	int r = json_get_string(&tenant, properties, "tenantId");

	if (r == JSON_E_ABSENT && !draft->fresh)
		return 0;
	if (r != 0 || strlen(tenant) != GUID_SIZE - 1)
		return refuse(why, "The parameter tenantId is not a tenant.");
	memcpy(draft->tenant, tenant, GUID_SIZE);
	return 0;
}

static int sku_read(ArmDraft *draft, const cJSON *properties, const char **why)
{
	const cJSON *sku;
	const char *name;
	int r = json_get_object(&sku, properties, "sku");

	if (r == JSON_E_ABSENT && !draft->fresh)
		return 0;
	if (r != 0 || json_get_string(&name, sku, "name") != 0 ||
	    (strcasecmp(name, "standard") != 0 &&
	     strcasecmp(name, "premium") != 0))
		return refuse(why, "The sku is not standard or premium of "
				   "family A.");
	(void)snprintf(draft->facts.sku, WORD_SIZE, "%s", name);
	return 0;
}

static int stated_read(enum stated *ret, const cJSON *properties,
		       const char *name)
{
	bool value;
	int r = json_get_bool(&value, properties, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return ARM_DRAFT_E_INVALID;
	*ret = value ? STATED_TRUE : STATED_FALSE;
	return 0;
}

static int switches_read(ArmDraft *draft, const cJSON *properties,
			 const char **why)
{
	VaultFacts *facts = &draft->facts;
	enum stated deployment = UNSTATED;
	int r;

	*why = "A property that is true or false is neither.";
	r = stated_read(&deployment, properties, "enabledForDeployment");
	if (r == 0)
		r = stated_read(&facts->for_disk_encryption, properties,
				"enabledForDiskEncryption");
	if (r == 0)
		r = stated_read(&facts->for_template, properties,
				"enabledForTemplateDeployment");
	if (r == 0)
		r = stated_read(&facts->rbac, properties,
				"enableRbacAuthorization");
	if (deployment != UNSTATED)
		facts->for_deployment = deployment == STATED_TRUE;
	if (facts->rbac != UNSTATED)
		draft->rbac = facts->rbac == STATED_TRUE;
	return r;
}

/* Soft delete and purge protection are for ever. */
static int protection_read(ArmDraft *draft, const cJSON *properties,
			   const char **why)
{
	enum stated soft = UNSTATED, purge = UNSTATED;

	if (stated_read(&soft, properties, "enableSoftDelete") != 0 ||
	    stated_read(&purge, properties, "enablePurgeProtection") != 0)
		return refuse(why, "A property that is true or false is "
				   "neither.");
	if (soft == STATED_FALSE && !draft->fresh && draft->soft_delete)
		return refuse(why,
			      "The property \"enableSoftDelete\" can be "
			      "set to false only for creating new vault. "
			      "Enabling the 'soft delete' functionality is "
			      "an irreversible action.");
	if (purge == STATED_FALSE)
		return refuse(why, "The property \"enablePurgeProtection\" "
				   "cannot be set to false. Enabling the purge "
				   "protection for a vault is an irreversible "
				   "action.");
	if (soft != UNSTATED) {
		draft->facts.soft_delete_stated = true;
		draft->soft_delete = soft == STATED_TRUE;
	}
	if (purge == STATED_TRUE)
		draft->purge_protection = true;
	return 0;
}

static int retention_read(ArmDraft *draft, const cJSON *properties,
			  const char **why)
{
	int64_t days;
	int r = json_get_int64(&days, properties, "softDeleteRetentionInDays");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || days < RETENTION_DAYS_MIN || days > RETENTION_DAYS_MAX)
		return refuse(why, "The softDeleteRetentionInDays is not 7 to "
				   "90.");
	if (!draft->fresh && (unsigned)days != draft->retention_days)
		return refuse(why, "The property \"softDeleteRetentionInDays\" "
				   "has been set already and it can't be "
				   "modified.");
	draft->retention_days = (unsigned)days;
	draft->facts.retention_stated = true;
	return 0;
}

static int network_read(ArmDraft *draft, const cJSON *properties,
			const char **why)
{
	const cJSON *acls;
	cJSON *kept = NULL;
	int r = json_get_object(&acls, properties, "networkAcls");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return refuse(why, "networkAcls is not an object.");
	r = network_acls_parse(&kept, acls, why);
	if (r != 0)
		return r;
	cJSON_Delete(draft->facts.network_acls);
	draft->facts.network_acls = kept;
	return 0;
}

static int public_access_read(ArmDraft *draft, const cJSON *properties,
			      const char **why)
{
	static const char *const words[] = {"Enabled", "Disabled",
					    "SecuredByPerimeter"};
	const char *word;
	int r = json_get_string(&word, properties, "publicNetworkAccess");

	if (r == JSON_E_ABSENT)
		return 0;
	for (size_t i = 0; r == 0 && i < AKV_ARRAY_LEN(words); i++) {
		if (strcasecmp(word, words[i]) != 0)
			continue;
		(void)snprintf(draft->facts.public_access, WORD_SIZE, "%s",
			       words[i]);
		return 0;
	}
	return refuse(why, "The publicNetworkAccess is not known.");
}

static int policies_read(ArmDraft *draft, const cJSON *properties, bool whole,
			 const char **why)
{
	const cJSON *list =
		cJSON_GetObjectItemCaseSensitive(properties, "accessPolicies");
	AKV_JSON cJSON *none = NULL;
	cJSON *kept = NULL;
	int r;

	if (!list || cJSON_IsNull(list)) {
		if (!whole || draft->rbac)
			return 0;
		if (draft->fresh)
			return refuse(why, "The parameter accessPolicies is "
					   "not specified.");
		none = cJSON_CreateArray();
		list = none;
	}
	r = access_parse_policies(&kept, list, why);
	if (r != 0)
		return r;
	cJSON_Delete(draft->facts.policies);
	draft->facts.policies = kept;
	return 0;
}

/* What PUT forgets that its body does not say. */
static int whole_clear(ArmDraft *draft)
{
	VaultFacts *facts = &draft->facts;

	facts->for_deployment = false;
	facts->for_disk_encryption = UNSTATED;
	facts->for_template = UNSTATED;
	(void)snprintf(facts->public_access, WORD_SIZE, "Enabled");
	return vault_facts_set(&facts->network_acls, NULL);
}

int arm_draft_read(ArmDraft *draft, const cJSON *body, bool whole,
		   const char **why)
{
	const cJSON *properties = NULL;
	int r = json_get_object(&properties, body, "properties");

	if (r == JSON_E_ABSENT && !whole)
		return tags_read(draft, body, whole, why);
	if (r != 0)
		return refuse(why, "The properties are not specified.");
	r = whole ? whole_clear(draft) : 0;
	if (r == 0)
		r = location_read(draft, body, why);
	if (r == 0)
		r = tags_read(draft, body, whole, why);
	if (r == 0)
		r = tenant_read(draft, properties, why);
	if (r == 0)
		r = sku_read(draft, properties, why);
	if (r == 0)
		r = switches_read(draft, properties, why);
	if (r == 0)
		r = protection_read(draft, properties, why);
	if (r == 0)
		r = retention_read(draft, properties, why);
	if (r == 0)
		r = network_read(draft, properties, why);
	if (r == 0)
		r = public_access_read(draft, properties, why);
	if (r == 0)
		r = policies_read(draft, properties, whole, why);
	return r;
}

void arm_draft_commit(ArmDraft *draft, Vault *vault)
{
	vault_facts_done(&vault->facts);
	vault->facts = draft->facts;
	draft->facts = (VaultFacts){0};
	memcpy(vault->tenant, draft->tenant, sizeof(vault->tenant));
	memcpy(vault->location, draft->location, sizeof(vault->location));
	vault->soft_delete = draft->soft_delete;
	vault->purge_protection = draft->purge_protection;
	vault->rbac = draft->rbac;
	vault->retention_days = draft->retention_days;
}
