/* SPDX-License-Identifier: MIT */

/*
 * The service's copy of the resources lags behind; this one does not. Runs with
 * the emulator's lock held, inside a handler.
 */

#include "emulator/resource-graph.h"

#include <inttypes.h>
#include <strings.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/parse.h"
#include "emulator/arm-vaults.h"
#include "emulator/arm.h"
#include "emulator/errors.h"
#include "emulator/kusto.h"

enum { ROWS_MAX = 1000, TOKEN_SIZE = 64 };

typedef struct Options {
	size_t top, skip;
	bool table; /* resultFormat */
} Options;

static void row_write(Writer *writer, const Exchange *exchange,
		      const Vault *vault)
{
	char subscription[GUID_SIZE];

	subscription_of_vault(subscription, vault);
	writer_begin(writer, NULL, '{');
	arm_vault_write(writer, exchange, vault);
	writer_string(writer, "tenantId", vault->tenant);
	writer_string(writer, "kind", "");
	writer_string(writer, "resourceGroup", vault->facts.group);
	writer_string(writer, "subscriptionId", subscription);
	writer_string(writer, "managedBy", "");
	writer_null(writer, "sku");
	writer_null(writer, "plan");
	writer_null(writer, "identity");
	writer_null(writer, "zones");
	writer_null(writer, "extendedLocation");
	writer_end(writer, '}');
}

/* Does the list, if there is one, hold that subscription? */
static bool is_asked(const cJSON *subscriptions, const char *id)
{
	const cJSON *item;

	if (!subscriptions || !subscriptions->child)
		return true;
	cJSON_ArrayForEach (item, subscriptions) {
		if (cJSON_IsString(item) &&
		    strcasecmp(item->valuestring, id) == 0)
			return true;
	}
	return false;
}

static int rows_make(cJSON **ret, const Exchange *exchange,
		     const cJSON *subscriptions)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_REPLY);
	Writer writer = WRITER_INIT(&text);
	const Vault *vault = NULL;
	cJSON *rows;
	const cJSON *row;
	char id[GUID_SIZE];

	writer_begin(&writer, NULL, '[');
	while ((vault = arm_vaults_next(exchange, NULL, NULL,
					vault ? vault->name : NULL))) {
		subscription_of_vault(id, vault);
		if (is_asked(subscriptions, id))
			row_write(&writer, exchange, vault);
	}
	writer_end(&writer, ']');
	if (writer.fault < 0)
		return writer.fault;
	rows = cJSON_Parse(text.p);
	if (!rows)
		return -ENOMEM;
	/* Types are written small there. */
	cJSON_ArrayForEach (row, rows) {
		const cJSON *type =
			cJSON_GetObjectItemCaseSensitive(row, "type");

		ascii_lower(type->valuestring);
	}
	*ret = rows;
	return 0;
}

static bool number_read(size_t *ret, const cJSON *options, const char *name)
{
	int64_t number;
	int r = json_get_int64(&number, options, name);

	if (r == JSON_E_ABSENT)
		return true;
	if (r != 0 || number < 0 || number > ROWS_MAX)
		return false;
	*ret = (size_t)number;
	return true;
}

static bool token_read(size_t *ret, const cJSON *options)
{
	AKV_BUF Buf text = BUF_INIT(TOKEN_SIZE);
	const char *token;
	uint64_t skip;
	int r = json_get_string(&token, options, "$skipToken");

	if (r == JSON_E_ABSENT)
		return true;
	if (r != 0 ||
	    base64_decode(&text, BASE64_URL, token, strlen(token)) != 0 ||
	    parse_uint64(&skip, text.p, INT32_MAX) != 0)
		return false;
	*ret = (size_t)skip;
	return true;
}

static bool options_read(Options *ret, const cJSON *body)
{
	const cJSON *options = NULL;
	const char *format = "objectArray";
	int r = json_get_object(&options, body, "options");

	*ret = (Options){.top = ROWS_MAX};
	if (r == JSON_E_ABSENT)
		return true;
	if (r != 0 || !number_read(&ret->top, options, "$top") ||
	    !number_read(&ret->skip, options, "$skip") ||
	    !token_read(&ret->skip, options) || ret->top == 0)
		return false;
	r = json_get_string(&format, options, "resultFormat");
	ret->table = r == 0 && strcasecmp(format, "table") == 0;
	return r == 0 || r == JSON_E_ABSENT;
}

static void objects_write(Writer *writer, const cJSON *rows, size_t from,
			  size_t to)
{
	writer_begin(writer, "data", '[');
	for (size_t i = from; i < to; i++)
		writer_json(writer, NULL, cJSON_GetArrayItem(rows, (int)i));
	writer_end(writer, ']');
}

static const char *column_type(const cJSON *value)
{
	if (cJSON_IsNumber(value))
		return "integer";
	if (cJSON_IsBool(value))
		return "boolean";
	return cJSON_IsString(value) ? "string" : "object";
}

static void table_write(Writer *writer, const cJSON *rows, size_t from,
			size_t to)
{
	const cJSON *first = rows->child, *column;

	writer_begin(writer, "data", '{');
	writer_begin(writer, "columns", '[');
	cJSON_ArrayForEach (column, first) {
		writer_begin(writer, NULL, '{');
		writer_string(writer, "name", column->string);
		writer_string(writer, "type", column_type(column));
		writer_end(writer, '}');
	}
	writer_end(writer, ']');
	writer_begin(writer, "rows", '[');
	for (size_t i = from; i < to; i++) {
		writer_begin(writer, NULL, '[');
		cJSON_ArrayForEach (column, cJSON_GetArrayItem(rows, (int)i))
			writer_json(writer, NULL, column);
		writer_end(writer, ']');
	}
	writer_end(writer, ']');
	writer_end(writer, '}');
}

static void token_write(Exchange *exchange, size_t skip)
{
	AKV_BUF Buf token = BUF_INIT(TOKEN_SIZE);
	char text[TOKEN_SIZE / 2];
	int r;

	(void)snprintf(text, sizeof(text), "%zu", skip);
	r = base64_encode(&token, BASE64_URL, text, strlen(text));
	if (r < 0)
		exchange->writer.fault = r;
	else
		writer_string(&exchange->writer, "$skipToken", token.p);
}

static int rows_reply(Exchange *exchange, const Options *options,
		      const cJSON *rows)
{
	Writer *writer = &exchange->writer;
	size_t n = (size_t)cJSON_GetArraySize(rows);
	size_t from = AKV_MIN(options->skip, n);
	size_t to = AKV_MIN(from + options->top, n);

	exchange_reply(exchange, 200);
	exchange_add_header(exchange, "x-ms-user-quota-remaining", "14");
	exchange_add_header(exchange, "x-ms-user-quota-resets-after",
			    "00:00:05");
	writer_begin(writer, NULL, '{');
	writer_int(writer, "totalRecords", (int64_t)n);
	writer_int(writer, "count", (int64_t)(to - from));
	if (options->table)
		table_write(writer, rows, from, to);
	else
		objects_write(writer, rows, from, to);
	writer_begin(writer, "facets", '[');
	writer_end(writer, ']');
	writer_string(writer, "resultTruncated", "false");
	if (to < n)
		token_write(exchange, to);
	writer_end(writer, '}');
	return 0;
}

static int query_refuse(Exchange *exchange, const char *why)
{
	return error_reply(exchange, 400, "BadRequest", NULL,
			   "Please provide below info when asking for support: "
			   "Query is invalid. Please refer to the "
			   "documentation for the Azure Resource Graph service "
			   "and fix the error before retrying: %s",
			   why);
}

int resource_graph_query(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	AKV_JSON cJSON *rows = NULL;
	AKV_JSON cJSON *found = NULL;
	char why[KUSTO_WHY_SIZE] = "";
	const char *query;
	Options options;
	int r;

	if (!arm_body(exchange, &body))
		return 0;
	if (json_get_string(&query, body, "query") != 0 ||
	    !options_read(&options, body))
		return query_refuse(exchange, "query or options are wrong");
	r = rows_make(&rows, exchange,
		      cJSON_GetObjectItemCaseSensitive(body, "subscriptions"));
	if (r == 0)
		r = kusto_run(&found, why, query, rows);
	if (r > 0)
		return query_refuse(exchange, why);
	return r < 0 ? r : rows_reply(exchange, &options, found);
}
