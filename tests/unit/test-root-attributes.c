/* SPDX-License-Identifier: MIT */

/* The vault as attributes of the root: which there are, and their bytes. */

#include "base/json.h"
#include "check.h"
#include "fs/root-attributes.h"
#include "fs/xattr.h"

/* What is known of a vault that says all there is. */
static void vault_init(ArmVault *ret)
{
	*ret = (ArmVault){
		.id = {.subscription = "s", .group = "rg", .vault = "demo"},
		.location = "westeurope",
		.tenant = "t",
		.sku = "standard",
		.public_access = "Enabled",
		.state = "Succeeded",
		.rbac = true,
		.soft_delete_days = 90,
		.tags = cJSON_Parse("{\"team\":\"shop\",\"\xc3\xbc\":\"\"}"),
		.network_acls = cJSON_Parse("{\"defaultAction\":\"Allow\"}"),
		.policies = cJSON_Parse("[]"),
		.endpoints = cJSON_Parse("[]"),
		.roles = cJSON_Parse("[{\"role\":\"Reader\"}]"),
	};
}

static void vault_done(ArmVault *vault)
{
	cJSON_Delete(vault->tags);
	cJSON_Delete(vault->network_acls);
	cJSON_Delete(vault->policies);
	cJSON_Delete(vault->endpoints);
	cJSON_Delete(vault->roles);
}

/* The value, or "!" if it is absent. */
static const char *value(const ArmVault *vault, const char *name)
{
	static char text[1024];
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	int r = root_attributes_value(&buf, vault, name);

	if (r != 0)
		return r == XATTR_E_ABSENT ? "!" : "fault";
	(void)snprintf(text, sizeof(text), "%s", buf.p);
	return text;
}

static bool is_listed(const ArmVault *vault, const char *name)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);

	if (root_attributes_list(&buf, vault) != 0)
		abort();
	for (size_t i = 0; i < buf.n; i += strlen(buf.p + i) + 1)
		if (strcmp(buf.p + i, name) == 0)
			return true;
	return false;
}

static void test_values(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"user.akv.vault.id",
		 "/subscriptions/s/resourceGroups/rg/providers/"
		 "Microsoft.KeyVault/vaults/demo"},
		{"user.akv.vault.location", "westeurope"},
		{"user.akv.vault.tenant_id", "t"},
		{"user.akv.vault.sku", "standard"},
		{"user.akv.vault.rbac", "true"},
		{"user.akv.vault.soft_delete_days", "90"},
		{"user.akv.vault.purge_protection", "false"},
		{"user.akv.vault.public_network_access", "Enabled"},
		{"user.akv.vault.network_acls",
		 "{\"defaultAction\":\"Allow\"}"},
		{"user.akv.vault.access_policies", "[]"},
		{"user.akv.vault.role_assignments", "[{\"role\":\"Reader\"}]"},
		{"user.akv.vault.provisioning_state", "Succeeded"},
		{"user.akv.vault.private_endpoints", "[]"},
		{"user.akv.tags", "{\"team\":\"shop\",\"\xc3\xbc\":\"\"}"},
		{"user.akv.tag.team", "shop"},
		{"user.akv.tag.\xc3\xbc", ""},
	};
	ArmVault vault;

	vault_init(&vault);
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_STR(value(&vault, rows[i].name), rows[i].value);
		CHECK(is_listed(&vault, rows[i].name));
	}
	CHECK_STR(value(&vault, "user.akv.tag.Team"), "!");
	CHECK_STR(value(&vault, "user.akv.tag."), "!");
	CHECK_STR(value(&vault, "user.akv.vault.none"), "!");
	vault_done(&vault);
}

/* What is not known is absent, in the list and by name. */
static void test_absent(void)
{
	static const char *const names[] = {
		"user.akv.vault.sku", "user.akv.vault.public_network_access",
		"user.akv.vault.role_assignments", "user.akv.tag.team"};
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	ArmVault vault = {.location = "x"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		CHECK_STR(value(&vault, names[i]), "!");
		CHECK(!is_listed(&vault, names[i]));
		CHECK_STR(value(NULL, names[i]), "!");
	}
	CHECK(is_listed(&vault, "user.akv.vault.location"));
	CHECK_OK(root_attributes_list(&buf, NULL));
	CHECK_EQ(buf.n, 0);
}

/* A name that does not fit, and a value that does not, are not listed. */
static void test_too_large(void)
{
	char name[300] = {0}, full[512];
	char *large = malloc(XATTR_SIZE_MAX + 2);
	ArmVault vault;

	CHECK(large != NULL);
	vault_init(&vault);
	memset(name, 'n', sizeof(name) - 1);
	CHECK(cJSON_AddStringToObject(vault.tags, name, "x") != NULL);
	(void)snprintf(full, sizeof(full), "user.akv.tag.%s", name);
	CHECK(!is_listed(&vault, full));
	memset(large, 'x', XATTR_SIZE_MAX + 1);
	large[XATTR_SIZE_MAX + 1] = '\0';
	cJSON_Delete(vault.policies);
	vault.policies = cJSON_CreateString(large);
	CHECK(!is_listed(&vault, "user.akv.vault.access_policies"));
	CHECK_STR(value(&vault, "user.akv.vault.access_policies"), "fault");
	CHECK(is_listed(&vault, "user.akv.vault.sku"));
	free(large);
	vault_done(&vault);
}

int main(void)
{
	RUN(test_values);
	RUN(test_absent);
	RUN(test_too_large);
	return check_report();
}
