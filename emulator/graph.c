/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held. */

#include "emulator/graph.h"

#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"
#include "emulator/emulator.h"
#include "emulator/routes.h"

enum { GRAPH_IDS_MAX = 1000 };

/* 0, a negative errno, or GRAPH_E_REFUSED with the reply made. */
enum { GRAPH_E_REFUSED = 1 };

static int graph_error(Exchange *exchange, unsigned status, const char *code,
		       const char *message)
{
	Writer *writer = &exchange->writer;
	char id[GUID_SIZE], now[TIME_TEXT_SIZE];

	random_guid(id);
	time_format_rfc3339(now, exchange->now_us / (int64_t)CLOCK_US_PER_S);
	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "error", '{');
	writer_string(writer, "code", code);
	writer_string(writer, "message", message);
	writer_begin(writer, "innerError", '{');
	writer_format(writer, "date", "%.19s", now);
	writer_string(writer, "request-id", id);
	writer_string(writer, "client-request-id", id);
	writer_end(writer, '}');
	writer_end(writer, '}');
	writer_end(writer, '}');
	return GRAPH_E_REFUSED;
}

static int token_refuse(Exchange *exchange, const char *why)
{
	(void)graph_error(exchange, 401, "InvalidAuthenticationToken", why);
	exchange_add_header(exchange, "WWW-Authenticate",
			    "Bearer realm=\"\", authorization_uri=\"https://"
			    "login.microsoftonline.com/common/oauth2/"
			    "authorize\", client_id=\"00000003-0000-0000-c000-"
			    "000000000000\"");
	return GRAPH_E_REFUSED;
}

static int caller_check(Exchange *exchange)
{
	Emulator *emulator = exchange->emulator;
	BearerPolicy policy = {
		.key = emulator->identity.token_key,
		.key_id = emulator->identity.token_key_id,
	};
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	const BearerEntry *entry;
	int r = bearer_verify(&entry, &emulator->bearers, &policy,
			      exchange_header(exchange, "Authorization"));

	if (r < 0)
		return r;
	if (r == BEARER_E_MISSING)
		return token_refuse(exchange, "Access token is empty.");
	if (r > 0)
		return token_refuse(exchange,
				    "Access token validation failure. Invalid "
				    "signature.");
	exchange->caller = entry->caller;
	if (!audience_is_graph(exchange->where.cloud, entry->caller.audience))
		return token_refuse(exchange,
				    "Access token validation failure. Invalid "
				    "audience.");
	if (now_s >= entry->exp_s || now_s + BEARER_SKEW_S < entry->nbf_s)
		return token_refuse(exchange,
				    "Lifetime validation failed, the token is "
				    "expired.");
	return 0;
}

static int right_check(Exchange *exchange)
{
	const Principal *principal = directory_find(
		&exchange->emulator->directory, exchange->caller.client_id);

	if (principal && principal->graph)
		return 0;
	return graph_error(exchange, 403, "Authorization_RequestDenied",
			   "Insufficient privileges to complete the "
			   "operation.");
}

/* Is @type among those asked for? Without a list, or with this one, all are. */
static bool type_is_asked(const cJSON *types, const char *type)
{
	const cJSON *item;

	if (!types || !types->child)
		return true;
	cJSON_ArrayForEach (item, types) {
		if (cJSON_IsString(item) &&
		    (strcasecmp(item->valuestring, type) == 0 ||
		     strcasecmp(item->valuestring, "directoryObject") == 0))
			return true;
	}
	return false;
}

static void object_write(Exchange *exchange, const char *id, const cJSON *types)
{
	const Directory *directory = &exchange->emulator->directory;
	const Principal *principal = directory_find_object_id(directory, id);
	const DirectoryObject *object = directory_find_object(directory, id);
	const char *type = object ? object->type : "servicePrincipal";
	Writer *writer = &exchange->writer;

	if ((!object && !principal) || !type_is_asked(types, type))
		return;
	writer_begin(writer, NULL, '{');
	writer_format(writer, "@odata.type", "#microsoft.graph.%s", type);
	writer_string(writer, "id", object ? object->id : principal->object_id);
	writer_string(writer, "displayName",
		      object ? object->name : principal->name);
	if (!object)
		writer_string(writer, "appId", principal->client_id);
	writer_end(writer, '}');
}

static int get_by_ids(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	const cJSON *ids = NULL, *id;
	Writer *writer = &exchange->writer;

	if (json_parse(&body, exchange->body.p, exchange->body.n, NULL) != 0 ||
	    json_get_array(&ids, body, "ids") != 0 ||
	    cJSON_GetArraySize(ids) > GRAPH_IDS_MAX)
		return graph_error(exchange, 400, "Request_BadRequest",
				   "ids must be an array of at most 1000.");
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "@odata.context",
		      "%s/v1.0/$metadata#directoryObjects", exchange->base);
	writer_begin(writer, "value", '[');
	cJSON_ArrayForEach (id, ids) {
		if (cJSON_IsString(id))
			object_write(exchange, id->valuestring,
				     cJSON_GetObjectItemCaseSensitive(body,
								      "types"));
	}
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

static const Route routes[] = {
	{
		.method = "POST",
		.pattern = "v1.0/directoryObjects/getByIds",
		.handle = get_by_ids,
	},
	{
		.method = "POST",
		.pattern = "v1.0/directoryObjects/microsoft.graph.getByIds",
		.handle = get_by_ids,
	},
};

int graph_dispatch(Exchange *exchange)
{
	bool path_fits = false;
	const Route *route =
		route_find(exchange, routes, AKV_ARRAY_LEN(routes), &path_fits);
	int r = caller_check(exchange);

	if (r == 0 && !route)
		r = graph_error(exchange, 400, "BadRequest",
				"Resource not found for the segment.");
	if (r == 0)
		r = right_check(exchange);
	if (r == 0)
		r = route->handle(exchange);
	if (r < 0)
		return r;
	exchange_add_header(exchange, "Content-Type", "application/json");
	exchange_add_header(exchange, "Cache-Control", "no-cache");
	return 0;
}
