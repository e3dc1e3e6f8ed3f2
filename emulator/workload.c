/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/workload.h"

#include <openssl/crypto.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "emulator/discovery.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"
#include "emulator/jwt.h"
#include "emulator/routes.h"

#define EXCHANGE_AUDIENCE "api://AzureADTokenExchange"

typedef struct WorkloadToken {
	const char *issuer, *subject, *audience; /* borrowed */
	int64_t begins_s, ends_s;
} WorkloadToken;

static int token_append(Buf *ret, const Emulator *emulator,
			const WorkloadToken *token)
{
	const Identity *identity = &emulator->identity;
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&claims);
	char id[GUID_SIZE];

	random_guid(id);
	writer_begin(&writer, NULL, '{');
	writer_string(&writer, "iss", token->issuer);
	writer_string(&writer, "sub", token->subject);
	writer_string(&writer, "aud", token->audience);
	writer_string(&writer, "jti", id);
	writer_int(&writer, "iat", token->begins_s);
	writer_int(&writer, "nbf", token->begins_s);
	writer_int(&writer, "exp", token->ends_s);
	writer_end(&writer, '}');
	if (writer.fault < 0)
		return writer.fault;
	return jwt_sign(ret, identity->workload_key, identity->workload_key_id,
			claims.p, claims.n);
}

/* Claims of the tester's own, signed as Entra signs. */
static int claims_sign(Buf *ret, const Emulator *emulator, const cJSON *claims)
{
	const Identity *identity = &emulator->identity;
	char *text = cJSON_PrintUnformatted(claims);
	int r;

	if (!text)
		return -ENOMEM;
	r = jwt_sign(ret, identity->token_key, identity->token_key_id, text,
		     strlen(text));
	cJSON_free(text);
	return r;
}

/* A name for a file of the state directory, which is not one of its own. */
static bool file_name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t n = strlen(name);

	return n > 6 && n < 60 && strspn(name, letters) == n &&
	       strncmp(name, "token-", 6) == 0;
}

static int token_make(Buf *ret, Exchange *exchange, const cJSON *body)
{
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	int64_t life_s = WORKLOAD_LIFE_S, begins_in_s = 0;
	WorkloadToken token = {.audience = EXCHANGE_AUDIENCE};
	const cJSON *claims;
	int r;

	if (json_get_object(&claims, body, "claims") == 0)
		return claims_sign(ret, exchange->emulator, claims);
	if (json_get_string(&token.issuer, body, "issuer") != 0 ||
	    json_get_string(&token.subject, body, "subject") != 0)
		return error_bad_parameter(exchange,
					   "issuer or subject is missing.");
	r = json_get_string(&token.audience, body, "audience");
	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_int64(&life_s, body, "lifetime_s");
	if (r == 0 || r == JSON_E_ABSENT)
		r = json_get_int64(&begins_in_s, body, "begins_in_s");
	if (r != 0 && r != JSON_E_ABSENT)
		return error_bad_parameter(exchange,
					   "audience, lifetime_s or "
					   "begins_in_s has a wrong type.");
	token.begins_s = now_s + begins_in_s;
	token.ends_s = token.begins_s + life_s;
	return token_append(ret, exchange->emulator, &token);
}

int control_tokens_post(Exchange *exchange)
{
	const StateDir *dir = &exchange->emulator->state_dir;
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	AKV_JSON cJSON *body = NULL;
	Writer *writer = &exchange->writer;
	const char *file;
	int r = json_parse(&body, exchange->body.p, exchange->body.n, NULL);

	if (r < 0)
		return r;
	if (r > 0)
		return error_bad_parameter(exchange, "The body is not JSON.");
	r = token_make(&token, exchange, body);
	if (r < 0 || token.n == 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_string(writer, "token", token.p);
	if (json_get_string(&file, body, "file") == 0) {
		if (!file_name_is_valid(file))
			return error_bad_parameter(exchange,
						   "file is not token- and "
						   "then a-z, 0-9 or '-'.");
		r = state_dir_write(dir, file, 0644, token.p, token.n);
		writer_format(writer, "file", "%s/%s", dir->path, file);
	}
	writer_end(writer, '}');
	return r;
}

/* The issuer is where its document is. */
static int issuer_document(Exchange *exchange)
{
	Writer *writer = &exchange->writer;
	char issuer[WORKLOAD_TEXT_SIZE];
	const char *end = strstr(exchange->path, "/.well-known/");
	int n = end ? (int)(end - exchange->path) : 0;

	(void)snprintf(issuer, sizeof(issuer), "%s%.*s", exchange->base, n,
		       exchange->path);
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "issuer", "%s%s", issuer, n > 0 ? "/" : "");
	writer_format(writer, "jwks_uri", "%s/openid/v1/jwks", issuer);
	writer_begin(writer, "response_types_supported", '[');
	writer_string(writer, NULL, "id_token");
	writer_end(writer, ']');
	writer_begin(writer, "subject_types_supported", '[');
	writer_string(writer, NULL, "public");
	writer_end(writer, ']');
	writer_begin(writer, "id_token_signing_alg_values_supported", '[');
	writer_string(writer, NULL, "RS256");
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

static int issuer_keys(Exchange *exchange)
{
	const Identity *identity = &exchange->emulator->identity;

	return discovery_key_reply(exchange, identity->workload_key,
				   identity->workload_key_id,
				   identity->workload_certificate);
}

static const Route issuer_routes[] = {
	{"GET", ".well-known/openid-configuration", issuer_document, NULL,
	 NULL},
	{"GET", "openid/v1/jwks", issuer_keys, NULL, NULL},
	{"GET", "*/.well-known/openid-configuration", issuer_document, NULL,
	 NULL},
	{"GET", "*/openid/v1/jwks", issuer_keys, NULL, NULL},
	{"GET", "*/*/.well-known/openid-configuration", issuer_document, NULL,
	 NULL},
	{"GET", "*/*/openid/v1/jwks", issuer_keys, NULL, NULL},
};

static int table_dispatch(Exchange *exchange, const Route *routes, size_t n)
{
	bool path_fits = false;
	const Route *route = route_find(exchange, routes, n, &path_fits);
	int r;

	if (route)
		r = route->handle(exchange);
	else if (path_fits)
		r = error_method(exchange);
	else
		r = error_reply(exchange, 404, "NotFound", NULL,
				"There is nothing at %s.", exchange->path);
	if (r == 0 && exchange->reply.n > 0)
		exchange_set_header(exchange, "Content-Type",
				    "application/json; charset=utf-8");
	return r;
}

int workload_dispatch(Exchange *exchange)
{
	return table_dispatch(exchange, issuer_routes,
			      AKV_ARRAY_LEN(issuer_routes));
}

static bool job_is_known(const Exchange *exchange)
{
	static const char scheme[] = "Bearer ";
	const char *known = exchange->emulator->pipelines.access_token;
	const char *header = exchange_header(exchange, "Authorization");
	size_t n = strlen(known);

	if (n == 0 || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return false;
	header += sizeof(scheme) - 1;
	return strlen(header) == n && CRYPTO_memcmp(header, known, n) == 0;
}

/* Who asks for it is told so; all others are sent to a page to sign in. */
static int job_refused(Exchange *exchange)
{
	const char *asked = exchange_header(exchange, "X-TFS-FedAuthRedirect");

	if (strcasecmp(asked, "Suppress") == 0) {
		exchange_reply(exchange, 401);
	} else {
		exchange_reply(exchange, 302);
		exchange_add_header(exchange, "Location",
				    "https://spsprodweu.vssps.visualstudio.com/"
				    "_signin");
	}
	return 0;
}

static int pipelines_token(Exchange *exchange)
{
	const Pipelines *pipelines = &exchange->emulator->pipelines;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	const char *id = exchange_parameter(exchange, "serviceConnectionId");
	AKV_BUF Buf text = BUF_INIT(JWT_MAX);
	WorkloadToken token = {
		.audience = EXCHANGE_AUDIENCE,
		.begins_s = now_s,
		.ends_s = now_s + WORKLOAD_LIFE_S / 6,
	};
	int r;

	if (!job_is_known(exchange))
		return job_refused(exchange);
	if (!exchange_parameter(exchange, "api-version"))
		return error_bad_parameter(exchange, "No api-version.");
	for (size_t i = 0; id && i < pipelines->n; i++) {
		if (strcasecmp(pipelines->connections[i].id, id) != 0)
			continue;
		token.issuer = pipelines->connections[i].issuer;
		token.subject = pipelines->connections[i].subject;
	}
	if (!token.issuer)
		return error_reply(exchange, 404, "NotFound", NULL,
				   "There is no such service connection.");
	r = token_append(&text, exchange->emulator, &token);
	if (r < 0)
		return r;
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_string(&exchange->writer, "oidcToken", text.p);
	writer_end(&exchange->writer, '}');
	return 0;
}

static const Route pipelines_routes[] = {
	{"POST",
	 "*/*/_apis/distributedtask/hubs/build/plans/*/jobs/*/oidctoken",
	 pipelines_token, NULL, NULL},
};

int pipelines_dispatch(Exchange *exchange)
{
	char id[GUID_SIZE];
	int r = table_dispatch(exchange, pipelines_routes,
			       AKV_ARRAY_LEN(pipelines_routes));

	random_guid(id);
	if (r == 0) {
		exchange_add_header(exchange, "x-vss-e2eid", id);
		exchange_add_header(exchange, "x-msedge-ref", "Ref A: none");
	}
	return r;
}
