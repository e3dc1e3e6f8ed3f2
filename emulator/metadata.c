/* SPDX-License-Identifier: MIT */

/*
 * IMDS says no in few words; they are those that clients look for. Runs with
 * the emulator's lock held.
 */

#include "emulator/metadata.h"

#include <inttypes.h>
#include <strings.h>

#include "base/clock.h"
#include "emulator/arc.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/host-endpoints.h"
#include "emulator/routes.h"

int metadata_error(Exchange *exchange, unsigned status, const char *error,
		   const char *description)
{
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "error", error);
	writer_string(writer, "error_description", description);
	writer_end(writer, '}');
	return 0;
}

void metadata_selector(HostSelector *ret, const Exchange *exchange)
{
	*ret = (HostSelector){
		.client_id = exchange_parameter(exchange, "client_id"),
		.object_id = exchange_parameter(exchange, "object_id"),
		.resource_id = exchange_parameter(exchange, "msi_res_id"),
	};
}

/* Numbers are strings here. */
static void token_reply(Exchange *exchange, const Principal *principal,
			const HostToken *token, const HostSelector *selector,
			bool echo)
{
	Writer *writer = &exchange->writer;
	int64_t begins_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "access_token", token->text.p);
	if (!echo || selector->client_id)
		writer_string(writer, "client_id", principal->client_id);
	if (echo && selector->object_id)
		writer_string(writer, "object_id", principal->object_id);
	if (echo && selector->resource_id)
		writer_string(writer, "msi_res_id", principal->resource_id);
	writer_format(writer, "expires_in", "%" PRId64, token->life_s);
	writer_format(writer, "expires_on", "%" PRId64, token->expires_s);
	writer_format(writer, "ext_expires_in", "%" PRId64, token->life_s);
	writer_format(writer, "not_before", "%" PRId64, begins_s);
	writer_string(writer, "resource", token->resource);
	writer_string(writer, "token_type", "Bearer");
	writer_end(writer, '}');
}

static int identity_refused(Exchange *exchange, int answer)
{
	if (answer == HOST_E_SEVERAL)
		return metadata_error(
			exchange, 400, "invalid_request",
			"Multiple user assigned identities exist, please "
			"specify the clientId / resourceId of the identity in "
			"the token request");
	return metadata_error(exchange, 400, "invalid_request",
			      "Identity not found");
}

int metadata_token(Exchange *exchange, const HostSelector *selector, bool echo)
{
	AKV_CLEANUP(host_token_done) HostToken token = {0};
	const char *resource = exchange_parameter(exchange, "resource");
	const Principal *principal = NULL;
	int r;

	if (!resource || *resource == '\0')
		return metadata_error(
			exchange, 400, "invalid_request",
			"Required query variable 'resource' is missing");
	r = host_identity_find(&principal, &exchange->emulator->directory,
			       selector);
	if (r > 0)
		return identity_refused(exchange, r);
	if (principal->refusal != 0) {
		(void)entra_error_number(exchange, principal->refusal,
					 principal->client_id);
		return 0;
	}
	r = host_token_make(&token, exchange, principal, resource);
	if (r > 0) {
		(void)entra_error_number(exchange, 500011, resource);
		return 0;
	}
	if (r == 0)
		token_reply(exchange, principal, &token, selector, echo);
	return r;
}

static bool is_arc(const Exchange *exchange)
{
	static const char *const versions[] = {"2019-08-15", "2019-11-01",
					       "2020-06-01", "2021-02-01"};
	const char *version = exchange_parameter(exchange, "api-version");

	if (exchange->where.kind != HOST_LOCAL ||
	    strcmp(exchange->host, METADATA_HOST) == 0)
		return false;
	for (size_t i = 0; version && i < AKV_ARRAY_LEN(versions); i++) {
		if (strcmp(version, versions[i]) == 0)
			return true;
	}
	return false;
}

/* "2018-02-01": ten digits and dashes. */
static bool version_is_date(const char *version)
{
	return version && strlen(version) == 10 &&
	       strspn(version, "0123456789-") == 10;
}

static int imds(Exchange *exchange)
{
	HostSelector selector;

	if (strcasecmp(exchange_header(exchange, "Metadata"), "true") != 0)
		return metadata_error(exchange, 400, "invalid_request",
				      "Required metadata header not specified");
	/* It came through a proxy: whoever asked is not this machine. */
	if (*exchange_header(exchange, "X-Forwarded-For"))
		return metadata_error(exchange, 400, "invalid_request",
				      "X-Forwarded-For header is not allowed");
	if (!version_is_date(exchange_parameter(exchange, "api-version")))
		return metadata_error(
			exchange, 400, "invalid_request",
			"Required query variable 'api-version' is missing");
	metadata_selector(&selector, exchange);
	return metadata_token(exchange, &selector, false);
}

static int imds_or_arc(Exchange *exchange)
{
	return is_arc(exchange) ? arc_token(exchange) : imds(exchange);
}

static const Route routes[] = {
	{"GET", "metadata/identity/oauth2/token", imds_or_arc, NULL, NULL},
	{"GET", "msi/token", app_service_token, NULL, NULL},
	{"GET", "msi/auth", machine_learning_token, NULL, NULL},
	{"POST", "oauth2/token", cloud_shell_token, NULL, NULL},
};

int metadata_dispatch(Exchange *exchange)
{
	bool path_fits = false;
	const Route *route =
		route_find(exchange, routes, AKV_ARRAY_LEN(routes), &path_fits);
	int r;

	if (route)
		r = route->handle(exchange);
	else if (path_fits)
		r = metadata_error(exchange, 405, "method_not_allowed",
				   "Method not allowed");
	else
		r = metadata_error(exchange, 404, "not_found",
				   "The requested resource is not found");
	if (r == 0)
		exchange_set_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	return r;
}
