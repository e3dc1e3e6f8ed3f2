/* SPDX-License-Identifier: MIT */

/* A text that is read as a key is one of bounded size, and is written alike. */

#include "base/parse.h"
#include "fs/jwk.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AKV_CLEANUP(evp_pkey_freep) EVP_PKEY *key = NULL;
	AKV_CLEANUP(evp_pkey_freep) EVP_PKEY *again = NULL;
	AKV_JSON cJSON *json = NULL;
	AKV_JSON cJSON *written = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	char why[128] = "";
	const Why where = {why, sizeof(why)};
	int r;

	if (json_parse(&json, (const char *)data, size, NULL) != 0)
		return 0;
	r = jwk_read(&key, json, &where);
	if (r != 0) {
		FUZZ_CHECK(r == JWK_E_SYMMETRIC || r == JWK_E_UNTRUSTED);
		FUZZ_CHECK(!key && ascii_is_printable(why));
		return 0;
	}
	FUZZ_CHECK(EVP_PKEY_get_bits(key) <= JWK_RSA_BITS_MAX);
	FUZZ_CHECK(jwk_append(&text, key, "https://v/keys/a/1") == 0);
	FUZZ_CHECK(json_parse(&written, text.p, text.n, NULL) == 0);
	/* RFC 8812 calls the curve as only we do. */
	if (strstr(text.p, "secp256k1"))
		return 0;
	FUZZ_CHECK(jwk_read(&again, written, &where) == 0);
	FUZZ_CHECK(EVP_PKEY_eq(key, again) == 1);
	return 0;
}
