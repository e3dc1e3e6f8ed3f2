/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held. */

#include "emulator/host-endpoints.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/form.h"
#include "emulator/host-identity.h"
#include "emulator/metadata.h"

static bool secret_fits(const Exchange *exchange, const char *header)
{
	const char *secret = exchange->emulator->identity.host_secret;
	const char *sent = exchange_header(exchange, header);
	size_t n = strlen(secret);

	return strlen(sent) == n && CRYPTO_memcmp(sent, secret, n) == 0;
}

static bool version_is(const Exchange *exchange, const char *version)
{
	const char *asked = exchange_parameter(exchange, "api-version");

	return asked && strcmp(asked, version) == 0;
}

/* App Service: {"statusCode","message","correlationId"}. */
static int app_error(Exchange *exchange, unsigned status, const char *message)
{
	Writer *writer = &exchange->writer;
	char id[GUID_SIZE];

	random_guid(id);
	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_int(writer, "statusCode", status);
	writer_string(writer, "message", message);
	writer_string(writer, "correlationId", id);
	writer_end(writer, '}');
	return 0;
}

/* "09/14/2026 02:51:00 PM +00:00", as the older version writes it. */
static void date_format(char ret[64], int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&at, &parts) ||
	    strftime(ret, 64, "%m/%d/%Y %I:%M:%S %p +00:00", &parts) == 0)
		ret[0] = '\0';
}

static void app_reply(Exchange *exchange, const Principal *principal,
		      const HostToken *token, bool dated)
{
	Writer *writer = &exchange->writer;
	char date[64];

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "access_token", token->text.p);
	date_format(date, token->expires_s);
	if (dated)
		writer_string(writer, "expires_on", date);
	else
		writer_format(writer, "expires_on", "%" PRId64,
			      token->expires_s);
	writer_string(writer, "resource", token->resource);
	writer_string(writer, "token_type", "Bearer");
	writer_string(writer, "client_id", principal->client_id);
	writer_end(writer, '}');
}

/* The part that App Service and Azure Machine Learning share. */
static int app_token(Exchange *exchange, const HostSelector *selector,
		     bool dated)
{
	AKV_CLEANUP(host_token_done) HostToken token = {0};
	const char *resource = exchange_parameter(exchange, "resource");
	const Principal *principal = NULL;
	int r;

	if (!resource)
		return app_error(exchange, 400,
				 "The resource parameter is missing.");
	r = host_identity_find(&principal, &exchange->emulator->directory,
			       selector);
	if (r > 0)
		return app_error(exchange, 400,
				 "Unable to load the proper Managed Identity.");
	if (principal->refusal != 0)
		return app_error(exchange, 500,
				 "An unexpected error occurred "
				 "while fetching the AAD Token.");
	r = host_token_make(&token, exchange, principal, resource);
	if (r > 0)
		return app_error(exchange, 500,
				 "An unexpected error occurred "
				 "while fetching the AAD Token.");
	if (r == 0)
		app_reply(exchange, principal, &token, dated);
	return r;
}

int app_service_token(Exchange *exchange)
{
	HostSelector selector = {
		.client_id = exchange_parameter(exchange, "client_id"),
		.object_id = exchange_parameter(exchange, "object_id"),
		.resource_id = exchange_parameter(exchange, "mi_res_id"),
	};

	if (!selector.object_id)
		selector.object_id =
			exchange_parameter(exchange, "principal_id");
	if (version_is(exchange, "2017-09-01")) {
		selector = (HostSelector){
			.client_id = exchange_parameter(exchange, "clientid"),
		};
		if (!secret_fits(exchange, "secret"))
			return app_error(exchange, 401,
					 "The secret header is wrong.");
		return app_token(exchange, &selector, true);
	}
	if (!version_is(exchange, "2019-08-01"))
		return app_error(exchange, 400,
				 "The api-version is not supported.");
	if (!secret_fits(exchange, "X-IDENTITY-HEADER"))
		return app_error(exchange, 401,
				 "The X-IDENTITY-HEADER header is wrong.");
	return app_token(exchange, &selector, false);
}

int machine_learning_token(Exchange *exchange)
{
	const HostSelector selector = {
		.client_id = exchange_parameter(exchange, "clientid"),
	};

	if (!version_is(exchange, "2017-09-01"))
		return app_error(exchange, 400,
				 "The api-version is not supported.");
	if (!secret_fits(exchange, "secret"))
		return app_error(exchange, 401, "The secret header is wrong.");
	return app_token(exchange, &selector, false);
}

/* Who has opened the shell: the first user there is. */
static const Principal *shell_user(const Directory *directory)
{
	for (size_t i = 0; i < directory->n_principals; i++) {
		if (directory->principals[i].user[0])
			return &directory->principals[i];
	}
	return NULL;
}

static void shell_reply(Exchange *exchange, const HostToken *token)
{
	Writer *writer = &exchange->writer;
	int64_t begins_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "access_token", token->text.p);
	writer_string(writer, "refresh_token", "");
	writer_format(writer, "expires_in", "%" PRId64, token->life_s);
	writer_format(writer, "expires_on", "%" PRId64, token->expires_s);
	writer_format(writer, "not_before", "%" PRId64, begins_s);
	writer_string(writer, "resource", token->resource);
	writer_string(writer, "token_type", "Bearer");
	writer_end(writer, '}');
}

int cloud_shell_token(Exchange *exchange)
{
	AKV_CLEANUP(host_token_done) HostToken token = {0};
	AKV_CLEANUP(form_done) Form form = {0};
	const Principal *user = shell_user(&exchange->emulator->directory);
	const char *resource;
	int r;

	if (strcasecmp(exchange_header(exchange, "Metadata"), "true") != 0)
		return metadata_error(exchange, 400, "invalid_request",
				      "Required metadata header not specified");
	r = form_parse(&form, exchange->body.p, exchange->body.n);
	if (r < 0)
		return r;
	resource = form_get(&form, "resource");
	if (!resource)
		return metadata_error(exchange, 400, "invalid_request",
				      "Required parameter 'resource' is "
				      "missing");
	if (!user)
		return metadata_error(exchange, 400, "invalid_request",
				      "The seed has no user");
	r = host_token_make(&token, exchange, user, resource);
	if (r > 0)
		(void)entra_error_number(exchange, 500011, resource);
	if (r == 0)
		shell_reply(exchange, &token);
	return AKV_MIN(r, 0);
}

/* Service Fabric: {"error":{"correlationId","code","message"}}. */
static int fabric_error(Exchange *exchange, unsigned status, const char *code,
			const char *message)
{
	Writer *writer = &exchange->writer;
	char id[GUID_SIZE];

	random_guid(id);
	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "error", '{');
	writer_string(writer, "correlationId", id);
	writer_string(writer, "code", code);
	writer_string(writer, "message", message);
	writer_end(writer, '}');
	writer_end(writer, '}');
	return 0;
}

static int fabric_token(Exchange *exchange)
{
	AKV_CLEANUP(host_token_done) HostToken token = {0};
	const char *resource = exchange_parameter(exchange, "resource");
	const HostSelector none = {0};
	const Principal *principal = NULL;
	Writer *writer = &exchange->writer;
	int r;

	if (!version_is(exchange, "2019-07-01-preview"))
		return fabric_error(exchange, 400, "InvalidApiVersion",
				    "The api-version is not supported.");
	if (!secret_fits(exchange, "Secret"))
		return fabric_error(exchange, 401, "SecretHeaderNotFound",
				    "Secret is not found in the request "
				    "headers.");
	if (!resource || *resource == '\0')
		return fabric_error(exchange, 400, "ArgumentNullOrEmpty",
				    "The parameter 'resource' should not be "
				    "null or empty string.");
	r = host_identity_find(&principal, &exchange->emulator->directory,
			       &none);
	if (r > 0)
		return fabric_error(exchange, 404, "ManagedIdentityNotFound",
				    "Managed Identity not found for Host.");
	r = host_token_make(&token, exchange, principal, resource);
	if (r > 0)
		return fabric_error(exchange, 400, "InternalServerError",
				    "The resource is not known.");
	if (r < 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "token_type", "Bearer");
	writer_int(writer, "expires_on", token.expires_s);
	writer_string(writer, "access_token", token.text.p);
	writer_string(writer, "resource", token.resource);
	writer_end(writer, '}');
	return 0;
}

int service_fabric_dispatch(Exchange *exchange)
{
	static const char *const path[] = {"metadata", "identity", "oauth2",
					   "token"};
	bool fits = exchange->n_segments == AKV_ARRAY_LEN(path) &&
		    strcmp(exchange->method, "GET") == 0;
	int r;

	for (size_t i = 0; fits && i < AKV_ARRAY_LEN(path); i++)
		fits = strcasecmp(exchange->segments[i], path[i]) == 0;
	r = fits ? fabric_token(exchange)
		 : fabric_error(exchange, 404, "NotFound",
				"There is nothing here.");
	if (r == 0)
		exchange_set_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	return r;
}
