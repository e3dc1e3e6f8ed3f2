/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-roles - Microsoft.Authorization in the scope of a vault
 *
 * Handlers for routes: captures are subscription, resource group, vault, and
 * the assignment or definition. Assignments of roles above the vault are the
 * callers' rights in the management plane, as seen from it.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_roles_list(Exchange *exchange);
int arm_role_get(Exchange *exchange);
int arm_role_put(Exchange *exchange);
int arm_role_delete(Exchange *exchange);
int arm_definitions_list(Exchange *exchange);

/* Its last capture is the definition, in the scope of a subscription too. */
int arm_definition_get(Exchange *exchange);
