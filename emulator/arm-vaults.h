/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-vaults - vaults as resources: made, shown, changed, deleted
 *
 * Handlers for routes: captures are subscription, resource group, and vault.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_vault_get(Exchange *exchange);
int arm_vault_put(Exchange *exchange);
int arm_vault_patch(Exchange *exchange);
int arm_vault_delete(Exchange *exchange);
int arm_vaults_list(Exchange *exchange);

/* Write the members of @vault as its own api-version has them. */
void arm_vault_write(Writer *writer, const Exchange *exchange,
		     const Vault *vault);

/*
 * The vaults in the subscription and group (NULL: any) that the caller may
 * see, in order of name, from the one behind @after on. NULL behind the last.
 */
Vault *arm_vaults_next(const Exchange *exchange, const char *subscription,
		       const char *group, const char *after);

/* Note who changed it and when; if it is new, also who made it. */
void arm_vault_stamp(Exchange *exchange, VaultFacts *facts, bool fresh);
