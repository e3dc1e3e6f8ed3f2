/* SPDX-License-Identifier: MIT */

/* Pure. Called by object-list.c for each page. */

#include "vault/link.h"

#include "base/buf.h"
#include "base/parse.h"

static int untrusted(const char **ret_why, const char *why)
{
	*ret_why = why;
	return LINK_E_UNTRUSTED;
}

/* RFC 3986 3.4: what may stand in a query. */
static bool query_is_valid(const char *query)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "-._~!$&'()*+,;=:@/?%";
	size_t n = strlen(query);

	return n > 0 && strspn(query, set) == n;
}

static bool is_clean(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p <= 0x20 || *p > 0x7e || *p == '\\')
			return false;
	return true;
}

static int target_make(char **ret, const char **ret_why, const Url *url,
		       const char *path, const char *previous)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	int r;

	if (!ascii_equal_fold(url->path, path)) /* names are the same */
		return untrusted(ret_why, "it leads to another path");
	if (!query_is_valid(url->query))
		return untrusted(ret_why, "its query is empty or malformed");
	r = buf_printf(&target, "%s?%s", path, url->query);
	if (r < 0)
		return r;
	if (previous && strcmp(previous, target.p) == 0)
		return untrusted(ret_why, "it leads to the same page again");
	return buf_take(&target, ret);
}

int link_target(char **ret, const char **ret_why, const char *link,
		const Origin *origin, const char *path, const char *previous)
{
	Url url = {0};
	int r;

	if (strlen(link) > LINK_LENGTH_MAX)
		return untrusted(ret_why, "it is too long");
	if (!is_clean(link))
		return untrusted(ret_why, "it has characters that no URL has");
	r = url_parse(&url, link, origin);
	if (r < 0)
		return r;
	if (r != 0)
		return untrusted(ret_why, "it is not a URL");
	if (!origin_equal(&url.origin, origin))
		r = untrusted(ret_why, "it leads to another host");
	else
		r = target_make(ret, ret_why, &url, path, previous);
	url_done(&url);
	return r;
}
