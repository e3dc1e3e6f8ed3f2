/* SPDX-License-Identifier: MIT */

/* Takes requests apart and keeps the reply until it is sent. */

#include "emulator/exchange.h"

#include <strings.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int percent_decode(char *text, bool plus)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		int high, low;

		if (*at == '+' && plus) {
			*to++ = ' ';
			continue;
		}
		if (*at != '%') {
			*to++ = *at;
			continue;
		}
		high = hex_digit(at[1]);
		low = high < 0 ? -1 : hex_digit(at[2]);
		if (low < 0 || (high == 0 && low == 0))
			return EXCHANGE_E_INVALID;
		*to++ = (char)(high << 4 | low);
		at += 2;
	}
	*to = '\0';
	return 0;
}

/* "/a/b//c/" is a, b, "", c: one slash at the end means nothing. */
static int path_split(Exchange *exchange)
{
	char *at = exchange->path_text;

	if (*at == '/')
		at++;
	while (*at) {
		char *segment = at;

		if (exchange->n_segments == EXCHANGE_SEGMENTS_MAX)
			return EXCHANGE_E_INVALID;
		at = strchrnul(at, '/');
		if (*at)
			*at++ = '\0';
		if (percent_decode(segment, false) != 0)
			return EXCHANGE_E_INVALID;
		exchange->segments[exchange->n_segments++] = segment;
	}
	return 0;
}

static int query_split(Exchange *exchange)
{
	char *rest = exchange->query_text;

	while (rest && *rest) {
		char *pair = strsep(&rest, "&");
		char *value = strchr(pair, '=');
		Parameter *parameter;

		if (*pair == '\0')
			continue;
		if (exchange->n_parameters == EXCHANGE_PARAMETERS_MAX)
			return EXCHANGE_E_INVALID;
		if (value)
			*value++ = '\0';
		if (percent_decode(pair, true) != 0 ||
		    (value && percent_decode(value, true) != 0))
			return EXCHANGE_E_INVALID;
		parameter = &exchange->parameters[exchange->n_parameters++];
		parameter->name = pair;
		parameter->value = value ? value : "";
	}
	return 0;
}

int exchange_init(Exchange *ret, const char *uri)
{
	const char *mark = strchrnul(uri, '?');
	int r;

	*ret = (Exchange){
		.body = BUF_INIT(EXCHANGE_BODY_MAX),
		.reply = BUF_INIT(BUF_MAX_REPLY),
	};
	ret->path = strndup(uri, (size_t)(mark - uri));
	ret->query = strdup(*mark ? mark + 1 : "");
	if (!ret->path || !ret->query)
		return -ENOMEM;
	ret->path_text = strdup(ret->path);
	ret->query_text = strdup(ret->query);
	if (!ret->path_text || !ret->query_text)
		return -ENOMEM;
	r = path_split(ret);
	if (r == 0)
		r = query_split(ret);
	return r;
}

static void headers_discard(Exchange *exchange)
{
	for (size_t i = 0; i < exchange->n_headers; i++) {
		free(exchange->headers[i].name);
		free(exchange->headers[i].value);
	}
	exchange->n_headers = 0;
}

void exchange_done(Exchange *exchange)
{
	headers_discard(exchange);
	buf_done(&exchange->body);
	buf_done(&exchange->reply);
	free(exchange->path);
	free(exchange->query);
	free(exchange->path_text);
	free(exchange->query_text);
}

void exchange_set_host(Exchange *exchange, const char *host)
{
	const char *bracket = strchr(host, ']');
	const char *colon = strchr(bracket ? bracket : host, ':');
	size_t n = colon ? (size_t)(colon - host) : strlen(host);

	if (n >= sizeof(exchange->host) || strlen(host) > HOST_SIZE)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		char c = host[i];

		exchange->host[i] =
			c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	exchange->host[n] = '\0';
	if (!colon || n == 0 || strcmp(colon, ":443") == 0)
		colon = "";
	(void)snprintf(exchange->base, sizeof(exchange->base), "https://%s%.6s",
		       exchange->host, colon);
	(void)snprintf(exchange->paged, sizeof(exchange->paged),
		       "https://%s%.6s", exchange->host,
		       *colon ? colon : ":443");
	host_match(&exchange->where, exchange->host);
}

const char *exchange_header(const Exchange *exchange, const char *name)
{
	const char *value = NULL;

	if (exchange->header)
		value = exchange->header(exchange->connection, name);
	return value ? value : "";
}

const char *exchange_parameter(const Exchange *exchange, const char *name)
{
	for (size_t i = 0; i < exchange->n_parameters; i++) {
		if (strcasecmp(exchange->parameters[i].name, name) == 0)
			return exchange->parameters[i].value;
	}
	return NULL;
}

void exchange_reply(Exchange *exchange, unsigned status)
{
	headers_discard(exchange);
	buf_reset(&exchange->reply);
	exchange->writer = WRITER_INIT(&exchange->reply);
	exchange->status = status;
}

void exchange_add_header(Exchange *exchange, const char *name,
			 const char *value)
{
	ReplyHeader *header = &exchange->headers[exchange->n_headers];

	if (exchange->n_headers == EXCHANGE_HEADERS_MAX) {
		exchange->writer.fault = -ENOSPC;
		return;
	}
	header->name = strdup(name);
	header->value = strdup(value);
	if (!header->name || !header->value) {
		free(header->name);
		free(header->value);
		exchange->writer.fault = -ENOMEM;
		return;
	}
	exchange->n_headers++;
}

bool exchange_reply_has(const Exchange *exchange, const char *name)
{
	for (size_t i = 0; i < exchange->n_headers; i++) {
		if (strcasecmp(exchange->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

void exchange_set_header(Exchange *exchange, const char *name,
			 const char *value)
{
	size_t kept = 0;

	for (size_t i = 0; i < exchange->n_headers; i++) {
		ReplyHeader header = exchange->headers[i];

		if (strcasecmp(header.name, name) == 0) {
			free(header.name);
			free(header.value);
			continue;
		}
		exchange->headers[kept++] = header;
	}
	exchange->n_headers = kept;
	if (value)
		exchange_add_header(exchange, name, value);
}
