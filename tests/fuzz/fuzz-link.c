/* SPDX-License-Identifier: MIT */

/* Whatever a nextLink says, a request goes to this list of this vault. */

#include "base/buf.h"
#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Origin vault = {"https", "demo.vault.azure.net", 443};
	AKV_BUF Buf whole = BUF_INIT(BUF_MAX_URL);
	AKV_CLEANUP(url_done) Url url = {0};
	char origin[ORIGIN_TEXT_SIZE];
	char *text = fuzz_string(data, size);
	const char *why = "";
	char *target = NULL;
	int r = link_target(&target, &why, text, &vault, "/secrets",
			    "/secrets?api-version=7.4");

	free(text);
	if (r != 0) {
		FUZZ_CHECK(r == LINK_E_UNTRUSTED && !target && why[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(strncmp(target, "/secrets?", 9) == 0);
	FUZZ_CHECK(strcmp(target, "/secrets?api-version=7.4") != 0);
	FUZZ_CHECK(ascii_is_printable(target) && !strchr(target, ' '));
	origin_format(origin, &vault);
	r = buf_printf(&whole, "%s%s", origin, target);
	FUZZ_CHECK(r == 0);
	free(target);
	FUZZ_CHECK(url_parse(&url, whole.p, NULL) == 0);
	FUZZ_CHECK(origin_equal(&url.origin, &vault));
	FUZZ_CHECK(strcmp(url.path, "/secrets") == 0);
	return 0;
}
