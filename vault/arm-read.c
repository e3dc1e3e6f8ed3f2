/* SPDX-License-Identifier: MIT */

/*
 * Each list goes through list_read(), which hands its entries to a function
 * that makes what is kept of one.
 */

#include "vault/arm-read.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/parse.h"

/* An entry that is left out; positive, as opposed to a fault. */
enum { ENTRY_DROPPED = 1 };

static int text_add(cJSON *to, const char *name, const char *text)
{
	return cJSON_AddStringToObject(to, name, text) ? 0 : -ENOMEM;
}

/* Append what @make makes of each entry of @list to @to. */
static int list_read(cJSON *to, ArmVault *vault, const cJSON *list,
		     int (*make)(cJSON **ret, const cJSON *entry))
{
	const cJSON *entry;

	cJSON_ArrayForEach (entry, list) {
		cJSON *made = NULL;
		int r = make(&made, entry);

		if (r == ENTRY_DROPPED) {
			vault->dropped++;
			continue;
		}
		if (r < 0)
			return r;
		if (!cJSON_AddItemToArray(to, made)) {
			cJSON_Delete(made);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The array @name of @object; *@ret is NULL if there is none. */
static int array_get(const cJSON **ret, const cJSON *object, const char *name,
		     int max, const Why *why)
{
	const cJSON *list = NULL;
	int r = json_get_array(&list, object, name);

	if (r != 0 && r != JSON_E_ABSENT)
		return why_member(why, name, r);
	if (r == 0 && cJSON_GetArraySize(list) > max)
		return why_untrusted(why, "a list in it is too long");
	*ret = r == 0 ? list : NULL;
	return 0;
}

/* --- tags --------------------------------------------------------------- */

int arm_read_tags(ArmVault *vault, const cJSON *body, const Why *why)
{
	const cJSON *tags = NULL, *tag;
	int r = member_object(&tags, body, "tags", MEMBER_OPTIONAL, why);

	if (r == 0 && tags)
		r = member_all_unique(tags, why);
	if (r != 0)
		return r;
	vault->tags = cJSON_CreateObject();
	if (!vault->tags)
		return -ENOMEM;
	cJSON_ArrayForEach (tag, tags) {
		if (!cJSON_IsString(tag) || tag->string[0] == '\0' ||
		    strlen(tag->string) > ARM_TAG_NAME_MAX ||
		    strlen(tag->valuestring) > ARM_TAG_VALUE_MAX ||
		    cJSON_GetArraySize(vault->tags) >= ARM_TAGS_MAX) {
			vault->dropped++;
			continue;
		}
		r = text_add(vault->tags, tag->string, tag->valuestring);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the network -------------------------------------------------------- */

/* "1.2.3.4" or "1.2.3.0/24", IPv6 too. */
static bool is_network(const char *text)
{
	size_t n = strcspn(text, "/");
	unsigned char bytes[16];
	char address[INET6_ADDRSTRLEN];
	uint64_t bits;
	bool four;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	four = inet_pton(AF_INET, address, bytes) == 1;
	if (!four && inet_pton(AF_INET6, address, bytes) != 1)
		return false;
	return text[n] == '\0' ||
	       parse_uint64(&bits, text + n + 1, four ? 32 : 128) == 0;
}

static bool is_resource(const char *text)
{
	return text[0] == '/' && strlen(text) <= ARM_RESOURCE_MAX &&
	       ascii_is_printable(text);
}

static int text_make(cJSON **ret, const char *text)
{
	*ret = cJSON_CreateString(text);
	return *ret ? 0 : -ENOMEM;
}

static int address_make(cJSON **ret, const cJSON *entry)
{
	const char *text;

	if (json_get_string(&text, entry, "value") != 0 || !is_network(text))
		return ENTRY_DROPPED;
	return text_make(ret, text);
}

static int subnet_make(cJSON **ret, const cJSON *entry)
{
	const char *text;

	if (json_get_string(&text, entry, "id") != 0 || !is_resource(text))
		return ENTRY_DROPPED;
	return text_make(ret, text);
}

static int word_copy(cJSON *to, const cJSON *from, const char *name,
		     const char *otherwise, const Why *why)
{
	const char *text = "";
	int r = from ? member_text(&text, from, name, MEMBER_OPTIONAL,
				   ARM_WORD_MAX, why)
		     : 0;

	if (r != 0)
		return r;
	if (!ascii_is_printable(text))
		return why_member(why, name, JSON_E_TYPE);
	return text_add(to, name, text[0] != '\0' ? text : otherwise);
}

static int rules_read(ArmVault *vault, const cJSON *acls, const char *name,
		      int (*make)(cJSON **ret, const cJSON *entry),
		      const Why *why)
{
	cJSON *to = cJSON_AddArrayToObject(vault->network_acls, name);
	const cJSON *list = NULL;
	int r;

	if (!to)
		return -ENOMEM;
	if (!acls)
		return 0;
	r = array_get(&list, acls, name, ARM_RULES_MAX, why);
	return r == 0 ? list_read(to, vault, list, make) : r;
}

/* No rules at all let everybody in: that is written out. */
int arm_read_network(ArmVault *vault, const cJSON *properties, const Why *why)
{
	const cJSON *acls = NULL;
	int r = member_object(&acls, properties, "networkAcls", MEMBER_OPTIONAL,
			      why);

	if (r != 0)
		return r;
	vault->network_acls = cJSON_CreateObject();
	if (!vault->network_acls)
		return -ENOMEM;
	r = word_copy(vault->network_acls, acls, "bypass", "AzureServices",
		      why);
	if (r == 0)
		r = word_copy(vault->network_acls, acls, "defaultAction",
			      "Allow", why);
	if (r == 0)
		r = rules_read(vault, acls, "ipRules", address_make, why);
	if (r == 0)
		r = rules_read(vault, acls, "virtualNetworkRules", subnet_make,
			       why);
	return r;
}

/* --- access policies ---------------------------------------------------- */

/* A word of permissions: letters. */
static bool is_word(const cJSON *word)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return cJSON_IsString(word) && word->valuestring[0] != '\0' &&
	       strlen(word->valuestring) <= ARM_WORD_MAX &&
	       word->valuestring[strspn(word->valuestring, set)] == '\0';
}

static int words_copy(cJSON *to, const cJSON *permissions, const char *group)
{
	const cJSON *list = NULL, *word;
	cJSON *words;
	int r = json_get_array(&list, permissions, group);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || cJSON_GetArraySize(list) > ARM_WORDS_MAX)
		return ENTRY_DROPPED;
	words = cJSON_AddArrayToObject(to, group);
	if (!words)
		return -ENOMEM;
	cJSON_ArrayForEach (word, list) {
		cJSON *copy;

		if (!is_word(word))
			return ENTRY_DROPPED;
		copy = cJSON_CreateString(word->valuestring);
		if (!copy || !cJSON_AddItemToArray(words, copy)) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Copy a GUID that has to be there, or may be. */
static int guid_copy(cJSON *to, const cJSON *from, const char *name,
		     enum member_need need)
{
	const char *text;
	int r = json_get_string(&text, from, name);

	if (r == JSON_E_ABSENT && need == MEMBER_OPTIONAL)
		return 0;
	if (r != 0 || !arm_guid_is_valid(text))
		return ENTRY_DROPPED;
	return text_add(to, name, text);
}

static int policy_make(cJSON **ret, const cJSON *entry)
{
	static const char *const groups[] = {"keys", "secrets", "certificates",
					     "storage"};
	AKV_JSON cJSON *policy = cJSON_CreateObject();
	const cJSON *permissions = NULL;
	cJSON *to;
	int r;

	if (!policy)
		return -ENOMEM;
	r = guid_copy(policy, entry, "objectId", MEMBER_NEEDED);
	if (r == 0)
		r = guid_copy(policy, entry, "tenantId", MEMBER_NEEDED);
	if (r == 0)
		r = guid_copy(policy, entry, "applicationId", MEMBER_OPTIONAL);
	if (r != 0)
		return r;
	if (json_get_object(&permissions, entry, "permissions") != 0)
		return ENTRY_DROPPED;
	to = cJSON_AddObjectToObject(policy, "permissions");
	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < AKV_ARRAY_LEN(groups) && r == 0; i++)
		r = words_copy(to, permissions, groups[i]);
	if (r == 0)
		*ret = AKV_TAKE(policy);
	return r;
}

int arm_read_policies(ArmVault *vault, const cJSON *properties, const Why *why)
{
	const cJSON *list = NULL;
	int r = array_get(&list, properties, "accessPolicies", ARM_POLICIES_MAX,
			  why);

	if (r != 0)
		return r;
	vault->policies = cJSON_CreateArray();
	return vault->policies
		       ? list_read(vault->policies, vault, list, policy_make)
		       : -ENOMEM;
}

/* --- private endpoints -------------------------------------------------- */

/* The member @name of the object @within of @object; "" if it cannot be. */
static const char *inner_text(const cJSON *object, const char *within,
			      const char *name)
{
	const cJSON *inner;
	const char *text;

	if (json_get_object(&inner, object, within) != 0 ||
	    json_get_string(&text, inner, name) != 0 ||
	    strlen(text) > ARM_RESOURCE_MAX || !ascii_is_printable(text))
		return "";
	return text;
}

static int endpoint_make(cJSON **ret, const cJSON *entry)
{
	AKV_JSON cJSON *made = NULL;
	const cJSON *properties;
	const char *id;
	int r;

	if (json_get_string(&id, entry, "id") != 0 || !is_resource(id) ||
	    json_get_object(&properties, entry, "properties") != 0)
		return ENTRY_DROPPED;
	made = cJSON_CreateObject();
	if (!made)
		return -ENOMEM;
	r = text_add(made, "name", strrchr(id, '/') + 1);
	if (r == 0)
		r = text_add(made, "endpoint",
			     inner_text(properties, "privateEndpoint", "id"));
	if (r == 0)
		r = text_add(made, "status",
			     inner_text(properties,
					"privateLinkServiceConnectionState",
					"status"));
	if (r == 0)
		*ret = AKV_TAKE(made);
	return r;
}

int arm_read_endpoints(ArmVault *vault, const cJSON *properties, const Why *why)
{
	const cJSON *list = NULL;
	int r = array_get(&list, properties, "privateEndpointConnections",
			  ARM_ENDPOINTS_MAX, why);

	if (r != 0)
		return r;
	vault->endpoints = cJSON_CreateArray();
	return vault->endpoints
		       ? list_read(vault->endpoints, vault, list, endpoint_make)
		       : -ENOMEM;
}

/* --- role assignments --------------------------------------------------- */

/* The built-in roles that open a vault (reference: "Azure built-in roles"). */
static const char *role_name(const char *id)
{
	static const struct {
		const char *id, *name;
	} roles[] = {
		{"00482a5a-887f-4fb3-b363-3b7fe8e74483",
		 "Key Vault Administrator"},
		{"21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader"},
		{"b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
		 "Key Vault Secrets Officer"},
		{"4633458b-17de-408a-b874-0445c86b69e6",
		 "Key Vault Secrets User"},
		{"14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
		 "Key Vault Crypto Officer"},
		{"12338af0-0e69-4776-bea7-57ae8d297424",
		 "Key Vault Crypto User"},
		{"a4417e6f-fecd-4de8-b567-7b0420556985",
		 "Key Vault Certificates Officer"},
		{"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"},
		{"b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"},
		{"acdd72a7-3385-48f5-bd42-f606fba81ae7", "Reader"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(roles); i++) {
		if (ascii_equal_fold(roles[i].id, id))
			return roles[i].name;
	}
	return NULL;
}

static int role_make(cJSON **ret, const cJSON *entry)
{
	AKV_JSON cJSON *made = NULL;
	const cJSON *properties;
	const char *role, *scope, *slash;
	int r;

	if (json_get_object(&properties, entry, "properties") != 0 ||
	    json_get_string(&role, properties, "roleDefinitionId") != 0 ||
	    json_get_string(&scope, properties, "scope") != 0 ||
	    !is_resource(scope))
		return ENTRY_DROPPED;
	slash = strrchr(role, '/');
	if (!slash || !arm_guid_is_valid(slash + 1))
		return ENTRY_DROPPED;
	made = cJSON_CreateObject();
	if (!made)
		return -ENOMEM;
	r = guid_copy(made, properties, "principalId", MEMBER_NEEDED);
	if (r == 0)
		r = text_add(made, "roleId", slash + 1);
	if (r == 0 && role_name(slash + 1))
		r = text_add(made, "role", role_name(slash + 1));
	if (r == 0)
		r = text_add(made, "scope", scope);
	if (r == 0)
		*ret = AKV_TAKE(made);
	return r;
}

int arm_vault_read_roles(ArmVault *vault, const char *body, size_t n,
			 const Why *why)
{
	AKV_JSON cJSON *json = NULL;
	AKV_JSON cJSON *roles = NULL;
	const cJSON *list = NULL;
	int r = member_body(&json, body, n, why);

	if (r == 0)
		r = array_get(&list, json, "value", ARM_ROLES_MAX, why);
	if (r != 0)
		return r;
	if (!list)
		return why_member(why, "value", JSON_E_ABSENT);
	roles = cJSON_CreateArray();
	if (!roles)
		return -ENOMEM;
	r = list_read(roles, vault, list, role_make);
	if (r < 0)
		return r;
	cJSON_Delete(vault->roles);
	vault->roles = AKV_TAKE(roles);
	return 0;
}
