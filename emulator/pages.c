/* SPDX-License-Identifier: MIT */

/*
 * The inner marker is "2!LENGTH!BASE64" of "NNNNNN!noun/KEY!000028!DATE!",
 * where NNNNNN is the length of "noun/KEY" and the padding is '-'.
 */

#include "emulator/pages.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/parse.h"

#define MARKER_END "!000028!9999-12-31T23:59:59.9999999Z!"

static int marker_append(Buf *ret, const char *noun, const char *key)
{
	AKV_BUF Buf inner = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf encoded = BUF_INIT(BUF_MAX_LINE);
	int r;

	r = buf_printf(&inner, "%06zu!%s/%s" MARKER_END,
		       strlen(noun) + 1 + strlen(key), noun, key);
	if (r == 0)
		r = base64_encode(&encoded, BASE64_STANDARD, inner.p, inner.n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < encoded.n; i++) {
		if (encoded.p[i] == '=')
			encoded.p[i] = '-';
	}
	return buf_printf(ret, "2!%zu!%s", encoded.n, encoded.p);
}

int page_token_append(Buf *ret, const char *noun, const char *key, bool empty)
{
	AKV_BUF Buf marker = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf json = BUF_INIT(BUF_MAX_LINE);
	int r;

	r = marker_append(&marker, noun, key);
	if (r == 0)
		r = buf_printf(&json,
			       "{\"NextMarker\":\"%s\",\"TargetLocation\":%d}",
			       marker.p, empty ? 1 : 0);
	if (r == 0)
		r = base64_encode(ret, BASE64_URL, json.p, json.n);
	return r;
}

/* "2!LENGTH!BASE64" */
static int marker_parse(char ret_key[PAGE_KEY_SIZE], const char *noun,
			const char *marker)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf inner = BUF_INIT(BUF_MAX_LINE);
	size_t lead = strlen("000000!"), noun_size = strlen(noun);
	const char *key, *end;
	int r;

	if (strncmp(marker, "2!", 2) != 0)
		return PAGE_E_INVALID;
	marker = strchr(marker + 2, '!');
	if (!marker)
		return PAGE_E_INVALID;
	r = buf_append_string(&text, marker + 1);
	if (r < 0)
		return r == -EMSGSIZE ? PAGE_E_INVALID : r;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '-')
			text.p[i] = '=';
	}
	r = base64_decode(&inner, BASE64_STANDARD, text.p, text.n);
	if (r != 0)
		return r == -ENOMEM ? r : PAGE_E_INVALID;
	if (inner.n < lead + noun_size + 1 || strlen(inner.p) != inner.n ||
	    strncmp(inner.p + lead, noun, noun_size) != 0 ||
	    inner.p[lead + noun_size] != '/')
		return PAGE_E_INVALID;
	key = inner.p + lead + noun_size + 1;
	end = strchr(key, '!');
	if (!end || end - key >= PAGE_KEY_SIZE)
		return PAGE_E_INVALID;
	(void)snprintf(ret_key, PAGE_KEY_SIZE, "%.*s", (int)(end - key), key);
	return 0;
}

int page_token_parse(char ret_key[PAGE_KEY_SIZE], bool *ret_empty,
		     const char *noun, const char *token)
{
	AKV_BUF Buf json = BUF_INIT(BUF_MAX_LINE);
	AKV_JSON cJSON *object = NULL;
	const char *marker;
	int64_t location;
	int r;

	r = base64_decode(&json, BASE64_URL, token, strlen(token));
	if (r == 0)
		r = json_parse(&object, json.p, json.n, NULL);
	if (r == -ENOMEM)
		return r;
	if (r != 0 || json_get_string(&marker, object, "NextMarker") != 0 ||
	    json_get_int64(&location, object, "TargetLocation") != 0)
		return PAGE_E_INVALID;
	r = marker_parse(ret_key, noun, marker);
	if (r == 0)
		*ret_empty = location == 1;
	return r;
}

int page_parse(Page *ret, const Exchange *exchange, const char *noun)
{
	const char *max = exchange_parameter(exchange, "maxresults");
	const char *token = exchange_parameter(exchange, "$skiptoken");
	Page page = {.max = PAGE_MAX};
	uint64_t number;

	if (max) {
		if (parse_uint64(&number, max, PAGE_MAX) != 0 || number == 0)
			return PAGE_E_INVALID;
		page.max = (size_t)number;
		page.max_given = true;
	}
	if (!token)
		token = exchange_parameter(exchange, "skiptoken");
	if (token) {
		int r = page_token_parse(page.key, &page.empty, noun, token);

		if (r != 0)
			return r;
	}
	*ret = page;
	return 0;
}

void page_write_next(Exchange *exchange, const Page *page, const char *noun,
		     const char *next_key)
{
	AKV_BUF Buf link = BUF_INIT(BUF_MAX_URL);
	const char *version = exchange_parameter(exchange, "api-version");
	/* A full page is followed by an empty one, even at the end. */
	bool empty = exchange->vault->empty_pages && !page->empty;
	int r;

	if (!next_key && !empty) {
		writer_null(&exchange->writer, "nextLink");
		return;
	}
	r = buf_printf(&link,
		       "%s%s?api-version=%s&$skiptoken=", exchange->paged,
		       exchange->path, version);
	if (r == 0)
		r = page_token_append(&link, noun, next_key ? next_key : "~",
				      empty);
	if (r == 0 && page->max_given)
		r = buf_printf(&link, "&maxresults=%zu", page->max);
	if (r < 0)
		exchange->writer.fault = r;
	else
		writer_string(&exchange->writer, "nextLink", link.p);
}
