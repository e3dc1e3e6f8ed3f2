/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-private - private endpoint connections and link resources of a vault
 *
 * Handlers for routes: captures are subscription, resource group, vault, and
 * the connection. A connection is only a record here: it opens and closes
 * nothing.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_private_links(Exchange *exchange);
int arm_private_list(Exchange *exchange);
int arm_private_get(Exchange *exchange);
int arm_private_put(Exchange *exchange);
int arm_private_delete(Exchange *exchange);

/*
 * The connection @name of @vault as it is kept, to @endpoint (NULL: unknown) in
 * @status ("Approved", "Pending", "Rejected", "Disconnected"). Replaces one of
 * that name. -ENOMEM.
 */
AKV_MUST_CHECK int arm_private_set(Vault *vault, const char *name,
				   const char *endpoint, const char *status,
				   const char *description);
