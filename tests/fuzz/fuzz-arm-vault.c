/* SPDX-License-Identifier: MIT */

/*
 * Bodies with form feeds between them: the vault, its role assignments, the
 * names of principals. What is kept is bounded and strict JSON again.
 */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/arm-vault.h"

#define ID                                                     \
	"/subscriptions/00000000-0000-0000-0000-000000000000/" \
	"resourceGroups/rg/providers/Microsoft.KeyVault/vaults/demo"

static char why_text[256];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

static void check_answer(int r)
{
	FUZZ_CHECK(r == 0 || r == MODEL_E_UNTRUSTED);
	FUZZ_CHECK((r == 0) == (why_text[0] == '\0'));
	FUZZ_CHECK(ascii_is_printable(why_text));
	why_text[0] = '\0';
}

/* It is written out as it is: who reads it must not find what we refuse. */
static void check_list(const cJSON *list, int max)
{
	AKV_JSON cJSON *again = NULL;
	char *text = cJSON_PrintUnformatted(list);

	FUZZ_CHECK(text && cJSON_GetArraySize(list) <= max);
	FUZZ_CHECK(json_parse(&again, text, strlen(text), NULL) == 0);
	FUZZ_CHECK(cJSON_Compare(list, again, true));
	cJSON_free(text);
}

static void check_guids(const cJSON *list, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		const char *text;

		FUZZ_CHECK(json_get_string(&text, item, name) == 0);
		FUZZ_CHECK(arm_guid_is_valid(text));
	}
}

static void check_rules(const cJSON *acls)
{
	const cJSON *list = NULL;

	FUZZ_CHECK(json_get_array(&list, acls, "ipRules") == 0);
	check_list(list, ARM_RULES_MAX);
	FUZZ_CHECK(json_get_array(&list, acls, "virtualNetworkRules") == 0);
	check_list(list, ARM_RULES_MAX);
}

static void check_vault(const ArmVault *vault)
{
	FUZZ_CHECK(strcmp(vault->id.vault, "demo") == 0);
	FUZZ_CHECK(ascii_is_printable(vault->location));
	FUZZ_CHECK(ascii_is_printable(vault->tenant));
	FUZZ_CHECK(ascii_is_printable(vault->sku));
	FUZZ_CHECK(ascii_is_printable(vault->uri));
	FUZZ_CHECK(ascii_is_printable(vault->public_access));
	FUZZ_CHECK(ascii_is_printable(vault->state));
	FUZZ_CHECK(vault->soft_delete_days <= 36500);
	FUZZ_CHECK(!vault->roles);
	check_list(vault->tags, ARM_TAGS_MAX);
	check_rules(vault->network_acls);
	check_list(vault->policies, ARM_POLICIES_MAX);
	check_guids(vault->policies, "objectId");
	check_guids(vault->policies, "tenantId");
	check_list(vault->endpoints, ARM_ENDPOINTS_MAX);
}

static void check_principals(const ArmVault *vault)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *ids = NULL, *id;
	char *text = NULL;

	FUZZ_CHECK(arm_vault_principals(&text, vault) == 0);
	if (!text)
		return;
	FUZZ_CHECK(json_parse(&json, text, strlen(text), NULL) == 0);
	cJSON_free(text);
	FUZZ_CHECK(json_get_array(&ids, json, "ids") == 0);
	FUZZ_CHECK(cJSON_GetArraySize(ids) > 0);
	FUZZ_CHECK(cJSON_GetArraySize(ids) <= ARM_PRINCIPALS_MAX);
	cJSON_ArrayForEach (id, ids)
		FUZZ_CHECK(arm_guid_is_valid(id->valuestring));
}

static void give_rest(ArmVault *vault, const char *roles, const char *names)
{
	int r = arm_vault_read_roles(vault, roles, strlen(roles), &why);

	check_answer(r);
	FUZZ_CHECK((r == 0) == (vault->roles != NULL));
	if (r == 0) {
		check_list(vault->roles, ARM_ROLES_MAX);
		check_guids(vault->roles, "principalId");
		check_guids(vault->roles, "roleId");
	}
	check_principals(vault);
	check_answer(arm_vault_read_names(vault, names, strlen(names), &why));
	check_list(vault->policies, ARM_POLICIES_MAX);
	if (vault->roles)
		check_list(vault->roles, ARM_ROLES_MAX);
	check_principals(vault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char *rest = text;
	const char *parts[3] = {"", "", ""};
	ArmVault *vault = NULL;
	ArmId id = {0};
	int r;

	for (size_t i = 0; i < AKV_ARRAY_LEN(parts) && rest; i++)
		parts[i] = strsep(&rest, "\f");
	FUZZ_CHECK(arm_id_parse(&id, ID, strlen(ID)) == 0);
	r = arm_vault_read(&vault, &id, parts[0], strlen(parts[0]), &why);
	check_answer(r);
	FUZZ_CHECK((r == 0) == (vault != NULL));
	if (r == 0) {
		check_vault(vault);
		give_rest(vault, parts[1], parts[2]);
	}
	(void)arm_vault_free(vault);
	free(text);
	return 0;
}
