/* SPDX-License-Identifier: MIT */

/* Functions of their arguments; for arm.c. */

#include "vault/arm-vault.h"

#include <strings.h>

#include "base/parse.h"
#include "vault/arm-read.h"

ArmVault *arm_vault_free(ArmVault *vault)
{
	if (!vault)
		return NULL;
	cJSON_Delete(vault->tags);
	cJSON_Delete(vault->network_acls);
	cJSON_Delete(vault->policies);
	cJSON_Delete(vault->endpoints);
	cJSON_Delete(vault->roles);
	free(vault);
	return NULL;
}

/* --- words -------------------------------------------------------------- */

/* A text that is shown as it is: printable ASCII. */
static int word_read(char *ret, size_t size, const cJSON *object,
		     const char *name, const Why *why)
{
	const char *text;
	int r = member_text(&text, object, name, MEMBER_OPTIONAL, size - 1,
			    why);

	if (r != 0)
		return r;
	if (!ascii_is_printable(text))
		return why_member(why, name, JSON_E_TYPE);
	(void)snprintf(ret, size, "%s", text);
	return 0;
}

static int id_read(const cJSON *body, const ArmId *id, const Why *why)
{
	const char *text;
	ArmId found;
	int r = member_text(&text, body, "id", MEMBER_NEEDED, ARM_ID_MAX, why);

	if (r != 0)
		return r;
	if (arm_id_parse(&found, text, strlen(text)) != 0 ||
	    !arm_id_equal(&found, id))
		return why_untrusted(why,
				     "its \"id\" is not the vault's that was "
				     "asked for");
	return 0;
}

static int soft_delete_read(ArmVault *vault, const cJSON *properties,
			    const Why *why)
{
	int64_t days = 90; /* what the service does, unless told */
	bool on;
	int r = member_bool(&on, properties, "enableSoftDelete", true, why);

	if (r != 0)
		return r;
	r = json_get_int64(&days, properties, "softDeleteRetentionInDays");
	if ((r != 0 && r != JSON_E_ABSENT) || days < 0 || days > 36500)
		return why_member(why, "softDeleteRetentionInDays",
				  JSON_E_TYPE);
	vault->soft_delete_days = on ? (unsigned)days : 0;
	return 0;
}

static int words_read(ArmVault *vault, const cJSON *body,
		      const cJSON *properties, const Why *why)
{
	const cJSON *sku = NULL;
	int r;

	r = word_read(vault->location, sizeof(vault->location), body,
		      "location", why);
	if (r == 0)
		r = word_read(vault->tenant, sizeof(vault->tenant), properties,
			      "tenantId", why);
	if (r == 0)
		r = word_read(vault->uri, sizeof(vault->uri), properties,
			      "vaultUri", why);
	if (r == 0)
		r = word_read(vault->public_access,
			      sizeof(vault->public_access), properties,
			      "publicNetworkAccess", why);
	if (r == 0)
		r = word_read(vault->state, sizeof(vault->state), properties,
			      "provisioningState", why);
	if (r == 0)
		r = member_object(&sku, properties, "sku", MEMBER_OPTIONAL,
				  why);
	if (r == 0 && sku)
		r = word_read(vault->sku, sizeof(vault->sku), sku, "name", why);
	if (r == 0)
		r = member_bool(&vault->rbac, properties,
				"enableRbacAuthorization", false, why);
	if (r == 0)
		r = member_bool(&vault->purge_protection, properties,
				"enablePurgeProtection", false, why);
	return r == 0 ? soft_delete_read(vault, properties, why) : r;
}

int arm_vault_read(ArmVault **ret, const ArmId *id, const char *body, size_t n,
		   const Why *why)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;
	AKV_JSON cJSON *json = NULL;
	const cJSON *properties = NULL;
	int r = member_body(&json, body, n, why);

	if (r == 0)
		r = id_read(json, id, why);
	if (r == 0)
		r = member_object(&properties, json, "properties",
				  MEMBER_NEEDED, why);
	if (r != 0)
		return r;
	vault = calloc(1, sizeof(*vault));
	if (!vault)
		return -ENOMEM;
	vault->id = *id;
	r = words_read(vault, json, properties, why);
	if (r == 0)
		r = arm_read_tags(vault, json, why);
	if (r == 0)
		r = arm_read_network(vault, properties, why);
	if (r == 0)
		r = arm_read_policies(vault, properties, why);
	if (r == 0)
		r = arm_read_endpoints(vault, properties, why);
	if (r == 0)
		*ret = AKV_TAKE(vault);
	return r;
}

/* --- names -------------------------------------------------------------- */

/* The object id that an entry of policies or roles is about. */
static const char *principal_of(const cJSON *item)
{
	const char *id;

	if (json_get_string(&id, item, "objectId") == 0 ||
	    json_get_string(&id, item, "principalId") == 0)
		return id;
	return NULL;
}

static bool is_listed(const cJSON *ids, const char *id)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, ids) {
		if (ascii_equal_fold(item->valuestring, id))
			return true;
	}
	return false;
}

static int ids_add(cJSON *ids, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		const char *id = principal_of(item);
		cJSON *text;

		if (!id || is_listed(ids, id) ||
		    cJSON_GetArraySize(ids) >= ARM_PRINCIPALS_MAX)
			continue;
		text = cJSON_CreateString(id);
		if (!text || !cJSON_AddItemToArray(ids, text)) {
			cJSON_Delete(text);
			return -ENOMEM;
		}
	}
	return 0;
}

int arm_vault_principals(char **ret, const ArmVault *vault)
{
	static const char *const types[] = {"user", "group",
					    "servicePrincipal"};
	AKV_JSON cJSON *body = cJSON_CreateObject();
	cJSON *ids = body ? cJSON_AddArrayToObject(body, "ids") : NULL;
	cJSON *list =
		body ? cJSON_CreateStringArray(types, AKV_ARRAY_LEN(types))
		     : NULL;
	char *text = NULL;
	int r;

	if (!ids || !list || !cJSON_AddItemToObject(body, "types", list)) {
		cJSON_Delete(list);
		return -ENOMEM;
	}
	r = ids_add(ids, vault->policies);
	if (r == 0)
		r = ids_add(ids, vault->roles);
	if (r < 0)
		return r;
	if (ids->child) {
		text = cJSON_PrintUnformatted(body);
		if (!text)
			return -ENOMEM;
	}
	*ret = text;
	return 0;
}

static int name_put(cJSON *list, const char *id, const char *name)
{
	cJSON *item;

	cJSON_ArrayForEach (item, list) {
		const char *of = principal_of(item);

		if (!of || !ascii_equal_fold(of, id) ||
		    cJSON_GetObjectItemCaseSensitive(item, "displayName"))
			continue;
		if (!cJSON_AddStringToObject(item, "displayName", name))
			return -ENOMEM;
	}
	return 0;
}

int arm_vault_read_names(ArmVault *vault, const char *body, size_t n,
			 const Why *why)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *list = NULL, *item;
	int r = member_body(&json, body, n, why);

	if (r != 0)
		return r;
	r = json_get_array(&list, json, "value");
	if (r != 0)
		return why_member(why, "value", r);
	cJSON_ArrayForEach (item, list) {
		const char *id, *name;

		if (json_get_string(&id, item, "id") != 0 ||
		    json_get_string(&name, item, "displayName") != 0 ||
		    !arm_guid_is_valid(id) || strlen(name) > ARM_NAME_MAX) {
			vault->dropped++;
			continue;
		}
		r = name_put(vault->policies, id, name);
		if (r == 0)
			r = name_put(vault->roles, id, name);
		if (r < 0)
			return r;
	}
	return 0;
}
