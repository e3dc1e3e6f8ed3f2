/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-deleted - deleted vaults, and which names are free
 *
 * Handlers for routes: captures are subscription, location, and vault or
 * operation.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_deleted_list(Exchange *exchange);
int arm_deleted_get(Exchange *exchange);
int arm_deleted_purge(Exchange *exchange);
int arm_operation(Exchange *exchange);
int arm_check_name(Exchange *exchange);
