/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-secrets - the secrets of a vault, as the management plane has them
 *
 * Handlers for routes: captures are subscription, resource group, vault, and
 * secret. It can write values, and shows none.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_secrets_list(Exchange *exchange);
int arm_secret_get(Exchange *exchange);
int arm_secret_put(Exchange *exchange);
int arm_secret_patch(Exchange *exchange);
