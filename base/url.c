/* SPDX-License-Identifier: MIT */

/*
 * libcurl takes a URL apart, so that what is checked is what would be
 * connected to; what it would forgive is refused before.
 */

#include "base/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include "base/buf.h"
#include "base/parse.h"

static void url_cleanupp(CURLU **handle)
{
	curl_url_cleanup(*handle);
}

static void curl_freep(char **text)
{
	curl_free(*text);
}

/* Visible ASCII only: no blank, no control byte, nothing above 0x7e. */
static bool text_is_visible(const char *text)
{
	return ascii_is_printable(text) && !strchr(text, ' ');
}

static bool url_has(CURLU *handle, CURLUPart part)
{
	AKV_CLEANUP(curl_freep) char *text = NULL;

	return curl_url_get(handle, part, &text, 0) == CURLUE_OK;
}

static int part_take(CURLU *handle, CURLUPart part, unsigned flags, char *ret,
		     size_t size)
{
	AKV_CLEANUP(curl_freep) char *text = NULL;

	if (curl_url_get(handle, part, &text, flags) != CURLUE_OK ||
	    text[0] == '\0' || strlen(text) >= size)
		return URL_E_INVALID;
	(void)snprintf(ret, size, "%s", text);
	return 0;
}

/*
 * No label may be empty, and what ends in a number has to be an address as it
 * is usually written: libcurl reads "0177" as 0.0.0.127, but "0177." as a name.
 */
static bool host_is_plain(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot ? dot + 1 : host;
	struct in_addr address;

	if (host[0] == '.' || *last == '\0' || strstr(host, ".."))
		return false;
	if (last[strspn(last, "0123456789")] != '\0' &&
	    strncmp(last, "0x", 2) != 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1;
}

static int origin_take(CURLU *handle, Origin *ret)
{
	char port[8];
	uint64_t number;
	size_t n;
	int r;

	r = part_take(handle, CURLUPART_SCHEME, 0, ret->scheme,
		      sizeof(ret->scheme));
	if (r == 0)
		r = part_take(handle, CURLUPART_HOST, 0, ret->host,
			      sizeof(ret->host));
	if (r == 0)
		r = part_take(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, port,
			      sizeof(port));
	if (r != 0)
		return r;
	if (parse_uint64(&number, port, 65535) != 0 || number == 0)
		return URL_E_INVALID;
	ret->port = (unsigned)number;
	ascii_lower(ret->scheme);
	ascii_lower(ret->host);
	n = strlen(ret->host);
	if (ret->host[n - 1] == '.')
		ret->host[n - 1] = '\0';
	return host_is_plain(ret->host) ? 0 : URL_E_INVALID;
}

/* What stands behind "scheme://", or NULL if @text does not begin so. */
static const char *authority_find(const char *text)
{
	const char *colon = text + strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						"abcdefghijklmnopqrstuvwxyz");

	if (colon == text || strncmp(colon, "://", 3) != 0)
		return NULL;
	return colon + 3;
}

/*
 * libcurl takes "https:/host" and "https:///host" as well, and decodes percent
 * signs in a host: what is checked here would be elsewhere than what it sees.
 */
static bool authority_is_plain(const char *text)
{
	const char *authority = authority_find(text);
	size_t n = authority ? strcspn(authority, "/?") : 0;

	return n > 0 && !memchr(authority, '%', n) &&
	       !memchr(authority, '@', n);
}

/* The path and the query as they stand in @text, which is plain. */
static int tail_take(const char *text, Url *ret)
{
	const char *authority = authority_find(text);
	const char *path = authority + strcspn(authority, "/?");
	const char *query = strchr(path, '?');

	ret->query = strdup(query ? query + 1 : "");
	ret->path = *path == '/' ? strndup(path, query ? (size_t)(query - path)
						       : strlen(path))
				 : strdup("/");
	return ret->path && ret->query ? 0 : -ENOMEM;
}

static int url_take(Url *ret, const char *text)
{
	AKV_CLEANUP(url_cleanupp) CURLU *handle = curl_url();
	int r;

	if (!handle)
		return -ENOMEM;
	if (curl_url_set(handle, CURLUPART_URL, text,
			 CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) != CURLUE_OK)
		return URL_E_INVALID;
	if (url_has(handle, CURLUPART_USER) ||
	    url_has(handle, CURLUPART_PASSWORD) ||
	    url_has(handle, CURLUPART_FRAGMENT) ||
	    url_has(handle, CURLUPART_ZONEID))
		return URL_E_INVALID;
	r = origin_take(handle, &ret->origin);
	return r == 0 ? tail_take(text, ret) : r;
}

/* "/path?query", but not "//host/path". */
static bool text_is_relative(const char *text)
{
	return text[0] == '/' && text[1] != '/';
}

int url_parse(Url *ret, const char *text, const Origin *base)
{
	AKV_BUF Buf whole = BUF_INIT(URL_LENGTH_MAX + ORIGIN_TEXT_SIZE);
	char origin[ORIGIN_TEXT_SIZE] = "";
	Url url = {0};
	int r;

	if (strlen(text) > URL_LENGTH_MAX || !text_is_visible(text) ||
	    strpbrk(text, "#\\"))
		return URL_E_INVALID;
	if (base && text_is_relative(text))
		origin_format(origin, base);
	else if (!authority_is_plain(text))
		return URL_E_INVALID;
	r = buf_printf(&whole, "%s%s", origin, text);
	if (r == 0)
		r = url_take(&url, whole.p);
	if (r != 0) {
		url_done(&url);
		return r;
	}
	*ret = url;
	return 0;
}

void url_done(Url *url)
{
	free(url->path);
	free(url->query);
	*url = (Url){0};
}

bool origin_equal(const Origin *a, const Origin *b)
{
	return ascii_equal_fold(a->scheme, b->scheme) &&
	       ascii_equal_fold(a->host, b->host) && a->port == b->port;
}

void origin_format(char ret[ORIGIN_TEXT_SIZE], const Origin *origin)
{
	unsigned usual = 0;

	if (strcmp(origin->scheme, "https") == 0)
		usual = 443;
	else if (strcmp(origin->scheme, "http") == 0)
		usual = 80;
	if (origin->port == usual)
		(void)snprintf(ret, ORIGIN_TEXT_SIZE, "%s://%s", origin->scheme,
			       origin->host);
	else
		(void)snprintf(ret, ORIGIN_TEXT_SIZE, "%s://%s:%u",
			       origin->scheme, origin->host, origin->port);
}

bool host_is_below(const char *host, const char *suffix)
{
	size_t n = strlen(host), suffix_n = strlen(suffix);

	return n > suffix_n + 1 && host[n - suffix_n - 1] == '.' &&
	       ascii_equal_fold(host + n - suffix_n, suffix);
}
