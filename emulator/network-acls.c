/* SPDX-License-Identifier: MIT */

/* Functions of their arguments. */

#include "emulator/network-acls.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/json.h"
#include "base/parse.h"

bool network_normalize(char ret[NETWORK_TEXT_SIZE], const char *text)
{
	const char *slash = strchrnul(text, '/');
	size_t n = (size_t)(slash - text);
	char address[INET_ADDRSTRLEN];
	uint64_t bits = 32;
	struct in_addr parsed;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, &parsed) != 1 ||
	    (*slash && parse_uint64(&bits, slash + 1, 32) != 0))
		return false;
	(void)snprintf(ret, NETWORK_TEXT_SIZE, "%.15s/%u", address,
		       (unsigned)bits);
	return true;
}

/* The word of @name as the service spells it; @spelt[0] if it is missing. */
static int word_parse(const char **ret, const cJSON *acls, const char *name,
		      const char *const spelt[2])
{
	const char *word;
	int r = json_get_string(&word, acls, name);

	*ret = spelt[0];
	if (r == JSON_E_ABSENT)
		return 0;
	for (size_t i = 0; r == 0 && i < 2; i++) {
		if (strcasecmp(word, spelt[i]) != 0)
			continue;
		*ret = spelt[i];
		return 0;
	}
	return NETWORK_ACLS_E_INVALID;
}

static int address_add(cJSON *to, const cJSON *rule)
{
	char text[NETWORK_TEXT_SIZE];
	const char *value;
	cJSON *item;

	if (json_get_string(&value, rule, "value") != 0 ||
	    !network_normalize(text, value))
		return NETWORK_ACLS_E_INVALID;
	item = cJSON_CreateObject();
	if (!item || !cJSON_AddItemToArray(to, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return cJSON_AddStringToObject(item, "value", text) ? 0 : -ENOMEM;
}

static int subnet_add(cJSON *to, const cJSON *rule)
{
	const char *id;
	cJSON *item, *kept;
	bool ignore;

	if (json_get_string(&id, rule, "id") != 0 || *id != '/')
		return NETWORK_ACLS_E_INVALID;
	item = cJSON_CreateObject();
	if (!item || !cJSON_AddItemToArray(to, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	kept = cJSON_AddStringToObject(item, "id", id);
	if (!kept)
		return -ENOMEM;
	ascii_lower(kept->valuestring);
	if (json_get_bool(&ignore, rule, "ignoreMissingVnetServiceEndpoint") !=
	    0)
		return 0;
	return cJSON_AddBoolToObject(item, "ignoreMissingVnetServiceEndpoint",
				     ignore)
		       ? 0
		       : -ENOMEM;
}

static int rules_parse(cJSON *kept, const cJSON *acls, const char *name,
		       int max, int (*add)(cJSON *to, const cJSON *rule))
{
	cJSON *to = cJSON_AddArrayToObject(kept, name);
	const cJSON *rules, *rule;
	int r;

	if (!to)
		return -ENOMEM;
	r = json_get_array(&rules, acls, name);
	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || cJSON_GetArraySize(rules) > max)
		return NETWORK_ACLS_E_INVALID;
	cJSON_ArrayForEach (rule, rules) {
		r = add(to, rule);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool lets_all_in(const cJSON *kept, const char *action,
			const char *bypass)
{
	const cJSON *list;

	if (strcmp(action, "Allow") != 0 ||
	    strcmp(bypass, "AzureServices") != 0)
		return false;
	cJSON_ArrayForEach (list, kept) {
		if (list->child)
			return false;
	}
	return true;
}

int network_acls_parse(cJSON **ret, const cJSON *acls, const char **why)
{
	static const char *const bypasses[2] = {"AzureServices", "None"};
	static const char *const actions[2] = {"Allow", "Deny"};
	AKV_JSON cJSON *kept = cJSON_CreateObject();
	const char *bypass, *action;
	int r;

	if (!kept)
		return -ENOMEM;
	*why = "networkAcls has a bypass or defaultAction that is not known.";
	r = word_parse(&bypass, acls, "bypass", bypasses);
	if (r == 0)
		r = word_parse(&action, acls, "defaultAction", actions);
	if (r != 0)
		return r;
	if (!cJSON_AddStringToObject(kept, "bypass", bypass) ||
	    !cJSON_AddStringToObject(kept, "defaultAction", action))
		return -ENOMEM;
	*why = "A value of ipRules is no IPv4 address or range in CIDR form.";
	r = rules_parse(kept, acls, "ipRules", NETWORK_IP_RULES_MAX,
			address_add);
	if (r != 0)
		return r;
	*why = "A value of virtualNetworkRules is no id of a subnet.";
	r = rules_parse(kept, acls, "virtualNetworkRules", NETWORK_SUBNETS_MAX,
			subnet_add);
	if (r != 0)
		return r;
	*ret = lets_all_in(kept, action, bypass) ? NULL : AKV_TAKE(kept);
	return 0;
}

/* Is @address in @network, "1.2.3.0/24"? */
static bool network_holds(const char *network, uint32_t address)
{
	char text[NETWORK_TEXT_SIZE];
	struct in_addr parsed;
	uint64_t bits = 32;
	char *slash;

	(void)snprintf(text, sizeof(text), "%s", network);
	slash = strchr(text, '/');
	if (!slash || parse_uint64(&bits, slash + 1, 32) != 0)
		return false;
	*slash = '\0';
	if (inet_pton(AF_INET, text, &parsed) != 1)
		return false;
	return bits == 0 ||
	       ((ntohl(parsed.s_addr) ^ address) >> (32 - bits)) == 0;
}

bool network_acls_allow(const cJSON *acls, const char *address)
{
	const cJSON *rules = NULL, *rule;
	const char *text = "Allow";
	struct in_addr parsed;

	if (!acls || json_get_string(&text, acls, "defaultAction") != 0 ||
	    strcmp(text, "Deny") != 0)
		return true;
	if (inet_pton(AF_INET, address, &parsed) != 1 ||
	    json_get_array(&rules, acls, "ipRules") != 0)
		return false;
	cJSON_ArrayForEach (rule, rules) {
		if (json_get_string(&text, rule, "value") == 0 &&
		    network_holds(text, ntohl(parsed.s_addr)))
			return true;
	}
	return false;
}
