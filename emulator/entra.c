/* SPDX-License-Identifier: MIT */

/*
 * The checks come in the order in which the service makes them: form, tenant,
 * application, its secret, and last what the token is to be for. Runs with the
 * emulator's lock held, inside a handler.
 */

#include "emulator/entra.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/time.h"
#include "emulator/emulator.h"
#include "emulator/form.h"
#include "emulator/jwt.h"

enum { UTI_BYTES = 16 };

void entra_finish(Exchange *exchange)
{
	char id[GUID_SIZE];

	random_guid(id);
	if (exchange->reply.n > 0)
		exchange_add_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	exchange_add_header(exchange, "Cache-Control", "no-store, no-cache");
	exchange_add_header(exchange, "Pragma", "no-cache");
	exchange_add_header(exchange, "Expires", "-1");
	exchange_add_header(exchange, "Strict-Transport-Security",
			    "max-age=31536000; includeSubDomains");
	exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	exchange_add_header(exchange, "x-ms-request-id", id);
}

/* "2026-11-24 02:51:00Z", as Entra writes times. */
static void time_format(char ret[TIME_TEXT_SIZE], int64_t now_us)
{
	time_format_rfc3339(ret, now_us / (int64_t)CLOCK_US_PER_S);
	ret[10] = ' ';
}

/* The client's own id for the request, if it is one, or a new one. */
static void correlation_id(char ret[GUID_SIZE], const Exchange *exchange)
{
	const char *sent = exchange_header(exchange, "client-request-id");

	if (strlen(sent) == GUID_SIZE - 1 &&
	    strspn(sent, "0123456789abcdefABCDEF-") == GUID_SIZE - 1)
		(void)snprintf(ret, GUID_SIZE, "%s", sent);
	else
		random_guid(ret);
}

int entra_error(Exchange *exchange, unsigned status, const char *error,
		int number, const char *format, ...)
{
	char text[2048], trace[GUID_SIZE], correlation[GUID_SIZE];
	char now[TIME_TEXT_SIZE];
	Writer *writer = &exchange->writer;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	random_guid(trace);
	correlation_id(correlation, exchange);
	time_format(now, exchange->now_us);

	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "error", error);
	writer_format(writer, "error_description",
		      "AADSTS%d: %s Trace ID: %s Correlation ID: %s "
		      "Timestamp: %s",
		      number, text, trace, correlation, now);
	writer_begin(writer, "error_codes", '[');
	writer_int(writer, NULL, number);
	writer_end(writer, ']');
	writer_string(writer, "timestamp", now);
	writer_string(writer, "trace_id", trace);
	writer_string(writer, "correlation_id", correlation);
	writer_format(writer, "error_uri", "https://%s/error?code=%d",
		      exchange->where.cloud->login, number);
	writer_end(writer, '}');
	return ENTRA_E_REFUSED;
}

/* From "Basic base64(id:secret)", both percent-encoded (RFC 6749 2.3.1). */
static int basic_parse(Buf *ret, const char **ret_id, const char **ret_secret,
		       const Exchange *exchange)
{
	const char *header = exchange_header(exchange, "Authorization");
	char *colon;
	int r;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return FORM_E_INVALID;
	header += 6;
	r = base64_decode(ret, BASE64_STANDARD, header, strlen(header));
	if (r != 0)
		return r == -ENOMEM ? r : FORM_E_INVALID;
	colon = memchr(ret->p, ':', ret->n);
	if (!colon || strlen(ret->p) != ret->n)
		return FORM_E_INVALID;
	*colon = '\0';
	if (percent_decode(ret->p, true) != 0 ||
	    percent_decode(colon + 1, true) != 0)
		return FORM_E_INVALID;
	*ret_id = ret->p;
	*ret_secret = colon + 1;
	return 0;
}

static bool secret_equal_text(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

/* Who asks, and is it really he? ENTRA_E_REFUSED with the reply made. */
static int principal_check(const Principal **ret, Exchange *exchange,
			   const Form *form)
{
	const Directory *directory = &exchange->emulator->directory;
	const char *id = form_get(form, "client_id");
	const char *secret = form_get(form, "client_secret");
	const char *tenant = exchange->captures[0];
	AKV_BUF Buf basic = BUF_INIT(BUF_MAX_LINE);
	const Principal *principal;
	int r = 0;

	if (!secret)
		r = basic_parse(&basic, &id, &secret, exchange);
	if (r < 0)
		return r;
	if (!id)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: 'client_id'.");
	(void)snprintf(exchange->caller.client_id, CLIENT_ID_SIZE, "%s", id);
	principal = directory_find(directory, id);
	if (!principal || strcasecmp(principal->tenant, tenant) != 0)
		return entra_error(
			exchange, 400, "unauthorized_client", 700016,
			"Application with identifier '%s' was not "
			"found in the directory '%s'. This can "
			"happen if the application has not been "
			"installed by the administrator of the "
			"tenant or consented to by any user in the "
			"tenant. You may have sent your "
			"authentication request to the wrong tenant.",
			id, tenant);
	if (!secret)
		return entra_error(
			exchange, 401, "invalid_client", 7000218,
			"The request body must contain the following "
			"parameter: 'client_assertion' or "
			"'client_secret'.");
	if (!secret_equal_text(secret, principal->secret))
		return entra_error(exchange, 401, "invalid_client", 7000215,
				   "Invalid client secret provided. Ensure the "
				   "secret being sent in the request is the "
				   "client secret value, not the client secret "
				   "ID, for a secret added to app '%s'.",
				   id);
	*ret = principal;
	return 0;
}

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

/* What the token is to be for. ENTRA_E_REFUSED with the reply made. */
static int audience_check(char ret[AUDIENCE_SIZE], Exchange *exchange,
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

static int uti_append(Buf *ret)
{
	unsigned char bytes[UTI_BYTES];

	random_bytes(bytes, sizeof(bytes));
	return base64_encode(ret, BASE64_URL, bytes, sizeof(bytes));
}

static int token_append(Buf *ret, const Exchange *exchange,
			const Principal *principal, const char *audience)
{
	const Emulator *emulator = exchange->emulator;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf uti = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&claims);
	int r;

	r = uti_append(&uti);
	if (r < 0)
		return r;
	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "aud", audience);
	writer_format(&writer, "iss", "https://sts.windows.net/%s/",
		      principal->tenant);
	writer_int(&writer, "iat", now_s);
	writer_int(&writer, "nbf", now_s);
	writer_int(&writer, "exp", now_s + emulator->token_lifetime_s);
	writer_string(&writer, "appid", principal->client_id);
	writer_string(&writer, "appidacr", "1");
	writer_format(&writer, "idp", "https://sts.windows.net/%s/",
		      principal->tenant);
	writer_string(&writer, "idtyp", "app");
	writer_string(&writer, "oid", principal->object_id);
	writer_string(&writer, "sub", principal->object_id);
	writer_string(&writer, "tid", principal->tenant);
	writer_string(&writer, "uti", uti.p);
	writer_string(&writer, "ver", "1.0");
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	return jwt_sign(ret, emulator->identity.token_key,
			emulator->identity.token_key_id, claims.p, claims.n);
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

static int token_grant(Exchange *exchange, const Form *form, bool v2)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	const char *grant = form_get(form, "grant_type");
	const Principal *principal = NULL;
	char audience[AUDIENCE_SIZE];
	int r;

	if (!grant)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: 'grant_type'.");
	if (!directory_has_tenant(&exchange->emulator->directory,
				  exchange->captures[0]))
		return entra_error(
			exchange, 400, "invalid_request", 90002,
			"Tenant '%s' not found. Check to make sure "
			"you have the correct tenant ID and are "
			"signing into the correct cloud. Check with "
			"your subscription administrator, this may "
			"happen if there are no active subscriptions "
			"for the tenant.",
			exchange->captures[0]);
	if (strcmp(grant, "client_credentials") != 0)
		return entra_error(
			exchange, 400, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type "
			"'%s'.",
			grant);
	r = principal_check(&principal, exchange, form);
	if (r == 0)
		r = audience_check(audience, exchange, form, v2);
	if (r == 0)
		r = token_append(&token, exchange, principal, audience);
	if (r != 0)
		return r;
	(void)snprintf(exchange->caller.audience, AUDIENCE_SIZE, "%s",
		       audience);
	token_reply(exchange, token.p, audience, v2);
	return 0;
}

static int token(Exchange *exchange, bool v2)
{
	AKV_CLEANUP(form_done) Form form = {0};
	int r = form_parse(&form, exchange->body.p, exchange->body.n);

	if (r < 0)
		return r;
	if (r > 0)
		return entra_error(
			exchange, 400, "invalid_request", 900144,
			"The request body must contain the following "
			"parameter: 'grant_type'.");
	return token_grant(exchange, &form, v2);
}

int entra_token_v1(Exchange *exchange)
{
	return AKV_MIN(token(exchange, false), 0);
}

int entra_token_v2(Exchange *exchange)
{
	return AKV_MIN(token(exchange, true), 0);
}
