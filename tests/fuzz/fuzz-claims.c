/* SPDX-License-Identifier: MIT */

/*
 * The first byte says whether the rest is a token or the JSON within one. What
 * is read can be shown on a terminal.
 */

#include "auth/claims.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/parse.h"
#include "tests/fuzz/fuzz.h"

enum { UNTOUCHED = 0x5a };

static void check_text(const char *text, size_t size)
{
	FUZZ_CHECK(strnlen(text, size) < size);
	FUZZ_CHECK(ascii_is_printable(text));
}

#define CHECK_TEXT(member) check_text(member, sizeof(member))

static void check_claims(const Claims *claims)
{
	CHECK_TEXT(claims->audience);
	CHECK_TEXT(claims->issuer);
	CHECK_TEXT(claims->tenant);
	CHECK_TEXT(claims->app_id);
	CHECK_TEXT(claims->object_id);
	CHECK_TEXT(claims->kind);
	CHECK_TEXT(claims->proof);
	CHECK_TEXT(claims->version);
	CHECK_TEXT(claims->managed_id);
	CHECK_TEXT(claims->scopes);
	CHECK_TEXT(claims->unique_id);
	CHECK_TEXT(claims->capabilities);
	CHECK_TEXT(claims->user);
	FUZZ_CHECK(claims->issued_s >= -1 && claims->not_before_s >= -1);
	FUZZ_CHECK(claims->expires_s >= -1);
	FUZZ_CHECK(claims->roles <= CLAIMS_TOKEN_MAX);
	FUZZ_CHECK(claims->directory_roles <= CLAIMS_TOKEN_MAX);
}

static void give(const char *token, size_t n)
{
	Claims claims, untouched;
	int r;

	memset(&claims, UNTOUCHED, sizeof(claims));
	memset(&untouched, UNTOUCHED, sizeof(untouched));
	r = claims_read(&claims, token, n);
	FUZZ_CHECK(r >= 0);
	if (r == 0)
		check_claims(&claims);
	else
		FUZZ_CHECK(memcmp(&claims, &untouched, sizeof(claims)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AKV_BUF Buf token = BUF_INIT((size_t)2 * CLAIMS_TOKEN_MAX);

	if (size == 0)
		return 0;
	if (data[0] % 2) {
		give((const char *)data + 1, size - 1);
		return 0;
	}
	if (buf_append_string(&token, "eyJhbGciOiJSUzI1NiJ9.") != 0 ||
	    base64_encode(&token, BASE64_URL, data + 1, size - 1) != 0 ||
	    buf_append_string(&token, ".c2ln") != 0)
		return 0;
	give(token.p, token.n);
	return 0;
}
