/* SPDX-License-Identifier: MIT */

/*
 * The words of policies are kept as they were written, as the service does:
 * "managecontacts" stays small. Called with the emulator's lock held.
 */

#include "emulator/arm-access.h"

#include <strings.h>

#include "base/json.h"
#include "base/parse.h"
#include "emulator/emulator.h"

static const Role roles[] = {
	{
		"00482a5a-887f-4fb3-b363-3b7fe8e74483",
		"Key Vault Administrator",
		"Perform all data plane operations on a key vault and all "
		"objects in it.",
		"{\"secrets\":[\"all\"],\"keys\":[\"all\"],"
		"\"certificates\":[\"all\"],\"storage\":[\"all\"]}",
		"[\"Microsoft.KeyVault/vaults/*\"]",
		"[]",
	},
	{
		"b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
		"Key Vault Secrets Officer",
		"Perform any action on the secrets of a key vault, except "
		"manage permissions.",
		"{\"secrets\":[\"all\"]}",
		"[\"Microsoft.KeyVault/vaults/secrets/*\"]",
		"[]",
	},
	{
		"14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
		"Key Vault Crypto Officer",
		"Perform any action on the keys of a key vault, except manage "
		"permissions.",
		"{\"keys\":[\"all\"]}",
		"[\"Microsoft.KeyVault/vaults/keys/*\"]",
		"[]",
	},
	{
		"a4417e6f-fecd-4de8-b567-7b0420556985",
		"Key Vault Certificates Officer",
		"Perform any action on the certificates of a key vault, except "
		"manage permissions.",
		"{\"certificates\":[\"all\"]}",
		"[\"Microsoft.KeyVault/vaults/certificatecas/*\","
		"\"Microsoft.KeyVault/vaults/certificates/*\"]",
		"[]",
	},
	{
		"12338af0-0e69-4776-bea7-57ae8d297424",
		"Key Vault Crypto User",
		"Perform cryptographic operations using keys.",
		"{\"keys\":[\"get\",\"list\",\"update\",\"backup\","
		"\"encrypt\",\"decrypt\",\"wrapKey\",\"unwrapKey\",\"sign\","
		"\"verify\"]}",
		"[\"Microsoft.KeyVault/vaults/keys/read\","
		"\"Microsoft.KeyVault/vaults/keys/update/action\"]",
		"[]",
	},
	{
		"4633458b-17de-408a-b874-0445c86b69e6",
		"Key Vault Secrets User",
		"Read secret contents.",
		"{\"secrets\":[\"get\",\"list\"]}",
		"[\"Microsoft.KeyVault/vaults/secrets/getSecret/action\","
		"\"Microsoft.KeyVault/vaults/secrets/readMetadata/action\"]",
		"[]",
	},
	{
		"21090545-7ca7-4776-b22c-e363652d74d2",
		"Key Vault Reader",
		"Read metadata of key vaults and its certificates, keys, and "
		"secrets.",
		"{\"secrets\":[\"list\"],\"keys\":[\"get\",\"list\"],"
		"\"certificates\":[\"get\",\"list\"]}",
		"[\"Microsoft.KeyVault/vaults/*/read\","
		"\"Microsoft.KeyVault/vaults/secrets/readMetadata/action\"]",
		"[\"Microsoft.KeyVault/vaults/*/read\"]",
	},
	{
		"8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
		"Owner",
		"Grants full access to manage all resources.",
		NULL,
		"[]",
		"[\"*\"]",
	},
	{
		"b24988ac-6180-42a0-ab88-20f7382dd24c",
		"Contributor",
		"Grants full access to manage all resources, but does not "
		"allow you to assign roles.",
		NULL,
		"[]",
		"[\"*\"]",
	},
	{
		"acdd72a7-3385-48f5-bd42-f606fba81ae7",
		"Reader",
		"View all resources, but does not allow you to make any "
		"changes.",
		NULL,
		"[]",
		"[\"*/read\"]",
	},
};

const Role *role_at(size_t i)
{
	return i < AKV_ARRAY_LEN(roles) ? &roles[i] : NULL;
}

const Role *role_find(const char *id)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(roles); i++) {
		if (strcasecmp(roles[i].id, id) == 0)
			return &roles[i];
	}
	return NULL;
}

static int role_bits(uint64_t ret[PERMISSION_GROUPS], const Role *role)
{
	AKV_JSON cJSON *policy = NULL;
	int r;

	if (!role->permissions) {
		memset(ret, 0, PERMISSION_GROUPS * sizeof(ret[0]));
		return 0;
	}
	policy = cJSON_Parse(role->permissions);
	if (!policy)
		return -ENOMEM;
	r = permissions_parse(ret, policy);
	assert(r == 0);
	return r;
}

/* --- access policies ---------------------------------------------------- */

static void words_write(Writer *writer, const PermissionEntry *entry)
{
	static const enum permission_group order[] = {
		PERMISSION_KEYS, PERMISSION_SECRETS, PERMISSION_CERTIFICATES,
		PERMISSION_STORAGE};

	for (size_t i = 0; i < AKV_ARRAY_LEN(order); i++) {
		uint64_t bits = entry->words[order[i]];
		const char *word;
		size_t at = 0;

		if (bits == 0)
			continue;
		writer_begin(writer, permission_group_name(order[i]), '[');
		if (bits == UINT64_MAX) {
			writer_string(writer, NULL, "all");
		} else {
			while ((word = permission_word(bits, &at))) {
				char small[WORD_SIZE];

				(void)snprintf(small, sizeof(small), "%s",
					       word);
				ascii_lower(small);
				writer_string(writer, NULL, small);
			}
		}
		writer_end(writer, ']');
	}
}

static void policy_write(Writer *writer, const Emulator *emulator,
			 const Vault *vault, const PermissionEntry *entry)
{
	const Principal *principal =
		directory_find(&emulator->directory, entry->client_id);
	uint64_t any = 0;

	for (unsigned i = 0; i < PERMISSION_GROUPS; i++)
		any |= entry->words[i];
	if (!principal || any == 0)
		return;
	writer_begin(writer, NULL, '{');
	writer_string(writer, "tenantId", vault->tenant);
	writer_string(writer, "objectId", principal->object_id);
	writer_begin(writer, "permissions", '{');
	words_write(writer, entry);
	writer_end(writer, '}');
	writer_end(writer, '}');
}

/* The default principal's, unless the vault lists it; all others may nothing.
 */
static bool default_entry(PermissionEntry *ret, const Vault *vault)
{
	const Permissions *permissions = &vault->permissions;

	for (size_t i = 0; i < permissions->n; i++) {
		if (strcasecmp(permissions->entries[i].client_id,
			       DIRECTORY_DEFAULT_CLIENT) == 0)
			return false;
	}
	*ret = (PermissionEntry){.client_id = DIRECTORY_DEFAULT_CLIENT};
	memset(ret->words, 0xff, sizeof(ret->words));
	return true;
}

void access_write_policies(Writer *writer, const Emulator *emulator,
			   const Vault *vault)
{
	const Permissions *permissions = &vault->permissions;
	PermissionEntry own;

	if (vault->facts.policies) {
		writer_json(writer, "accessPolicies", vault->facts.policies);
		return;
	}
	writer_begin(writer, "accessPolicies", '[');
	if (!vault->rbac) {
		if (default_entry(&own, vault))
			policy_write(writer, emulator, vault, &own);
		for (size_t i = 0; i < permissions->n; i++)
			policy_write(writer, emulator, vault,
				     &permissions->entries[i]);
	}
	writer_end(writer, ']');
}

int access_copy_policies(cJSON **ret, const Emulator *emulator,
			 const Vault *vault)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_REPLY);
	Writer writer = WRITER_INIT(&text);
	AKV_JSON cJSON *object = NULL;

	writer_begin(&writer, NULL, '{');
	access_write_policies(&writer, emulator, vault);
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	object = cJSON_Parse(text.p);
	if (!object)
		return -ENOMEM;
	*ret = cJSON_DetachItemFromObjectCaseSensitive(object,
						       "accessPolicies");
	return 0;
}

static bool copy_member(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(from, name);
	cJSON *copy;

	if (!member || cJSON_IsNull(member))
		return true;
	copy = cJSON_Duplicate(member, true);
	return copy && cJSON_AddItemToObject(to, name, copy);
}

static int policy_parse(cJSON *list, const cJSON *policy, const char **why)
{
	uint64_t bits[PERMISSION_GROUPS];
	const cJSON *permissions;
	const char *text;
	cJSON *kept;

	*why = "An access policy needs tenantId and objectId.";
	if (json_get_string(&text, policy, "tenantId") != 0 ||
	    strlen(text) != GUID_SIZE - 1 ||
	    json_get_string(&text, policy, "objectId") != 0 || *text == '\0' ||
	    strlen(text) >= GUID_SIZE)
		return ACCESS_E_INVALID;
	*why = "The permissions of an access policy are not known.";
	if (json_get_object(&permissions, policy, "permissions") != 0 ||
	    permissions_parse(bits, permissions) != 0)
		return ACCESS_E_INVALID;
	kept = cJSON_CreateObject();
	if (!kept || !cJSON_AddItemToArray(list, kept)) {
		cJSON_Delete(kept);
		return -ENOMEM;
	}
	return copy_member(kept, policy, "tenantId") &&
			       copy_member(kept, policy, "objectId") &&
			       copy_member(kept, policy, "applicationId") &&
			       copy_member(kept, policy, "permissions")
		       ? 0
		       : -ENOMEM;
}

int access_parse_policies(cJSON **ret, const cJSON *list, const char **why)
{
	AKV_JSON cJSON *kept = cJSON_CreateArray();
	const cJSON *policy;

	if (!kept)
		return -ENOMEM;
	*why = "accessPolicies is not an array of at most 1024.";
	if (!cJSON_IsArray(list) ||
	    cJSON_GetArraySize(list) > ACCESS_POLICIES_MAX)
		return ACCESS_E_INVALID;
	cJSON_ArrayForEach (policy, list) {
		int r = policy_parse(kept, policy, why);

		if (r != 0)
			return r;
	}
	*ret = AKV_TAKE(kept);
	return 0;
}

/* --- role assignments --------------------------------------------------- */

static int role_add(cJSON *list, const Emulator *emulator, const Vault *vault,
		    const PermissionEntry *entry, const Role *role)
{
	const Principal *principal =
		directory_find(&emulator->directory, entry->client_id);
	char seed[512], name[GUID_SIZE];
	cJSON *item;

	if (!principal)
		return 0;
	(void)snprintf(seed, sizeof(seed), "%s has %s on %s",
		       principal->object_id, role->id, vault->name);
	derived_guid(name, seed);
	item = cJSON_CreateObject();
	if (!item || !cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return cJSON_AddStringToObject(item, "name", name) &&
			       cJSON_AddStringToObject(item, "principalId",
						       principal->object_id) &&
			       cJSON_AddStringToObject(item, "role", role->id)
		       ? 0
		       : -ENOMEM;
}

/* The roles, largest first, that together give as much of @entry as they can.
 */
static int roles_of_entry(cJSON *list, const Emulator *emulator,
			  const Vault *vault, const PermissionEntry *entry)
{
	uint64_t given[PERMISSION_GROUPS] = {0};

	for (size_t i = 0; i < AKV_ARRAY_LEN(roles); i++) {
		uint64_t bits[PERMISSION_GROUPS];
		bool fits = true, adds = false;
		int r = role_bits(bits, &roles[i]);

		if (r < 0)
			return r;
		for (unsigned g = 0; g < PERMISSION_GROUPS; g++) {
			fits = fits && (bits[g] & ~entry->words[g]) == 0;
			adds = adds || (bits[g] & ~given[g]) != 0;
		}
		if (!fits || !adds)
			continue;
		for (unsigned g = 0; g < PERMISSION_GROUPS; g++)
			given[g] |= bits[g];
		r = role_add(list, emulator, vault, entry, &roles[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int access_copy_roles(cJSON **ret, const Emulator *emulator, const Vault *vault)
{
	AKV_JSON cJSON *list = NULL;
	const Permissions *permissions = &vault->permissions;
	PermissionEntry own;
	int r = 0;

	if (vault->facts.roles)
		list = cJSON_Duplicate(vault->facts.roles, true);
	else
		list = cJSON_CreateArray();
	if (!list)
		return -ENOMEM;
	if (!vault->facts.roles && vault->rbac) {
		if (default_entry(&own, vault))
			r = roles_of_entry(list, emulator, vault, &own);
		for (size_t i = 0; i < permissions->n && r == 0; i++)
			r = roles_of_entry(list, emulator, vault,
					   &permissions->entries[i]);
	}
	if (r == 0)
		*ret = AKV_TAKE(list);
	return r;
}

/* --- what the data plane does ------------------------------------------- */

static int policy_apply(const Emulator *emulator, Vault *vault,
			const char *object_id, const cJSON *permissions)
{
	const Principal *principal =
		directory_find_object_id(&emulator->directory, object_id);
	int r = 0;

	if (principal)
		r = permissions_add(&vault->permissions, principal->client_id,
				    permissions);
	return r > 0 ? -EINVAL : r;
}

static int role_apply(const Emulator *emulator, Vault *vault, const cJSON *item)
{
	AKV_JSON cJSON *permissions = NULL;
	const char *principal, *id;
	const Role *role;

	if (json_get_string(&principal, item, "principalId") != 0 ||
	    json_get_string(&id, item, "role") != 0)
		return -EINVAL;
	role = role_find(id);
	if (!role || !role->permissions)
		return 0;
	permissions = cJSON_Parse(role->permissions);
	if (!permissions)
		return -ENOMEM;
	return policy_apply(emulator, vault, principal, permissions);
}

int access_apply(const Emulator *emulator, Vault *vault)
{
	const cJSON *item, *list;
	int r = 0;

	list = vault->rbac ? vault->facts.roles : vault->facts.policies;
	permissions_clear(&vault->permissions);
	vault->facts.access_stated = true;
	cJSON_ArrayForEach (item, list) {
		const cJSON *permissions = NULL;
		const char *id = "";

		if (vault->rbac) {
			r = role_apply(emulator, vault, item);
		} else if (json_get_string(&id, item, "objectId") == 0 &&
			   json_get_object(&permissions, item, "permissions") ==
				   0) {
			r = policy_apply(emulator, vault, id, permissions);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
