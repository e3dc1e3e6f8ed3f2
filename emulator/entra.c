/* SPDX-License-Identifier: MIT */

/*
 * The checks come in the order in which the service makes them: form, tenant,
 * application, its proof, and last what the token is to be for. Runs with the
 * emulator's lock held, inside a handler.
 */

#include "emulator/entra.h"

#include <inttypes.h>

#include "base/clock.h"
#include "emulator/access-token.h"
#include "emulator/client-check.h"
#include "emulator/device-code.h"
#include "emulator/emulator.h"
#include "emulator/entra-error.h"
#include "emulator/jwt.h"
#include "emulator/user-token.h"

/* Scopes that ask for no resource; clients add them out of habit. */
static bool scope_is_openid(const char *scope, size_t n)
{
	static const char *const scopes[] = {"openid", "profile", "email",
					     "offline_access"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(scopes); i++) {
		if (strlen(scopes[i]) == n && strncmp(scopes[i], scope, n) == 0)
			return true;
	}
	return false;
}

/* The one scope of a resource among those in @list; false if not just one. */
static bool scope_find(const char **ret, size_t *ret_size, const char *list)
{
	size_t found = 0;

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n > 0 && !scope_is_openid(list, n)) {
			*ret = list;
			*ret_size = n;
			found++;
		}
		list += n + strspn(list + n, " ");
	}
	return found == 1;
}

/* The v2 scope without its last "/.default". */
static int scope_resource(char ret[AUDIENCE_SIZE], Exchange *exchange,
			  const char *list)
{
	static const char end[] = "/.default";
	size_t n = 0, end_size = sizeof(end) - 1;
	const char *scope = "";

	if (!scope_find(&scope, &n, list))
		return entra_error(
			exchange, 400, "invalid_scope", 70011,
			"The provided request must include a 'scope' "
			"input parameter. The provided value for the "
			"input parameter 'scope' is not valid. The "
			"scope %s is not valid.",
			list);
	if (n <= end_size || n - end_size >= AUDIENCE_SIZE ||
	    strncmp(scope + n - end_size, end, end_size) != 0)
		return entra_error(exchange, 400, "invalid_scope", 1002012,
				   "The provided value for scope %s is not "
				   "valid. Client credential flows must have a "
				   "scope value with /.default suffixed to the "
				   "resource identifier (application ID URI).",
				   list);
	memcpy(ret, scope, n - end_size);
	ret[n - end_size] = '\0';
	return 0;
}

int entra_audience(char ret[AUDIENCE_SIZE], Exchange *exchange,
		   const Form *form, bool v2)
{
	const char *name = v2 ? "scope" : "resource";
	const char *asked = form_get(form, name);
	int r = 0;

	if (!asked)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: '%s'.",
			name);
	if (v2)
		r = scope_resource(ret, exchange, asked);
	else
		(void)snprintf(ret, AUDIENCE_SIZE, "%s", asked);
	if (r != 0)
		return r;
	if (strlen(asked) >= AUDIENCE_SIZE || !resource_is_known(ret))
		return entra_error(
			exchange, 400, "invalid_resource", 500011,
			"The resource principal named %s was not "
			"found in the tenant named %s. This can "
			"happen if the application has not been "
			"installed by the administrator of the "
			"tenant or consented to by any user in the "
			"tenant. You might have sent your "
			"authentication request to the wrong tenant.",
			ret, exchange->captures[0]);
	return 0;
}

/* v1 writes its numbers as strings, and some that v2 leaves out. */
static void token_reply(Exchange *exchange, const char *token,
			const char *audience, bool v2)
{
	Writer *writer = &exchange->writer;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	int64_t life_s = exchange->emulator->token_lifetime_s;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "token_type", "Bearer");
	if (v2) {
		writer_int(writer, "expires_in", life_s);
		writer_int(writer, "ext_expires_in", life_s);
	} else {
		writer_format(writer, "expires_in", "%" PRId64, life_s);
		writer_format(writer, "ext_expires_in", "%" PRId64, life_s);
		writer_format(writer, "expires_on", "%" PRId64, now_s + life_s);
		writer_format(writer, "not_before", "%" PRId64, now_s);
		writer_string(writer, "resource", audience);
	}
	writer_string(writer, "access_token", token);
	writer_end(writer, '}');
}

int entra_tenant_check(Exchange *exchange)
{
	const char *tenant = exchange->captures[0];

	if (directory_has_tenant(&exchange->emulator->directory, tenant))
		return 0;
	return entra_error_number(exchange, 90002, tenant);
}

static int application_grant(Exchange *exchange, const Form *form, bool v2)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	AccessTokenRequest request = {.v2_endpoint = v2};
	char audience[AUDIENCE_SIZE];
	int r;

	r = client_check(&request.principal, &request.proof, exchange, form);
	if (r == 0)
		r = entra_audience(audience, exchange, form, v2);
	if (r != 0)
		return r;
	request.client_id = request.principal->client_id;
	request.audience = audience;
	request.life_s = exchange->emulator->token_lifetime_s;
	r = access_token_append(&token, exchange, &request);
	if (r == 0)
		token_reply(exchange, token.p, audience, v2);
	return r;
}

static int token_grant(Exchange *exchange, const Form *form, bool v2)
{
	const char *grant = form_get(form, "grant_type");

	if (!grant)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: 'grant_type'.");
	if (v2 && device_code_is_grant(grant))
		return device_code_grant(exchange, form);
	if (v2 && strcmp(grant, "refresh_token") == 0)
		return refresh_token_grant(exchange, form);
	if (strcmp(grant, "client_credentials") != 0)
		return entra_error(
			exchange, 400, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type "
			"'%s'.",
			grant);
	if (entra_tenant_check(exchange) != 0)
		return ENTRA_E_REFUSED;
	return application_grant(exchange, form, v2);
}

int entra_form(Form *ret, Exchange *exchange)
{
	int r = form_parse(ret, exchange->body.p, exchange->body.n);

	if (r <= 0)
		return r;
	return entra_error(exchange, 400, "invalid_request", 900144,
			   "The request body must contain the following "
			   "parameter: 'grant_type'.");
}

static int token(Exchange *exchange, bool v2)
{
	AKV_CLEANUP(form_done) Form form = {0};
	int r = entra_form(&form, exchange);

	return r == 0 ? token_grant(exchange, &form, v2) : r;
}

int entra_token_v1(Exchange *exchange)
{
	return AKV_MIN(token(exchange, false), 0);
}

int entra_token_v2(Exchange *exchange)
{
	return AKV_MIN(token(exchange, true), 0);
}
