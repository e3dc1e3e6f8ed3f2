/* SPDX-License-Identifier: MIT */

/* Pure: facts in, bytes out. Used by worker.c. */

#include "fs/root-attributes.h"

#include "base/json.h"
#include "fs/xattr.h"

#define PREFIX "user.akv."
#define TAG_PREFIX PREFIX "tag."

static int append_text(Buf *buf, const char *text)
{
	return text[0] ? buf_append_string(buf, text) : XATTR_E_ABSENT;
}

static int append_bool(Buf *buf, bool value)
{
	return buf_append_string(buf, value ? "true" : "false");
}

static int append_json(Buf *buf, const cJSON *json)
{
	char *text;
	int r;

	if (!json)
		return XATTR_E_ABSENT;
	text = cJSON_PrintUnformatted(json);
	if (!text)
		return -ENOMEM;
	r = buf_append_string(buf, text);
	cJSON_free(text);
	return r;
}

static int append_id(Buf *buf, const ArmVault *vault)
{
	return arm_id_append(buf, &vault->id, false);
}

static int append_location(Buf *buf, const ArmVault *vault)
{
	return append_text(buf, vault->location);
}

static int append_tenant(Buf *buf, const ArmVault *vault)
{
	return append_text(buf, vault->tenant);
}

static int append_sku(Buf *buf, const ArmVault *vault)
{
	return append_text(buf, vault->sku);
}

static int append_rbac(Buf *buf, const ArmVault *vault)
{
	return append_bool(buf, vault->rbac);
}

static int append_soft_delete(Buf *buf, const ArmVault *vault)
{
	return buf_printf(buf, "%u", vault->soft_delete_days);
}

static int append_purge(Buf *buf, const ArmVault *vault)
{
	return append_bool(buf, vault->purge_protection);
}

static int append_public(Buf *buf, const ArmVault *vault)
{
	return append_text(buf, vault->public_access);
}

static int append_network(Buf *buf, const ArmVault *vault)
{
	return append_json(buf, vault->network_acls);
}

static int append_policies(Buf *buf, const ArmVault *vault)
{
	return append_json(buf, vault->policies);
}

static int append_roles(Buf *buf, const ArmVault *vault)
{
	return append_json(buf, vault->roles);
}

static int append_state(Buf *buf, const ArmVault *vault)
{
	return append_text(buf, vault->state);
}

static int append_endpoints(Buf *buf, const ArmVault *vault)
{
	return append_json(buf, vault->endpoints);
}

static int append_tags(Buf *buf, const ArmVault *vault)
{
	return append_json(buf, vault->tags);
}

static const struct {
	const char *name;
	int (*append)(Buf *buf, const ArmVault *vault);
} attributes[] = {
	{PREFIX "vault.id", append_id},
	{PREFIX "vault.location", append_location},
	{PREFIX "vault.tenant_id", append_tenant},
	{PREFIX "vault.sku", append_sku},
	{PREFIX "vault.rbac", append_rbac},
	{PREFIX "vault.soft_delete_days", append_soft_delete},
	{PREFIX "vault.purge_protection", append_purge},
	{PREFIX "vault.public_network_access", append_public},
	{PREFIX "vault.network_acls", append_network},
	{PREFIX "vault.access_policies", append_policies},
	{PREFIX "vault.role_assignments", append_roles},
	{PREFIX "vault.provisioning_state", append_state},
	{PREFIX "vault.private_endpoints", append_endpoints},
	{PREFIX "tags", append_tags},
};

int root_attributes_value(Buf *buf, const ArmVault *vault, const char *name)
{
	const char *text;

	if (!vault)
		return XATTR_E_ABSENT;
	for (size_t i = 0; i < AKV_ARRAY_LEN(attributes); i++) {
		if (strcmp(attributes[i].name, name) == 0)
			return attributes[i].append(buf, vault);
	}
	if (strncmp(name, TAG_PREFIX, strlen(TAG_PREFIX)) != 0 ||
	    json_get_string(&text, vault->tags, name + strlen(TAG_PREFIX)) != 0)
		return XATTR_E_ABSENT;
	return buf_append_string(buf, text);
}

/* A name, with its NUL, if the attribute is there and is not too large. */
static int list_one(Buf *buf, const ArmVault *vault, size_t i)
{
	AKV_BUF Buf value = BUF_INIT(XATTR_SIZE_MAX);
	int r = attributes[i].append(&value, vault);

	if (r == XATTR_E_ABSENT || r == -EMSGSIZE)
		return 0;
	return r == 0 ? buf_append(buf, attributes[i].name,
				   strlen(attributes[i].name) + 1)
		      : r;
}

/* Names that no attribute can have are in user.akv.tags only. */
static int list_tag(Buf *buf, const char *name)
{
	size_t n = strlen(TAG_PREFIX) + strlen(name);
	int r;

	if (name[0] == '\0' || n > XATTR_NAME_LENGTH_MAX)
		return 0;
	r = buf_append_string(buf, TAG_PREFIX);
	return r == 0 ? buf_append(buf, name, strlen(name) + 1) : r;
}

int root_attributes_list(Buf *buf, const ArmVault *vault)
{
	const cJSON *tag;
	int r = 0;

	if (!vault)
		return 0;
	for (size_t i = 0; i < AKV_ARRAY_LEN(attributes) && r == 0; i++)
		r = list_one(buf, vault, i);
	cJSON_ArrayForEach (tag, vault->tags) {
		if (r == 0)
			r = list_tag(buf, tag->string);
	}
	return r;
}
