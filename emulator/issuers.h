/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * issuers - who a vault can ask for certificates: /certificates/issuers
 *
 * Whatever the provider, it is the emulator's own authority that signs. The
 * password of an account is taken and not kept: nothing ever answers it.
 */

#include "base/std.h"
#include "emulator/exchange.h"

enum { ISSUERS_MAX = 1000 };

/* The issuer of that name, in any case, or NULL; borrowed. */
cJSON *issuer_find(const Vault *vault, const char *name);

/* Handlers; captures[0] is the name. */
int issuers_list(Exchange *exchange);
int issuer_get(Exchange *exchange);
int issuer_put(Exchange *exchange);
int issuer_patch(Exchange *exchange);
int issuer_delete(Exchange *exchange);
