/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held. */

#include "emulator/data-plane.h"

#include "base/clock.h"
#include "emulator/certificates.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/keys.h"
#include "emulator/names.h"
#include "emulator/network-acls.h"
#include "emulator/routes.h"
#include "emulator/secrets.h"
#include "emulator/storage-sas.h"
#include "emulator/storage.h"

/* A kind of objects is a table of routes, and its room. */
static const RouteTable *const tables[] = {
	&secret_routes, &key_routes,         &storage_routes,
	&sas_routes,    &certificate_routes,
};

/* Headers that every reply of a vault has. */
static void headers_add(Exchange *exchange)
{
	const char *client_id =
		exchange_header(exchange, "x-ms-client-request-id");
	bool v6 = exchange->client_is_v6;
	char id[GUID_SIZE], network[160];

	random_guid(id);
	(void)snprintf(network, sizeof(network),
		       "conn_type=%s;addr=%s;act_addr_fam=%s;",
		       v6 ? "Ipv6" : "Ipv4", exchange->client,
		       v6 ? "InterNetworkV6" : "InterNetwork");
	if (exchange->reply.n > 0 &&
	    !exchange_reply_has(exchange, "Content-Type"))
		exchange_add_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	exchange_add_header(exchange, "Cache-Control", "no-cache");
	exchange_add_header(exchange, "Pragma", "no-cache");
	exchange_add_header(exchange, "Expires", "-1");
	if (exchange->vault)
		exchange_add_header(exchange, "x-ms-keyvault-region",
				    exchange->vault->location);
	if (*client_id)
		exchange_add_header(exchange, "x-ms-client-request-id",
				    client_id);
	exchange_add_header(exchange, "x-ms-request-id", id);
	exchange_add_header(exchange, "x-ms-keyvault-service-version",
			    "1.9.3000.1");
	exchange_add_header(exchange, "x-ms-keyvault-network-info", network);
	exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	exchange_add_header(exchange, "Strict-Transport-Security",
			    "max-age=31536000;includeSubDomains");
}

/* A real client would not get this far: the name would not resolve. */
static int vault_unknown(Exchange *exchange)
{
	const VaultStore *store = &exchange->emulator->vaults;
	AKV_BUF Buf names = BUF_INIT(2048);
	int r = 0;

	for (size_t i = 0; i < store->n && r == 0; i++)
		r = buf_printf(&names, "%s%s", i > 0 ? ", " : "",
			       store->vaults[i]->name);
	if (r == -ENOMEM)
		return r;
	return error_reply(exchange, 404, "VaultNotFound", NULL,
			   "akv-emulator has no vault %s; it has: %s.",
			   exchange->where.label, names.p);
}

/* 0, a negative errno, or DATA_PLANE_E_REFUSED with the reply made. */
enum { DATA_PLANE_E_REFUSED = 1 };

static int caller_check(Exchange *exchange)
{
	Emulator *emulator = exchange->emulator;
	BearerPolicy policy = {
		.key = emulator->identity.token_key,
		.key_id = emulator->identity.token_key_id,
		.tenant = exchange->vault->tenant,
		.resource = host_resource(&exchange->where),
		.cloud = exchange->vault->is_hsm ? NULL : exchange->where.cloud,
		.now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S,
	};
	char why[BEARER_WHY_SIZE];
	int r;

	r = bearer_check(&exchange->caller, why, &emulator->bearers, &policy,
			 exchange_header(exchange, "Authorization"));
	if (r <= 0)
		return r;
	(void)error_unauthorized(exchange, why);
	return DATA_PLANE_E_REFUSED;
}

/* Who is known may still come from the wrong place. */
static int network_check(Exchange *exchange)
{
	const VaultFacts *facts = &exchange->vault->facts;
	bool closed = strcmp(facts->public_access, "Disabled") == 0;

	if (!closed &&
	    network_acls_allow(facts->network_acls, exchange->client))
		return 0;
	(void)error_network(exchange, closed);
	return DATA_PLANE_E_REFUSED;
}

static const Route *tables_find(Exchange *exchange, bool *ret_path_fits)
{
	bool path_fits = false;

	for (size_t i = 0; i < AKV_ARRAY_LEN(tables); i++) {
		bool fits = false;
		const Route *route;

		if (exchange->vault->is_hsm && tables[i] != &key_routes)
			continue;
		route = route_find(exchange, tables[i]->routes, tables[i]->n,
				   &fits);

		if (route)
			return route;
		path_fits |= fits;
	}
	*ret_path_fits = path_fits;
	return NULL;
}

static int route_check(const Route **ret, Exchange *exchange)
{
	bool path_fits = false;
	const Route *route = tables_find(exchange, &path_fits);

	if (route) {
		exchange->kind = route->kind;
		*ret = route;
		return 0;
	}
	if (path_fits)
		(void)error_method(exchange);
	else
		(void)error_reply(exchange, 404, "NotFound", NULL,
				  "The resource %s was not found.",
				  exchange->path);
	return DATA_PLANE_E_REFUSED;
}

static int api_check(Exchange *exchange)
{
	const char *name = exchange_parameter(exchange, "api-version");

	if (!name || *name == '\0') {
		(void)error_bad_parameter(exchange,
					  "api-version must be specified");
		return DATA_PLANE_E_REFUSED;
	}
	exchange->api = api_version_find(name);
	if (!exchange->api) {
		(void)error_bad_parameter(
			exchange,
			"The specified version (%s) is not recognized. "
			"Consider using the latest supported version (%s).",
			name, api_version_newest());
		return DATA_PLANE_E_REFUSED;
	}
	return 0;
}

/* Storage came late, and was dropped again. */
static int storage_check(Exchange *exchange)
{
	if (exchange->kind->collection != COLLECTION_STORAGE ||
	    exchange->api->storage)
		return 0;
	(void)error_reply(exchange, 404, "NotFound", NULL,
			  "The resource %s was not found in this version.",
			  exchange->path);
	return DATA_PLANE_E_REFUSED;
}

static int name_check(Exchange *exchange)
{
	const char *name = exchange->captures[0];

	if (!name || name_is_valid(name))
		return 0;
	(void)error_bad_parameter(
		exchange, "The request URI contains an invalid name: %s", name);
	return DATA_PLANE_E_REFUSED;
}

static int permission_check(Exchange *exchange, const Route *route)
{
	const char *client = exchange->caller.client_id;
	bool is_default = strcmp(client, DIRECTORY_DEFAULT_CLIENT) == 0 &&
			  !exchange->vault->facts.access_stated;

	if (permissions_allow(&exchange->vault->permissions, client,
			      route->kind->group, route->permission,
			      is_default))
		return 0;
	(void)error_forbidden(exchange, route->kind, route->permission);
	return DATA_PLANE_E_REFUSED;
}

/* A vault is no managed HSM, be it of that name. NULL if there is none. */
static Vault *vault_of_host(const Exchange *exchange)
{
	const VaultStore *store = &exchange->emulator->vaults;
	Vault *vault;

	if (exchange->where.kind == HOST_LOCAL)
		return store->n > 0 ? store->vaults[0] : NULL;
	vault = vault_store_find(store, exchange->where.label);
	if (!vault || vault->is_hsm != (exchange->where.kind == HOST_HSM))
		return NULL;
	return vault;
}

static int dispatch(Exchange *exchange)
{
	const Route *route = NULL;
	int r;

	exchange->vault = vault_of_host(exchange);
	if (!exchange->vault)
		return vault_unknown(exchange);

	/* Whatever is asked, it is of a vault in which all has been done. */
	r = certificate_operations_settle(exchange->vault, exchange->now_us);
	if (r == 0)
		r = caller_check(exchange);
	if (r == 0)
		r = network_check(exchange);
	if (r == 0)
		r = route_check(&route, exchange);
	if (r == 0)
		r = api_check(exchange);
	if (r == 0)
		r = storage_check(exchange);
	if (r == 0)
		r = name_check(exchange);
	if (r == 0)
		r = permission_check(exchange, route);
	if (r == 0)
		r = sas_secrets_sync(exchange);
	if (r == 0)
		r = route->handle(exchange);
	return AKV_MIN(r, 0);
}

int data_plane_dispatch(Exchange *exchange)
{
	int r = dispatch(exchange);

	if (r == 0)
		headers_add(exchange);
	return r;
}
