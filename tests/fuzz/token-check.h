/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token-check - what holds for every token, whoever said it
 *
 * A token has bytes that fit a header, and a life that begins now. One that
 * could not be read has left nothing behind.
 */

#include "auth/token.h"
#include "base/parse.h"
#include "tests/fuzz/fuzz.h"

/* Checks and lets go of @token, which was read at @now_us. */
AKV_UNUSED static void fuzz_token_check(Token *token, uint64_t now_us)
{
	const char *bytes = secret_bytes(token->bytes);

	FUZZ_CHECK(secret_size(token->bytes) > 0);
	FUZZ_CHECK(strlen(bytes) == secret_size(token->bytes));
	FUZZ_CHECK(ascii_is_printable(bytes) && !strchr(bytes, ' '));
	FUZZ_CHECK(token->issued_us == now_us);
	FUZZ_CHECK(token->refresh_us >= now_us);
	FUZZ_CHECK(token->refresh_us <= token->expires_us);
	FUZZ_CHECK(token->expires_us > now_us);
	token_done(token);
}

AKV_UNUSED static void fuzz_token_check_none(const Token *token)
{
	const Token none = {0};

	FUZZ_CHECK(memcmp(token, &none, sizeof(none)) == 0);
}
