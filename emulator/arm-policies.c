/* SPDX-License-Identifier: MIT */

/*
 * add gives more words to who is there already, replace gives him others, and
 * remove takes him out. Runs with the emulator's lock held.
 */

#include "emulator/arm-policies.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-access.h"
#include "emulator/arm-vaults.h"
#include "emulator/arm.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"

static bool is_same(const cJSON *a, const cJSON *b, const char *name)
{
	const char *x = "", *y = "";

	(void)!json_get_string(&x, a, name);
	(void)!json_get_string(&y, b, name);
	return strcasecmp(x, y) == 0;
}

/* The index of who @policy is for, or -1. */
static int policy_find(const cJSON *list, const cJSON *policy)
{
	const cJSON *item;
	int i = 0;

	cJSON_ArrayForEach (item, list) {
		if (is_same(item, policy, "tenantId") &&
		    is_same(item, policy, "objectId") &&
		    is_same(item, policy, "applicationId"))
			return i;
		i++;
	}
	return -1;
}

/* The words of @given that @group has not yet. */
static int words_merge(cJSON *group, const cJSON *given)
{
	const cJSON *word, *known;

	cJSON_ArrayForEach (word, given) {
		cJSON *copy;
		bool has = false;

		cJSON_ArrayForEach (known, group)
			has = has || strcasecmp(known->valuestring,
						word->valuestring) == 0;
		if (has)
			continue;
		copy = cJSON_Duplicate(word, true);
		if (!copy || !cJSON_AddItemToArray(group, copy)) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Add the words of @policy to those that @known has. */
static int policy_merge(cJSON *known, const cJSON *policy)
{
	cJSON *has = cJSON_GetObjectItemCaseSensitive(known, "permissions");
	const cJSON *given =
		cJSON_GetObjectItemCaseSensitive(policy, "permissions");
	const cJSON *words;

	cJSON_ArrayForEach (words, given) {
		cJSON *group =
			cJSON_GetObjectItemCaseSensitive(has, words->string);
		int r;

		if (!group)
			group = cJSON_AddArrayToObject(has, words->string);
		if (!group)
			return -ENOMEM;
		r = words_merge(group, words);
		if (r < 0)
			return r;
	}
	return 0;
}

static int policies_combine(cJSON *list, const cJSON *given, const char *how)
{
	const cJSON *policy;

	cJSON_ArrayForEach (policy, given) {
		int i = policy_find(list, policy), r = 0;
		cJSON *copy;

		if (strcasecmp(how, "add") == 0 && i >= 0) {
			r = policy_merge(cJSON_GetArrayItem(list, i), policy);
		} else {
			if (i >= 0)
				cJSON_DeleteItemFromArray(list, i);
			if (strcasecmp(how, "remove") == 0)
				continue;
			copy = cJSON_Duplicate(policy, true);
			if (!copy || !cJSON_AddItemToArray(list, copy)) {
				cJSON_Delete(copy);
				r = -ENOMEM;
			}
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int policies_reply(Exchange *exchange, const Vault *vault)
{
	Writer *writer = &exchange->writer;
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "%s/accessPolicies/", id);
	writer_string(writer, "type",
		      "Microsoft.KeyVault/vaults/accessPolicies");
	writer_string(writer, "location", vault->location);
	writer_begin(writer, "properties", '{');
	access_write_policies(writer, exchange->emulator, vault);
	writer_end(writer, '}');
	writer_end(writer, '}');
	return 0;
}

static int policies_change(Exchange *exchange, Vault *vault, const cJSON *given)
{
	const char *how = exchange->captures[3];
	AKV_JSON cJSON *list = NULL;
	int r;

	r = access_copy_policies(&list, exchange->emulator, vault);
	if (r == 0)
		r = policies_combine(list, given, how);
	if (r == 0)
		r = vault_facts_set(&vault->facts.policies, list);
	if (r == 0 && !vault->rbac)
		r = access_apply(exchange->emulator, vault);
	if (r < 0)
		return r;
	arm_vault_stamp(exchange, &vault->facts, false);
	return policies_reply(exchange, vault);
}

int arm_policies_put(Exchange *exchange)
{
	Vault *vault =
		arm_vault(exchange, ARM_WRITE, "vaults/accessPolicies/write");
	const char *how = exchange->captures[3], *why = "";
	const cJSON *properties, *list = NULL;
	AKV_JSON cJSON *body = NULL;
	AKV_JSON cJSON *given = NULL;
	int r;

	if (!vault || !arm_body(exchange, &body))
		return 0;
	if (strcasecmp(how, "add") != 0 && strcasecmp(how, "replace") != 0 &&
	    strcasecmp(how, "remove") != 0)
		return error_reply(exchange, 400, "BadRequest", NULL,
				   "The operation '%s' is not add, replace or "
				   "remove.",
				   how);
	if (json_get_object(&properties, body, "properties") == 0)
		list = cJSON_GetObjectItemCaseSensitive(properties,
							"accessPolicies");
	r = access_parse_policies(&given, list, &why);
	if (r > 0)
		return error_reply(exchange, 400, "BadRequest", NULL, "%s",
				   why);
	return r < 0 ? r : policies_change(exchange, vault, given);
}
