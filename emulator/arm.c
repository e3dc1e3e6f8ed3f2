/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held. */

#include "emulator/arm.h"

#include <inttypes.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/time.h"
#include "emulator/arm-api.h"
#include "emulator/arm-deleted.h"
#include "emulator/arm-groups.h"
#include "emulator/arm-policies.h"
#include "emulator/arm-private.h"
#include "emulator/arm-roles.h"
#include "emulator/arm-secrets.h"
#include "emulator/arm-vaults.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/resource-graph.h"
#include "emulator/routes.h"

enum { ARM_PAGE_MAX = 1000 };

#define ROUTE(METHOD, PATTERN, HANDLE)                                        \
	{                                                                     \
		.method = (METHOD), .pattern = (PATTERN), .handle = (HANDLE), \
	}
#define IN_SUBSCRIPTION "subscriptions/*/"
#define IN_GROUP "subscriptions/*/resourceGroups/*/"
#define KEY_VAULT "providers/Microsoft.KeyVault/"
#define VAULT IN_GROUP KEY_VAULT "vaults/*"
#define ROLES "/providers/Microsoft.Authorization/role"

static const Route routes[] = {
	ROUTE("GET", "tenants", arm_tenants),
	ROUTE("GET", "subscriptions", arm_subscriptions),
	ROUTE("GET", "subscriptions/*", arm_subscription_get),
	ROUTE("GET", IN_SUBSCRIPTION "locations", arm_locations),
	ROUTE("GET", IN_SUBSCRIPTION "resourceGroups", arm_groups),
	ROUTE("GET", IN_SUBSCRIPTION "resources", arm_resources),
	ROUTE("GET", IN_GROUP "resources", arm_resources),
	ROUTE("GET", IN_SUBSCRIPTION "resourceGroups/*", arm_group_get),
	ROUTE("HEAD", IN_SUBSCRIPTION "resourceGroups/*", arm_group_head),
	ROUTE("PUT", IN_SUBSCRIPTION "resourceGroups/*", arm_group_put),
	ROUTE("DELETE", IN_SUBSCRIPTION "resourceGroups/*", arm_group_delete),
	ROUTE("GET", IN_SUBSCRIPTION "providers/Microsoft.KeyVault",
	      arm_provider_get),
	ROUTE("POST", IN_SUBSCRIPTION "providers/Microsoft.KeyVault/register",
	      arm_provider_get),

	ROUTE("POST", "providers/Microsoft.ResourceGraph/resources",
	      resource_graph_query),

	ROUTE("GET", IN_SUBSCRIPTION KEY_VAULT "vaults", arm_vaults_list),
	ROUTE("GET", IN_GROUP KEY_VAULT "vaults", arm_vaults_list),
	ROUTE("POST", IN_SUBSCRIPTION KEY_VAULT "checkNameAvailability",
	      arm_check_name),
	ROUTE("GET", IN_SUBSCRIPTION KEY_VAULT "deletedVaults",
	      arm_deleted_list),
	ROUTE("GET", IN_SUBSCRIPTION KEY_VAULT "locations/*/deletedVaults/*",
	      arm_deleted_get),
	ROUTE("POST",
	      IN_SUBSCRIPTION KEY_VAULT "locations/*/deletedVaults/*/purge",
	      arm_deleted_purge),
	ROUTE("GET", IN_SUBSCRIPTION KEY_VAULT "locations/*/operationResults/*",
	      arm_operation),
	ROUTE("GET", VAULT, arm_vault_get),
	ROUTE("PUT", VAULT, arm_vault_put),
	ROUTE("PATCH", VAULT, arm_vault_patch),
	ROUTE("DELETE", VAULT, arm_vault_delete),
	ROUTE("PUT", VAULT "/accessPolicies/*", arm_policies_put),
	ROUTE("GET", VAULT "/privateLinkResources", arm_private_links),
	ROUTE("GET", VAULT "/privateEndpointConnections", arm_private_list),
	ROUTE("GET", VAULT "/privateEndpointConnections/*", arm_private_get),
	ROUTE("PUT", VAULT "/privateEndpointConnections/*", arm_private_put),
	ROUTE("DELETE", VAULT "/privateEndpointConnections/*",
	      arm_private_delete),
	ROUTE("GET", VAULT "/secrets", arm_secrets_list),
	ROUTE("GET", VAULT "/secrets/*", arm_secret_get),
	ROUTE("PUT", VAULT "/secrets/*", arm_secret_put),
	ROUTE("PATCH", VAULT "/secrets/*", arm_secret_patch),
	ROUTE("GET", VAULT ROLES "Assignments", arm_roles_list),
	ROUTE("GET", VAULT ROLES "Assignments/*", arm_role_get),
	ROUTE("PUT", VAULT ROLES "Assignments/*", arm_role_put),
	ROUTE("DELETE", VAULT ROLES "Assignments/*", arm_role_delete),
	ROUTE("GET", VAULT ROLES "Definitions", arm_definitions_list),
	ROUTE("GET", VAULT ROLES "Definitions/*", arm_definition_get),
	ROUTE("GET",
	      IN_SUBSCRIPTION "providers/Microsoft.Authorization/"
			      "roleDefinitions/*",
	      arm_definition_get),
};

/* --- what handlers share ------------------------------------------------ */

void arm_vault_id(char ret[ARM_ID_SIZE], const Vault *vault)
{
	char subscription[GUID_SIZE];

	subscription_of_vault(subscription, vault);
	(void)snprintf(ret, ARM_ID_SIZE,
		       "/subscriptions/%s/resourceGroups/%s/providers/"
		       "Microsoft.KeyVault/vaults/%s",
		       subscription, vault->facts.group, vault->name);
}

bool arm_is_default(const Exchange *exchange)
{
	return strcasecmp(exchange->caller.client_id,
			  DIRECTORY_DEFAULT_CLIENT) == 0;
}

bool arm_allows(const Exchange *exchange, const Vault *vault,
		enum arm_right right)
{
	enum arm_right has = permissions_arm(&vault->permissions,
					     exchange->caller.client_id);

	if (has == ARM_UNSTATED && arm_is_default(exchange))
		has = ARM_WRITE;
	return has >= right;
}

int arm_forbid(Exchange *exchange, const char *action, const char *scope)
{
	return error_reply(
		exchange, 403, "AuthorizationFailed", NULL,
		"The client '%s' with object id '%s' does not have "
		"authorization to perform action '%s' over scope '%s' or the "
		"scope is invalid. If access was recently granted, please "
		"refresh your credentials.",
		exchange->caller.client_id, exchange->caller.object_id, action,
		scope);
}

int arm_vault_not_found(Exchange *exchange)
{
	const char *name, *location;

	if (!arm_scopes_has_group(exchange->emulator, exchange->captures[0],
				  exchange->captures[1], &name, &location))
		return error_reply(exchange, 404, "ResourceGroupNotFound", NULL,
				   "Resource group '%s' could not be found.",
				   exchange->captures[1]);
	(void)error_reply(exchange, 404, "ResourceNotFound", NULL,
			  "The Resource 'Microsoft.KeyVault/vaults/%s' under "
			  "resource group '%s' was not found. For more details "
			  "please go to "
			  "https://aka.ms/ARMResourceNotFoundFix",
			  exchange->captures[2], exchange->captures[1]);
	exchange_add_header(exchange, "x-ms-failure-cause", "gateway");
	return 0;
}

Vault *arm_vault(Exchange *exchange, enum arm_right right, const char *action)
{
	Vault *vault = vault_store_find(&exchange->emulator->vaults,
					exchange->captures[2]);
	char subscription[GUID_SIZE], what[128];

	if (vault) {
		subscription_of_vault(subscription, vault);
		if (vault->is_hsm ||
		    strcasecmp(subscription, exchange->captures[0]) != 0 ||
		    strcasecmp(vault->facts.group, exchange->captures[1]) != 0)
			vault = NULL;
	}
	if (vault ? arm_allows(exchange, vault, right)
		  : arm_is_default(exchange)) {
		if (!vault)
			(void)arm_vault_not_found(exchange);
		return vault;
	}
	(void)snprintf(what, sizeof(what), "Microsoft.KeyVault/%s", action);
	(void)arm_forbid(exchange, what, exchange->path);
	return NULL;
}

bool arm_body(Exchange *exchange, cJSON **ret)
{
	JsonFault fault = {.what = "it is empty"};
	cJSON *body = NULL;
	int r = json_parse(&body, exchange->body.p, exchange->body.n, &fault);

	if (r == 0 && cJSON_IsObject(body)) {
		*ret = body;
		return true;
	}
	cJSON_Delete(body);
	(void)error_reply(exchange, 400, "InvalidRequestContent", NULL,
			  "The request content was invalid and could not be "
			  "deserialized: '%s at byte %zu.'.",
			  r == 0 ? "it is no object" : fault.what,
			  fault.offset);
	return false;
}

bool arm_page(Exchange *exchange, ArmPage *ret)
{
	const char *top = exchange_parameter(exchange, "$top");
	const char *token = exchange_parameter(exchange, "$skiptoken");
	AKV_BUF Buf after = BUF_INIT(GROUP_NAME_SIZE - 1);
	uint64_t max = ARM_PAGE_MAX;
	bool fine = true;

	*ret = (ArmPage){0};
	if (top)
		fine = parse_uint64(&max, top, ARM_PAGE_MAX) == 0 && max > 0;
	if (fine && token)
		fine = base64_decode(&after, BASE64_URL, token,
				     strlen(token)) == 0 &&
		       strlen(after.p) == after.n;
	if (!fine) {
		(void)error_reply(exchange, 400, "BadRequest", NULL,
				  "The $top or $skiptoken query parameter is "
				  "not valid.");
		return false;
	}
	ret->max = (size_t)max;
	(void)snprintf(ret->after, sizeof(ret->after), "%s", after.p);
	return true;
}

void arm_page_next(Exchange *exchange, const char *last)
{
	AKV_BUF Buf link = BUF_INIT(BUF_MAX_URL);
	const char *top = exchange_parameter(exchange, "$top");
	const char *filter = exchange_parameter(exchange, "$filter");
	int r;

	r = buf_printf(&link, "%s%s?api-version=%s", exchange->base,
		       exchange->path,
		       exchange_parameter(exchange, "api-version"));
	if (r == 0 && top)
		r = buf_printf(&link, "&$top=%s", top);
	if (r == 0 && filter) {
		r = buf_append_string(&link, "&$filter=");
		if (r == 0)
			r = buf_append_percent(&link, filter, strlen(filter));
	}
	if (r == 0)
		r = buf_append_string(&link, "&$skiptoken=");
	if (r == 0)
		r = base64_encode(&link, BASE64_URL, last, strlen(last));
	if (r < 0)
		exchange->writer.fault = r;
	else
		writer_string(&exchange->writer, "nextLink", link.p);
}

void arm_write_time(Writer *writer, const char *name, int64_t time_us)
{
	char text[TIME_TEXT_SIZE];

	time_format_rfc3339(text, time_us / (int64_t)CLOCK_US_PER_S);
	writer_format(writer, name, "%.19s.%03dZ", text,
		      (int)(time_us / (int64_t)CLOCK_US_PER_MS % 1000));
}

/* --- before the handler ------------------------------------------------- */

/* 0, a negative errno, or ARM_E_REFUSED with the reply made. */
enum { ARM_E_REFUSED = 1 };

static int token_refuse(Exchange *exchange, const char *code, const char *text)
{
	char challenge[1024];

	(void)error_reply(exchange, 401, code, NULL, "%s", text);
	(void)snprintf(challenge, sizeof(challenge),
		       "Bearer authorization_uri=\"https://%s/%s\", "
		       "error=\"invalid_token\", error_description=\"%s\"",
		       exchange->where.cloud->login, exchange->caller.tenant,
		       text);
	exchange_add_header(exchange, "WWW-Authenticate", challenge);
	return ARM_E_REFUSED;
}

static int claims_check(Exchange *exchange, const BearerEntry *entry)
{
	const Cloud *cloud = exchange->where.cloud;
	const char *audience = entry->caller.audience;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	char text[768], until[TIME_TEXT_SIZE], now[TIME_TEXT_SIZE];

	if (!audience_is_arm(cloud, audience)) {
		(void)snprintf(text, sizeof(text),
			       "The access token has been obtained for wrong "
			       "audience or resource '%s'. It should exactly "
			       "match with one of the allowed audiences "
			       "'%s/','%s','https://%s/','https://%s'.",
			       audience, cloud->arm_legacy, cloud->arm_legacy,
			       cloud->arm, cloud->arm);
		return token_refuse(exchange,
				    "InvalidAuthenticationTokenAudience", text);
	}
	if (now_s < entry->exp_s && now_s + BEARER_SKEW_S >= entry->nbf_s)
		return 0;
	time_format_rfc3339(until, entry->exp_s);
	time_format_rfc3339(now, now_s);
	(void)snprintf(text, sizeof(text),
		       "The access token expiry UTC time '%s' is earlier than "
		       "current UTC time '%s'.",
		       until, now);
	return token_refuse(exchange, "ExpiredAuthenticationToken", text);
}

static int caller_check(Exchange *exchange)
{
	Emulator *emulator = exchange->emulator;
	BearerPolicy policy = {
		.key = emulator->identity.token_key,
		.key_id = emulator->identity.token_key_id,
	};
	const BearerEntry *entry;
	int r = bearer_verify(&entry, &emulator->bearers, &policy,
			      exchange_header(exchange, "Authorization"));

	switch (r) {
	case 0:
		exchange->caller = entry->caller;
		return claims_check(exchange, entry);
	case BEARER_E_MISSING:
		return token_refuse(exchange, "AuthenticationFailed",
				    "Authentication failed. The "
				    "'Authorization' header is missing.");
	case BEARER_E_FORGED:
		return token_refuse(exchange, "InvalidAuthenticationToken",
				    "The access token is invalid.");
	default:
		return r;
	}
}

static int route_check(const Route **ret, Exchange *exchange)
{
	bool path_fits = false;
	const Route *route =
		route_find(exchange, routes, AKV_ARRAY_LEN(routes), &path_fits);

	if (route) {
		*ret = route;
		return 0;
	}
	if (path_fits)
		(void)error_reply(exchange, 405, "HttpMethodNotSupported", NULL,
				  "The http method '%s' is not supported for "
				  "a resource collection.",
				  exchange->method);
	else
		(void)error_reply(exchange, 404, "InvalidResourceType", NULL,
				  "The resource type of '%s' is not served.",
				  exchange->path);
	return ARM_E_REFUSED;
}

static int api_check(Exchange *exchange, const Route *route)
{
	const char *name = exchange_parameter(exchange, "api-version");
	bool key_vault = strstr(route->pattern, "Microsoft.KeyVault/") &&
			 !strstr(route->pattern, "Microsoft.Authorization/");

	if (!name || *name == '\0') {
		(void)error_reply(exchange, 400, "MissingApiVersionParameter",
				  NULL,
				  "The api-version query parameter "
				  "(?api-version=) is required for all "
				  "requests.");
		return ARM_E_REFUSED;
	}
	if (key_vault) {
		exchange->arm_api = arm_api_find(name);
		if (exchange->arm_api)
			return 0;
		(void)error_reply(exchange, 400, "NoRegisteredProviderFound",
				  NULL,
				  "No registered resource provider found for "
				  "location '' and API version '%s' for type "
				  "'vaults'. The supported api-versions are "
				  "'%s'.",
				  name, arm_api_list());
		return ARM_E_REFUSED;
	}
	exchange->arm_api = arm_api_find("2026-02-01");
	if (arm_api_is_well_formed(name))
		return 0;
	(void)error_reply(exchange, 400, "InvalidApiVersionParameter", NULL,
			  "The api-version '%s' is invalid.", name);
	return ARM_E_REFUSED;
}

/* The subscription that the path names, if it does. */
static int subscription_check(Exchange *exchange, const Route *route)
{
	Emulator *emulator = exchange->emulator;
	Subscription found;
	char text[512];
	size_t i = 0;

	if (strncmp(route->pattern, "subscriptions/*",
		    sizeof("subscriptions/*") - 1) != 0)
		return 0;
	if (!arm_scopes_next(&found, emulator, NULL, exchange->captures[0],
			     &i)) {
		(void)error_reply(exchange, 404, "SubscriptionNotFound", NULL,
				  "The subscription '%s' could not be found.",
				  exchange->captures[0]);
		return ARM_E_REFUSED;
	}
	if (strcasecmp(found.tenant, exchange->caller.tenant) == 0)
		return 0;
	(void)snprintf(
		text, sizeof(text),
		"The access token is from the wrong issuer "
		"'https://sts.windows.net/%s/'. It must match the tenant "
		"'https://sts.windows.net/%s/' associated with this "
		"subscription.",
		exchange->caller.tenant, found.tenant);
	return token_refuse(exchange, "InvalidAuthenticationTokenTenant", text);
}

/* Old clients write "Microsoft.KeyVault//vaults". */
static void segments_tidy(Exchange *exchange)
{
	size_t kept = 0;

	for (size_t i = 0; i < exchange->n_segments; i++) {
		if (*exchange->segments[i])
			exchange->segments[kept++] = exchange->segments[i];
	}
	exchange->n_segments = kept;
}

static int dispatch(Exchange *exchange)
{
	const Route *route = NULL;
	int r;

	segments_tidy(exchange);
	r = caller_check(exchange);
	if (r == 0)
		r = route_check(&route, exchange);
	if (r == 0)
		r = api_check(exchange, route);
	if (r == 0)
		r = subscription_check(exchange, route);
	if (r == 0)
		r = route->handle(exchange);
	return AKV_MIN(r, 0);
}

static void headers_add(Exchange *exchange)
{
	const char *client_id =
		exchange_header(exchange, "x-ms-client-request-id");
	char id[GUID_SIZE], text[128], now[TIME_TEXT_SIZE];
	bool read = strcmp(exchange->method, "GET") == 0;

	random_guid(id);
	if (exchange->reply.n > 0)
		exchange_add_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	exchange_add_header(exchange, "Cache-Control", "no-cache");
	exchange_add_header(exchange, "Pragma", "no-cache");
	exchange_add_header(exchange, "Expires", "-1");
	exchange_add_header(exchange,
			    read ? "x-ms-ratelimit-remaining-subscription-reads"
				 : "x-ms-ratelimit-remaining-subscription-"
				   "writes",
			    read ? "249" : "199");
	if (*client_id)
		exchange_add_header(exchange, "x-ms-client-request-id",
				    client_id);
	exchange_add_header(exchange, "x-ms-request-id", id);
	exchange_add_header(exchange, "x-ms-correlation-request-id", id);
	time_format_rfc3339(now, exchange->now_us / (int64_t)CLOCK_US_PER_S);
	(void)snprintf(text, sizeof(text),
		       "EMULATOR:%.4s%.2s%.2sT%.2s%.2s%.2sZ:%s", now, now + 5,
		       now + 8, now + 11, now + 14, now + 17, id);
	exchange_add_header(exchange, "x-ms-routing-request-id", text);
	exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	exchange_add_header(exchange, "Strict-Transport-Security",
			    "max-age=31536000; includeSubDomains");
}

int arm_dispatch(Exchange *exchange)
{
	int r = dispatch(exchange);

	if (r == 0)
		headers_add(exchange);
	return r;
}
