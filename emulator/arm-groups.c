/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/arm-groups.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-api.h"
#include "emulator/arm-vaults.h"
#include "emulator/arm.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"

bool arm_sees_subscription(const Exchange *exchange, const char *id)
{
	return arm_is_default(exchange) ||
	       arm_vaults_next(exchange, id, NULL, NULL) != NULL;
}

static void list_begin(Exchange *exchange)
{
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_begin(&exchange->writer, "value", '[');
}

static int list_end(Exchange *exchange)
{
	writer_end(&exchange->writer, ']');
	writer_end(&exchange->writer, '}');
	return 0;
}

/* --- tenants and subscriptions ------------------------------------------ */

int arm_tenants(Exchange *exchange)
{
	Writer *writer = &exchange->writer;

	list_begin(exchange);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "/tenants/%s", exchange->caller.tenant);
	writer_string(writer, "tenantId", exchange->caller.tenant);
	writer_string(writer, "countryCode", "");
	writer_string(writer, "displayName", "Emulator");
	writer_begin(writer, "domains", '[');
	writer_end(writer, ']');
	writer_string(writer, "tenantCategory", "Home");
	writer_end(writer, '}');
	return list_end(exchange);
}

static void subscription_write(Writer *writer, const Subscription *subscription)
{
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "/subscriptions/%s", subscription->id);
	writer_string(writer, "authorizationSource", "RoleBased");
	writer_begin(writer, "managedByTenants", '[');
	writer_end(writer, ']');
	writer_string(writer, "subscriptionId", subscription->id);
	writer_string(writer, "tenantId", subscription->tenant);
	writer_string(writer, "displayName", subscription->name);
	writer_string(writer, "state", "Enabled");
	writer_begin(writer, "subscriptionPolicies", '{');
	writer_string(writer, "locationPlacementId", "Public_2014-09-01");
	writer_string(writer, "quotaId", "PayAsYouGo_2014-09-01");
	writer_string(writer, "spendingLimit", "Off");
	writer_end(writer, '}');
	writer_end(writer, '}');
}

int arm_subscriptions(Exchange *exchange)
{
	Subscription subscription;
	size_t i = 0, n = 0;

	list_begin(exchange);
	while (arm_scopes_next(&subscription, exchange->emulator,
			       exchange->caller.tenant, NULL, &i)) {
		if (!arm_sees_subscription(exchange, subscription.id))
			continue;
		subscription_write(&exchange->writer, &subscription);
		n++;
	}
	writer_end(&exchange->writer, ']');
	writer_begin(&exchange->writer, "count", '{');
	writer_string(&exchange->writer, "type", "Total");
	writer_int(&exchange->writer, "value", (int64_t)n);
	writer_end(&exchange->writer, '}');
	writer_end(&exchange->writer, '}');
	return 0;
}

int arm_subscription_get(Exchange *exchange)
{
	Subscription subscription;
	size_t i = 0;

	if (!arm_sees_subscription(exchange, exchange->captures[0]) ||
	    !arm_scopes_next(&subscription, exchange->emulator, NULL,
			     exchange->captures[0], &i))
		return arm_forbid(exchange,
				  "Microsoft.Resources/subscriptions/read",
				  exchange->path);
	exchange_reply(exchange, 200);
	subscription_write(&exchange->writer, &subscription);
	return 0;
}

int arm_locations(Exchange *exchange)
{
	static const struct {
		const char *name, *shown;
	} locations[] = {
		{"eastus", "East US"},
		{"westus", "West US"},
		{"northeurope", "North Europe"},
		{"westeurope", "West Europe"},
	};
	Writer *writer = &exchange->writer;

	list_begin(exchange);
	for (size_t i = 0; i < AKV_ARRAY_LEN(locations); i++) {
		writer_begin(writer, NULL, '{');
		writer_format(writer, "id", "/subscriptions/%s/locations/%s",
			      exchange->captures[0], locations[i].name);
		writer_string(writer, "name", locations[i].name);
		writer_string(writer, "displayName", locations[i].shown);
		writer_end(writer, '}');
	}
	return list_end(exchange);
}

int arm_provider_get(Exchange *exchange)
{
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id",
		      "/subscriptions/%s/providers/Microsoft.KeyVault",
		      exchange->captures[0]);
	writer_string(writer, "namespace", "Microsoft.KeyVault");
	writer_string(writer, "registrationState", "Registered");
	writer_string(writer, "registrationPolicy", "RegistrationRequired");
	writer_begin(writer, "resourceTypes", '[');
	writer_begin(writer, NULL, '{');
	writer_string(writer, "resourceType", "vaults");
	writer_begin(writer, "locations", '[');
	writer_end(writer, ']');
	writer_begin(writer, "apiVersions", '[');
	writer_string(writer, NULL, "2026-02-01");
	writer_string(writer, NULL, "2023-07-01");
	writer_end(writer, ']');
	writer_end(writer, '}');
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

/* --- resource groups ---------------------------------------------------- */

static void group_write(Writer *writer, const Exchange *exchange,
			const char *name, const char *location)
{
	const char *subscription = exchange->captures[0];
	const Group *group = arm_scopes_find_group(&exchange->emulator->scopes,
						   subscription, name);

	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "/subscriptions/%s/resourceGroups/%s",
		      subscription, name);
	writer_string(writer, "name", name);
	writer_string(writer, "type", "Microsoft.Resources/resourceGroups");
	writer_string(writer, "location", location);
	if (group && group->tags)
		writer_json(writer, "tags", group->tags);
	writer_begin(writer, "properties", '{');
	writer_string(writer, "provisioningState", "Succeeded");
	writer_end(writer, '}');
	writer_end(writer, '}');
}

/* Has a vault before the @end-th of the store the same group? */
static bool group_is_written(const Exchange *exchange, const char *name,
			     size_t end)
{
	const Emulator *emulator = exchange->emulator;
	char id[GUID_SIZE];

	if (arm_scopes_find_group(&emulator->scopes, exchange->captures[0],
				  name))
		return true;
	for (size_t i = 0; i < end; i++) {
		const Vault *vault = emulator->vaults.vaults[i];

		subscription_of_vault(id, vault);
		if (strcasecmp(id, exchange->captures[0]) == 0 &&
		    strcasecmp(vault->facts.group, name) == 0)
			return true;
	}
	return false;
}

int arm_groups(Exchange *exchange)
{
	const Emulator *emulator = exchange->emulator;
	const char *subscription = exchange->captures[0];
	char id[GUID_SIZE];

	list_begin(exchange);
	for (size_t i = 0; i < emulator->scopes.n_groups; i++) {
		const Group *group = &emulator->scopes.groups[i];

		if (strcasecmp(group->subscription, subscription) == 0 &&
		    arm_sees_subscription(exchange, subscription))
			group_write(&exchange->writer, exchange, group->name,
				    group->location);
	}
	for (size_t i = 0; i < emulator->vaults.n; i++) {
		const Vault *vault = emulator->vaults.vaults[i];

		subscription_of_vault(id, vault);
		if (strcasecmp(id, subscription) == 0 &&
		    arm_allows(exchange, vault, ARM_READ) &&
		    !group_is_written(exchange, vault->facts.group, i))
			group_write(&exchange->writer, exchange,
				    vault->facts.group, vault->location);
	}
	return list_end(exchange);
}

/* False, with the reply made, if there is none or it is not the caller's. */
static bool group_find(Exchange *exchange, const char **ret_name,
		       const char **ret_location)
{
	const char *subscription = exchange->captures[0];

	if (!arm_is_default(exchange) &&
	    !arm_vaults_next(exchange, subscription, exchange->captures[1],
			     NULL)) {
		(void)arm_forbid(exchange,
				 "Microsoft.Resources/subscriptions/"
				 "resourcegroups/read",
				 exchange->path);
		return false;
	}
	if (arm_scopes_has_group(exchange->emulator, subscription,
				 exchange->captures[1], ret_name, ret_location))
		return true;
	(void)error_reply(exchange, 404, "ResourceGroupNotFound", NULL,
			  "Resource group '%s' could not be found.",
			  exchange->captures[1]);
	return false;
}

int arm_group_get(Exchange *exchange)
{
	const char *name, *location;

	if (!group_find(exchange, &name, &location))
		return 0;
	exchange_reply(exchange, 200);
	group_write(&exchange->writer, exchange, name, location);
	return 0;
}

int arm_group_head(Exchange *exchange)
{
	const char *name, *location;

	if (group_find(exchange, &name, &location))
		exchange_reply(exchange, 204);
	return 0;
}

int arm_group_put(Exchange *exchange)
{
	ArmScopes *scopes = &exchange->emulator->scopes;
	const char *name, *known, *location;
	Group group = {0};
	AKV_JSON cJSON *body = NULL;
	const cJSON *tags = NULL;
	bool fresh;
	int r;

	name = exchange->captures[1];
	if (!arm_is_default(exchange))
		return arm_forbid(exchange,
				  "Microsoft.Resources/subscriptions/"
				  "resourcegroups/write",
				  exchange->path);
	if (!arm_body(exchange, &body))
		return 0;
	if (!group_name_is_valid(name) ||
	    json_get_string(&location, body, "location") != 0)
		return error_reply(exchange, 400, "LocationRequired", NULL,
				   "The location property is required for this "
				   "definition, and the name must be valid.");
	r = json_get_object(&tags, body, "tags");
	if (r != 0 && r != JSON_E_ABSENT)
		return error_reply(exchange, 400, "InvalidRequestContent", NULL,
				   "tags is not an object.");
	(void)snprintf(group.subscription, GUID_SIZE, "%s",
		       exchange->captures[0]);
	(void)snprintf(group.name, GROUP_NAME_SIZE, "%s", name);
	location_normalize(group.location, LOCATION_SIZE, location);
	fresh = !arm_scopes_has_group(exchange->emulator, group.subscription,
				      name, &known, &location);
	r = arm_scopes_set_group(scopes, &group, tags);
	if (r < 0)
		return r;
	exchange_reply(exchange, fresh ? 201 : 200);
	group_write(&exchange->writer, exchange, name, group.location);
	return 0;
}

/* At once, and only if nothing is in it. */
int arm_group_delete(Exchange *exchange)
{
	const char *name, *location;

	if (!group_find(exchange, &name, &location))
		return 0;
	if (!arm_is_default(exchange))
		return arm_forbid(exchange,
				  "Microsoft.Resources/subscriptions/"
				  "resourcegroups/delete",
				  exchange->path);
	if (arm_vaults_next(exchange, exchange->captures[0],
			    exchange->captures[1], NULL))
		return error_reply(exchange, 409,
				   "ResourceGroupDeletionBlocked", NULL,
				   "The resource group '%s' still has vaults; "
				   "delete them first.",
				   exchange->captures[1]);
	(void)arm_scopes_remove_group(&exchange->emulator->scopes,
				      exchange->captures[0],
				      exchange->captures[1]);
	exchange_reply(exchange, 200);
	return 0;
}

/* --- resources ---------------------------------------------------------- */

typedef struct Filter {
	char type[64], name[64]; /* "": any */
} Filter;

/* One "WORD eq 'VALUE'"; what is left, or NULL if it is nothing like it. */
static const char *term_parse(const char *text, const char *word, char *ret,
			      size_t size)
{
	size_t n = strlen(word), length;

	if (strncasecmp(text, word, n) != 0)
		return NULL;
	text += n;
	if (strncasecmp(text, " eq '", 5) != 0)
		return NULL;
	text += 5;
	length = strcspn(text, "'");
	if (text[length] != '\'' || length >= size)
		return NULL;
	(void)snprintf(ret, size, "%.*s", (int)length, text);
	return text + length + 1;
}

static bool filter_parse(Filter *ret, const char *text)
{
	*ret = (Filter){0};
	while (text && *text) {
		const char *rest = term_parse(text, "resourceType", ret->type,
					      sizeof(ret->type));

		if (!rest)
			rest = term_parse(text, "name", ret->name,
					  sizeof(ret->name));
		if (!rest)
			return false;
		if (*rest != '\0' && strncasecmp(rest, " and ", 5) != 0)
			return false;
		text = *rest ? rest + 5 : rest;
	}
	return true;
}

static void resource_write(Writer *writer, const Vault *vault)
{
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "id", id);
	writer_string(writer, "name", vault->name);
	writer_string(writer, "type", "Microsoft.KeyVault/vaults");
	writer_string(writer, "location", vault->location);
	if (vault->facts.tags) {
		writer_json(writer, "tags", vault->facts.tags);
	} else {
		writer_begin(writer, "tags", '{');
		writer_end(writer, '}');
	}
	writer_end(writer, '}');
}

int arm_resources(Exchange *exchange)
{
	Writer *writer = &exchange->writer;
	const char *last = NULL;
	bool more = false;
	Filter filter;
	ArmPage page;

	if (!filter_parse(&filter, exchange_parameter(exchange, "$filter")))
		return error_reply(
			exchange, 400, "InvalidFilterInQueryString", NULL,
			"Invalid $filter '%s' specified in the query "
			"string.",
			exchange_parameter(exchange, "$filter"));
	if (!arm_page(exchange, &page))
		return 0;
	list_begin(exchange);
	for (size_t n = 0; !more;) {
		const Vault *vault = arm_vaults_next(
			exchange, exchange->captures[0], exchange->captures[1],
			last ? last : page.after);

		if (!vault)
			break;
		more = n == page.max;
		if (more)
			break;
		last = vault->name;
		if ((*filter.type &&
		     strcasecmp(filter.type, "Microsoft.KeyVault/vaults")) ||
		    (*filter.name && strcasecmp(filter.name, vault->name)))
			continue;
		resource_write(writer, vault);
		n++;
	}
	writer_end(writer, ']');
	if (more && last)
		arm_page_next(exchange, last);
	writer_end(writer, '}');
	return 0;
}
