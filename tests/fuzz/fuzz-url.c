/* SPDX-License-Identifier: MIT */

/* A URL that is taken can be put together again from its parts. */

#include "base/buf.h"
#include "base/url.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Origin base = {"https", "v.vault.azure.net", 443};
	AKV_BUF Buf whole = BUF_INIT((size_t)2 * URL_LENGTH_MAX);
	AKV_CLEANUP(url_done) Url url = {0};
	AKV_CLEANUP(url_done) Url again = {0};
	char origin[ORIGIN_TEXT_SIZE];
	char *text = fuzz_string(data, size);
	int r = url_parse(&url, text, size % 2 ? &base : NULL);

	free(text);
	if (r != 0)
		return 0;
	FUZZ_CHECK(url.path[0] == '/' && url.origin.port > 0);
	FUZZ_CHECK(url.origin.host[strcspn(url.origin.host, "/@?#%")] == '\0');
	origin_format(origin, &url.origin);
	r = buf_printf(&whole, "%s%s?%s", origin, url.path, url.query);
	FUZZ_CHECK(r == 0);
	if (whole.n > URL_LENGTH_MAX)
		return 0;
	FUZZ_CHECK(url_parse(&again, whole.p, NULL) == 0);
	FUZZ_CHECK(origin_equal(&url.origin, &again.origin));
	FUZZ_CHECK(strcmp(url.path, again.path) == 0);
	FUZZ_CHECK(strcmp(url.query, again.query) == 0);
	return 0;
}
