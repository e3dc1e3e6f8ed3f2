/* SPDX-License-Identifier: MIT */

/* There is one text for each run of bytes, and no other decodes to it. */

#include "base/base64.h"
#include "tests/fuzz/fuzz.h"

static void variant_try(enum base64_variant variant, const char *data,
			size_t size)
{
	AKV_BUF Buf bytes = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf text = BUF_INIT((size_t)2 * BUF_MAX_FILE);

	if (base64_decode(&bytes, variant, data, size) == 0) {
		FUZZ_CHECK(base64_encode(&text, variant, bytes.p, bytes.n) ==
			   0);
		FUZZ_CHECK(text.n == size);
		FUZZ_CHECK(size == 0 || memcmp(text.p, data, size) == 0);
	}
	buf_reset(&bytes);
	buf_reset(&text);
	FUZZ_CHECK(base64_encode(&text, variant, data, size) == 0);
	FUZZ_CHECK(base64_decode(&bytes, variant, text.p, text.n) == 0);
	FUZZ_CHECK(bytes.n == size);
	FUZZ_CHECK(size == 0 || memcmp(bytes.p, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	variant_try(BASE64_STANDARD, (const char *)data, size);
	variant_try(BASE64_URL, (const char *)data, size);
	return 0;
}
