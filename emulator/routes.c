/* SPDX-License-Identifier: MIT */

/* Hosts and their tables. A new service is a new table here, and its room. */

#include "emulator/routes.h"

#include <strings.h>

#include "emulator/arm.h"
#include "emulator/control.h"
#include "emulator/data-plane.h"
#include "emulator/device-code.h"
#include "emulator/discovery.h"
#include "emulator/entra-error.h"
#include "emulator/entra.h"
#include "emulator/errors.h"
#include "emulator/graph.h"
#include "emulator/host-endpoints.h"
#include "emulator/metadata.h"
#include "emulator/workload.h"

static const Route login_routes[] = {
	{"POST", "*/oauth2/token", entra_token_v1, NULL, NULL},
	{"POST", "*/oauth2/v2.0/token", entra_token_v2, NULL, NULL},
	{"POST", "*/oauth2/v2.0/devicecode", device_code_begin, NULL, NULL},
	{"GET", "common/discovery/instance", discovery_instance, NULL, NULL},
	{"GET", "*/.well-known/openid-configuration", discovery_openid_v1, NULL,
	 NULL},
	{"GET", "*/v2.0/.well-known/openid-configuration", discovery_openid_v2,
	 NULL, NULL},
	{"GET", "*/discovery/v2.0/keys", discovery_keys, NULL, NULL},
	{"GET", "*/discovery/keys", discovery_keys, NULL, NULL},
	{"GET", "discovery/v2.0/keys", discovery_keys, NULL, NULL},
	{"GET", "discovery/keys", discovery_keys, NULL, NULL},
};

static const Route control_routes[] = {
	{"GET", "_emulator/faults", control_faults_get, NULL, NULL},
	{"POST", "_emulator/faults", control_faults_post, NULL, NULL},
	{"DELETE", "_emulator/faults", control_faults_delete, NULL, NULL},
	{"GET", "_emulator/requests", control_requests_get, NULL, NULL},
	{"GET", "_emulator/clock", control_clock_get, NULL, NULL},
	{"POST", "_emulator/clock", control_clock_post, NULL, NULL},
	{"POST", "_emulator/seed", control_seed_post, NULL, NULL},
	{"POST", "_emulator/tokens", control_tokens_post, NULL, NULL},
	{"GET", "_emulator/device-codes", control_device_codes_get, NULL, NULL},
	{"POST", "_emulator/device-codes", control_device_codes_post, NULL,
	 NULL},
};

/* Segment by segment; captures are left in @exchange. */
static bool pattern_fits(Exchange *exchange, const char *pattern)
{
	size_t n_captures = 0;

	for (size_t i = 0; i < EXCHANGE_CAPTURES_MAX; i++)
		exchange->captures[i] = NULL;
	for (size_t i = 0; i < exchange->n_segments; i++) {
		const char *segment = exchange->segments[i];
		size_t n = strcspn(pattern, "/");

		if (*pattern == '\0')
			return false;
		if (n == 1 && *pattern == '*') {
			if (n_captures == EXCHANGE_CAPTURES_MAX)
				return false;
			exchange->captures[n_captures++] = segment;
		} else if (strlen(segment) != n ||
			   strncasecmp(segment, pattern, n) != 0) {
			return false;
		}
		pattern += n;
		if (*pattern == '/')
			pattern++;
	}
	return *pattern == '\0';
}

const Route *route_find(Exchange *exchange, const Route *routes, size_t n,
			bool *ret_path_fits)
{
	bool path_fits = false;

	for (size_t i = 0; i < n; i++) {
		if (!pattern_fits(exchange, routes[i].pattern))
			continue;
		if (strcmp(routes[i].method, exchange->method) == 0)
			return &routes[i];
		path_fits = true;
	}
	*ret_path_fits = path_fits;
	return NULL;
}

static int login_dispatch(Exchange *exchange, bool *ret_handled)
{
	bool path_fits = false;
	const Route *route =
		route_find(exchange, login_routes, AKV_ARRAY_LEN(login_routes),
			   &path_fits);
	int r = 0;

	*ret_handled = route || path_fits;
	if (route)
		r = route->handle(exchange);
	else if (path_fits)
		(void)entra_error(exchange, 405, "invalid_request", 900561,
				  "The endpoint only accepts other requests. "
				  "Received a %s request.",
				  exchange->method);
	if (r == 0 && *ret_handled)
		entra_finish(exchange);
	return r;
}

static int control_dispatch(Exchange *exchange)
{
	bool path_fits = false;
	const Route *route =
		route_find(exchange, control_routes,
			   AKV_ARRAY_LEN(control_routes), &path_fits);
	int r;

	if (!route)
		return path_fits ? error_method(exchange)
				 : error_reply(exchange, 404, "NotFound", NULL,
					       "There is no such control "
					       "endpoint.");
	r = route->handle(exchange);
	if (r == 0 && exchange->reply.n > 0)
		exchange_set_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	return r;
}

/* Where a real client would not get an answer: the name does not resolve. */
static int nothing_here(Exchange *exchange)
{
	(void)error_reply(exchange, 404, "NotFound", NULL,
			  "akv-emulator serves nothing at %s%s.",
			  exchange->base, exchange->path);
	exchange_set_header(exchange, "Content-Type",
			    "application/json; charset=utf-8");
	return 0;
}

bool routes_is_control(const Exchange *exchange)
{
	return exchange->n_segments > 0 &&
	       strcmp(exchange->segments[0], "_emulator") == 0;
}

int routes_dispatch(Exchange *exchange)
{
	bool handled = false;
	int r = 0;

	if (routes_is_control(exchange))
		return control_dispatch(exchange);
	if (exchange->listener == LISTENER_METADATA)
		return metadata_dispatch(exchange);
	if (exchange->listener == LISTENER_FABRIC)
		return service_fabric_dispatch(exchange);
	switch (exchange->where.kind) {
	case HOST_VAULT:
	case HOST_HSM:
		return data_plane_dispatch(exchange);
	case HOST_LOGIN:
	case HOST_LOCAL:
		r = login_dispatch(exchange, &handled);
		if (r < 0 || handled)
			return r;
		if (exchange->where.kind == HOST_LOCAL)
			return data_plane_dispatch(exchange);
		return nothing_here(exchange);
	case HOST_ARM:
		return arm_dispatch(exchange);
	case HOST_GRAPH:
		return graph_dispatch(exchange);
	case HOST_ISSUER:
		return workload_dispatch(exchange);
	case HOST_DEVOPS:
		return pipelines_dispatch(exchange);
	case HOST_UNKNOWN:
		break;
	}
	return nothing_here(exchange);
}
