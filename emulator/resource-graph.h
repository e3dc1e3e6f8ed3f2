/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * resource-graph - POST /providers/Microsoft.ResourceGraph/resources
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* Handler for a route. The table "resources" holds the vaults. */
int resource_graph_query(Exchange *exchange);
