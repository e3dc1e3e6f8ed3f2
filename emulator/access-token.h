/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * access-token - the tokens that Entra and the metadata endpoints give
 *
 * Tokens for a resource that is named by its URI have the v1 format, as those
 * for Key Vault do. Asked for by application id on the v2 endpoint, and for
 * the exchange of tokens, they have the v2 format.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/directory.h"
#include "emulator/exchange.h"

/* How the application showed who it is: the claim appidacr. */
enum proof { PROOF_NONE, PROOF_SECRET, PROOF_ASSERTION };

typedef struct AccessTokenRequest {
	const Principal *principal; /* whose rights it carries */
	const char *client_id;      /* the application that a user is at */
	const char *audience;
	enum proof proof;
	bool v2_endpoint;
	int64_t life_s;
} AccessTokenRequest;

/*
 * Append the token, and tell the request log whose it is. Returns 0 or a
 * negative errno.
 */
AKV_MUST_CHECK int access_token_append(Buf *ret, Exchange *exchange,
				       const AccessTokenRequest *request);
