/* SPDX-License-Identifier: MIT */

/*
 * Checked anew for each request and on its final URL, as libcurl's own parser
 * takes it apart, whoever made it. No other function sets authorization.
 */

#include "auth/guard.h"

static const char scheme_words[] = "Bearer ";

static int url_is_of(bool *ret, const char *text, const Origin *origin)
{
	Url url = {0};
	int r = url_parse(&url, text, NULL);

	if (r < 0)
		return r;
	*ret = r == 0 && origin_equal(&url.origin, origin);
	url_done(&url);
	return 0;
}

int guard_authorize(HttpRequest *request, const Token *token,
		    const Origin *origin)
{
	size_t n = sizeof(scheme_words) - 1;
	Secret *header = NULL;
	bool same = false;
	char *to;
	int r;

	if (strcmp(origin->scheme, "https") != 0 || request->allow_clear)
		return GUARD_E_FOREIGN;
	r = url_is_of(&same, request->url, origin);
	if (r < 0)
		return r;
	if (!same)
		return GUARD_E_FOREIGN;
	r = secret_new_blank(&header, n + secret_size(token->bytes));
	if (r < 0)
		return r;
	to = secret_fill(header);
	memcpy(to, scheme_words, n);
	memcpy(to + n, secret_bytes(token->bytes), secret_size(token->bytes));
	request->authorization = header;
	return 0;
}
