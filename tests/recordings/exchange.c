/* SPDX-License-Identifier: MIT */

/* Whatever a recorder wrote is taken as it is; judging it is for others. */

#include "tests/recordings/exchange.h"

#include <stdarg.h>

#include "base/parse.h"

unsigned counts[KINDS];
unsigned recorders;
unsigned failures;

void AKV_PRINTF(2, 3) wrong(const Exchange *exchange, const char *format, ...)
{
	va_list arguments;

	failures++;
	(void)fprintf(stderr, "%s:%u: %s %s -> %d: ", exchange->file,
		      exchange->line, exchange->method, exchange->uri,
		      exchange->response.status);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? member->valuestring : "";
}

/* A header in any case of letters; "" if absent. */
static const char *header_of(const Exchange *exchange, const char *name)
{
	const cJSON *header;

	cJSON_ArrayForEach (header, exchange->headers)
		if (ascii_equal_fold(header->string, name) &&
		    cJSON_IsString(header))
			return header->valuestring;
	return "";
}

/* --- an exchange, taken apart ------------------------------------------- */

static void take_segments(Exchange *exchange)
{
	/* The Node client wrote two slashes at times. */
	const char *begin =
		exchange->url.path + strspn(exchange->url.path, "/");
	const char *p = strchr(begin, '/');
	size_t n;

	if (!p)
		return;
	n = strcspn(++p, "/");
	if (n < sizeof(exchange->name))
		memcpy(exchange->name, p, n);
	p += n;
	if (*p == '/' && version_is_valid(p + 1, strlen(p + 1)))
		memcpy(exchange->version, p + 1, VERSION_LENGTH);
}

static int take_body(Exchange *exchange, const cJSON *body)
{
	char *printed;
	int r;

	if (cJSON_IsString(body))
		return buf_append_string(&exchange->body, body->valuestring);
	if (!body || cJSON_IsNull(body))
		return 0;
	exchange->document = body;
	printed = cJSON_PrintUnformatted(body);
	if (!printed)
		return -ENOMEM;
	r = buf_append_string(&exchange->body, printed);
	cJSON_free(printed);
	return r;
}

int exchange_read(Exchange *exchange, const cJSON *line)
{
	const cJSON *request =
		cJSON_GetObjectItemCaseSensitive(line, "request");
	const cJSON *response =
		cJSON_GetObjectItemCaseSensitive(line, "response");
	HttpResponse *r = &exchange->response;

	exchange->operation = text_of(line, "op");
	exchange->method = text_of(request, "method");
	exchange->uri = text_of(request, "uri");
	exchange->headers =
		cJSON_GetObjectItemCaseSensitive(response, "headers");
	if (url_parse(&exchange->url, exchange->uri, NULL) != 0)
		return -EINVAL;
	exchange->origin = exchange->url.origin;
	(void)snprintf(exchange->origin.scheme, sizeof(exchange->origin.scheme),
		       "https");
	exchange->origin.port = 443;
	take_segments(exchange);
	if (take_body(exchange,
		      cJSON_GetObjectItemCaseSensitive(response, "body")) != 0)
		return -ENOMEM;
	r->status =
		cJSON_GetObjectItemCaseSensitive(response, "status")->valueint;
	r->body = exchange->body.p;
	r->body_size = exchange->body.n;
	r->challenges[0] = header_of(exchange, "WWW-Authenticate");
	r->n_challenges = r->challenges[0][0] != '\0';
	r->request_id = header_of(exchange, "x-ms-request-id");
	r->network_info = header_of(exchange, "x-ms-keyvault-network-info");
	r->date = header_of(exchange, "Date");
	r->retry_after = header_of(exchange, "Retry-After");
	r->retry_after_ms = "";
	return 0;
}

/* --- what was asked ----------------------------------------------------- */

/* What the operation's label stands for; false if it is no GET of ours. */
bool exchange_take_ask(Exchange *exchange)
{
	static const struct {
		const char *noun, *deleted;
	} nouns[COLLECTIONS] = {
		[COLLECTION_SECRETS] = {"secret", "deletedsecret"},
		[COLLECTION_KEYS] = {"key", "deletedkey"},
		[COLLECTION_CERTIFICATES] = {"cert", "deletedcert"},
		[COLLECTION_STORAGE] = {"storage", "deletedstorage"},
	};
	const char *dot = strchr(exchange->operation, '.');
	size_t n = dot ? (size_t)(dot - exchange->operation) : 0;

	for (int i = 0; i < COLLECTIONS; i++) {
		exchange->collection = (enum collection)i;
		exchange->verb = dot ? dot + 1 : "";
		exchange->deleted = false;
		if (strlen(nouns[i].noun) == n &&
		    strncmp(exchange->operation, nouns[i].noun, n) == 0)
			return true;
		exchange->deleted = true;
		if (strlen(nouns[i].deleted) == n &&
		    strncmp(exchange->operation, nouns[i].deleted, n) == 0)
			return true;
	}
	return false;
}

bool verb_is(const Exchange *exchange, const char *verb)
{
	return strcmp(exchange->verb, verb) == 0;
}

void exchange_done(Exchange *exchange)
{
	url_done(&exchange->url);
	buf_done(&exchange->body);
}
