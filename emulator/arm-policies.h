/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-policies - PUT .../vaults/NAME/accessPolicies/{add,replace,remove}
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* Handler for a route: capture 3 is the operation. */
int arm_policies_put(Exchange *exchange);
