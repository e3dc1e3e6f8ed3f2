/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * entra - the token endpoints, v1 and v2: client credentials
 *
 * Handlers for routes; captures[0] is the tenant. Tokens have the v1 format on
 * both endpoints, as those for Key Vault do.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int entra_token_v1(Exchange *exchange);
int entra_token_v2(Exchange *exchange);

/* Headers that every reply of Entra has. */
void entra_finish(Exchange *exchange);

/*
 * An error as Entra words it: @number is the AADSTS number, and the text is
 * followed by the ids and the time. Makes the reply and returns
 * ENTRA_E_REFUSED.
 */
enum { ENTRA_E_REFUSED = 1 };
int entra_error(Exchange *exchange, unsigned status, const char *error,
		int number, const char *format, ...) AKV_PRINTF(5, 6);
