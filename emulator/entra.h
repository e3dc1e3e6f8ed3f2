/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * entra - the token endpoints, v1 and v2: client credentials and device code
 *
 * Handlers for routes; captures[0] is the tenant.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/form.h"

int entra_token_v1(Exchange *exchange);
int entra_token_v2(Exchange *exchange);

/* What a token is to be for, by form field scope (v2) or resource (v1). */
AKV_MUST_CHECK int entra_audience(char ret[AUDIENCE_SIZE], Exchange *exchange,
				  const Form *form, bool v2);

/*
 * The body as a form, from a known tenant. Both return 0, a negative errno, or
 * ENTRA_E_REFUSED with the reply made.
 */
AKV_MUST_CHECK int entra_form(Form *ret, Exchange *exchange);
AKV_MUST_CHECK int entra_tenant_check(Exchange *exchange);
