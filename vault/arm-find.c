/* SPDX-License-Identifier: MIT */

/* Functions of their arguments; for arm.c. */

#include "vault/arm-find.h"

#include "base/parse.h"

enum { LINK_MAX = 4096 };

int arm_find_query(Buf *ret, const char *vault)
{
	return buf_printf(ret,
			  "{\"query\":\"resources | where type =~ "
			  "'microsoft.keyvault/vaults' and name =~ '%s' | "
			  "project id, properties.vaultUri\","
			  "\"options\":{\"resultFormat\":\"objectArray\"}}",
			  vault);
}

/* The id of @item if it is of that vault. */
static bool item_is_of(ArmId *ret, const cJSON *item, const char *vault)
{
	const char *text;
	ArmId id;

	if (json_get_string(&text, item, "id") != 0 ||
	    arm_id_parse(&id, text, strlen(text)) != 0 ||
	    !ascii_equal_fold(id.vault, vault))
		return false;
	*ret = id;
	return true;
}

static int address_is(bool *ret, const cJSON *item, const char *host)
{
	Url url = {0};
	const char *text;
	int r;

	*ret = true;
	if (json_get_string(&text, item, "properties_vaultUri") != 0)
		return 0;
	r = url_parse(&url, text, NULL);
	if (r >= 0)
		*ret = r == 0 && ascii_equal_fold(url.origin.host, host);
	url_done(&url);
	return AKV_MIN(r, 0);
}

static int list_of(const cJSON **ret, cJSON **json, const char *name,
		   const char *body, size_t n, const Why *why)
{
	int r = member_body(json, body, n, why);

	if (r == 0)
		r = json_get_array(ret, *json, name);
	return r > MODEL_E_UNTRUSTED ? why_member(why, name, r) : r;
}

int arm_find_in_graph(ArmId *ret, const char *vault, const char *host,
		      const char *body, size_t n, const Why *why)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *list = NULL, *item;
	int r = list_of(&list, &json, "data", body, n, why);

	if (r != 0)
		return r;
	cJSON_ArrayForEach (item, list) {
		bool here = false;
		ArmId id;

		if (!item_is_of(&id, item, vault))
			continue;
		r = address_is(&here, item, host);
		if (r < 0)
			return r;
		if (here) {
			*ret = id;
			return 0;
		}
	}
	return ARM_FIND_E_NONE;
}

int arm_find_subscriptions(ArmSubscriptions *ret, const char *body, size_t n,
			   const Why *why)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *list = NULL, *item;
	int r = list_of(&list, &json, "value", body, n, why);

	if (r != 0)
		return r;
	ret->n = 0;
	cJSON_ArrayForEach (item, list) {
		const char *id;

		if (ret->n == ARM_SUBSCRIPTIONS_MAX)
			break;
		if (json_get_string(&id, item, "subscriptionId") == 0 &&
		    arm_guid_is_valid(id))
			memcpy(ret->ids[ret->n++], id, ARM_GUID_SIZE);
	}
	return ret->n > 0 ? 0 : ARM_FIND_E_NONE;
}

int arm_find_in_resources(ArmId *ret, char **ret_link, const char *vault,
			  const char *body, size_t n, const Why *why)
{
	AKV_JSON cJSON *json = NULL;
	const cJSON *list = NULL, *item;
	const char *link;
	char *copy = NULL;
	int r = list_of(&list, &json, "value", body, n, why);

	if (r != 0)
		return r;
	cJSON_ArrayForEach (item, list) {
		if (item_is_of(ret, item, vault))
			return 0;
	}
	r = json_get_string(&link, json, "nextLink");
	if (r != 0 && r != JSON_E_ABSENT)
		return why_member(why, "nextLink", r);
	if (r == 0 && link[0] != '\0' && strlen(link) <= LINK_MAX) {
		copy = strdup(link);
		if (!copy)
			return -ENOMEM;
	}
	*ret_link = copy;
	return ARM_FIND_E_NONE;
}
