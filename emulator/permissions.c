/* SPDX-License-Identifier: MIT */

/* The words are those of vault access policies. Called with the lock held. */

#include "emulator/permissions.h"

#include <strings.h>

static const char *const words[] = {
	"get",
	"list",
	"set",
	"delete",
	"recover",
	"backup",
	"restore",
	"purge",
	"create",
	"import",
	"update",
	"encrypt",
	"decrypt",
	"sign",
	"verify",
	"wrapKey",
	"unwrapKey",
	"release",
	"rotate",
	"getRotationPolicy",
	"setRotationPolicy",
	"manageContacts",
	"manageIssuers",
	"getIssuers",
	"listIssuers",
	"setIssuers",
	"deleteIssuers",
	"regenerateKey",
	"getSas",
	"listSas",
	"setSas",
	"deleteSas",
};

static const char *const groups[PERMISSION_GROUPS] = {
	[PERMISSION_SECRETS] = "secrets",
	[PERMISSION_KEYS] = "keys",
	[PERMISSION_CERTIFICATES] = "certificates",
	[PERMISSION_STORAGE] = "storage",
};

void permissions_done(Permissions *permissions)
{
	free(permissions->entries);
	*permissions = (Permissions){0};
}

uint64_t permission_bit(const char *word)
{
	if (strcasecmp(word, "all") == 0)
		return UINT64_MAX;
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (strcasecmp(words[i], word) == 0)
			return UINT64_C(1) << i;
	}
	return 0;
}

const char *permission_group_name(enum permission_group group)
{
	return groups[group];
}

static PermissionEntry *entry_find(const Permissions *permissions,
				   const char *client_id)
{
	for (size_t i = 0; i < permissions->n; i++) {
		PermissionEntry *entry = &permissions->entries[i];

		if (strcasecmp(entry->client_id, client_id) == 0)
			return entry;
	}
	return NULL;
}

static int words_parse(uint64_t *ret, const cJSON *list)
{
	uint64_t bits = 0;
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return PERMISSIONS_E_INVALID;
	cJSON_ArrayForEach (item, list) {
		uint64_t bit;

		if (!cJSON_IsString(item))
			return PERMISSIONS_E_INVALID;
		bit = permission_bit(item->valuestring);
		if (bit == 0)
			return PERMISSIONS_E_INVALID;
		bits |= bit;
	}
	*ret = bits;
	return 0;
}

static int group_find(enum permission_group *ret, const char *name)
{
	for (unsigned i = 0; i < PERMISSION_GROUPS; i++) {
		if (strcmp(groups[i], name) == 0) {
			*ret = (enum permission_group)i;
			return 0;
		}
	}
	return PERMISSIONS_E_INVALID;
}

int permissions_parse(uint64_t ret[PERMISSION_GROUPS], const cJSON *policy)
{
	const cJSON *list;

	memset(ret, 0, PERMISSION_GROUPS * sizeof(ret[0]));
	if (!policy) {
		for (unsigned i = 0; i < PERMISSION_GROUPS; i++)
			ret[i] = UINT64_MAX;
		return 0;
	}
	if (!cJSON_IsObject(policy))
		return PERMISSIONS_E_INVALID;
	cJSON_ArrayForEach (list, policy) {
		enum permission_group group = PERMISSION_SECRETS;
		int r = group_find(&group, list->string);

		if (r == 0)
			r = words_parse(&ret[group], list);
		if (r != 0)
			return r;
	}
	return 0;
}

static int entry_get(PermissionEntry **ret, Permissions *permissions,
		     const char *client_id)
{
	PermissionEntry *entry = entry_find(permissions, client_id);
	PermissionEntry *entries;

	if (entry) {
		*ret = entry;
		return 0;
	}
	if (strlen(client_id) >= CLIENT_ID_SIZE)
		return PERMISSIONS_E_INVALID;
	if (permissions->n >= PERMISSIONS_MAX)
		return -ENOSPC;
	entries = reallocarray(permissions->entries, permissions->n + 1,
			       sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	permissions->entries = entries;
	entry = &entries[permissions->n++];
	*entry = (PermissionEntry){0};
	(void)snprintf(entry->client_id, CLIENT_ID_SIZE, "%s", client_id);
	*ret = entry;
	return 0;
}

int permissions_set(Permissions *permissions, const char *client_id,
		    const cJSON *policy)
{
	PermissionEntry *entry;
	uint64_t bits[PERMISSION_GROUPS];
	int r;

	r = permissions_parse(bits, policy);
	if (r == 0)
		r = entry_get(&entry, permissions, client_id);
	if (r != 0)
		return r;
	memcpy(entry->words, bits, sizeof(bits));
	return 0;
}

int permissions_add(Permissions *permissions, const char *client_id,
		    const cJSON *policy)
{
	PermissionEntry *entry;
	uint64_t bits[PERMISSION_GROUPS];
	int r;

	r = permissions_parse(bits, policy);
	if (r == 0)
		r = entry_get(&entry, permissions, client_id);
	if (r != 0)
		return r;
	for (unsigned i = 0; i < PERMISSION_GROUPS; i++)
		entry->words[i] |= bits[i];
	return 0;
}

int permissions_set_arm(Permissions *permissions, const char *client_id,
			enum arm_right right)
{
	PermissionEntry *entry;
	int r = entry_get(&entry, permissions, client_id);

	if (r == 0)
		entry->arm = right;
	return r;
}

enum arm_right permissions_arm(const Permissions *permissions,
			       const char *client_id)
{
	const PermissionEntry *entry = entry_find(permissions, client_id);

	return entry ? entry->arm : ARM_UNSTATED;
}

void permissions_clear(Permissions *permissions)
{
	for (size_t i = 0; i < permissions->n; i++)
		memset(permissions->entries[i].words, 0,
		       sizeof(permissions->entries[i].words));
}

const char *permission_word(uint64_t bits, size_t *at)
{
	while (*at < AKV_ARRAY_LEN(words)) {
		size_t i = (*at)++;

		if ((bits & UINT64_C(1) << i) != 0)
			return words[i];
	}
	return NULL;
}

bool permissions_allow(const Permissions *permissions, const char *client_id,
		       enum permission_group group, const char *word,
		       bool unlisted)
{
	const PermissionEntry *entry = entry_find(permissions, client_id);

	if (!entry)
		return unlisted;
	return (entry->words[group] & permission_bit(word)) != 0;
}
