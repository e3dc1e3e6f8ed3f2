/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * graph - Microsoft Graph, as far as it says who an object id is
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* Every request for such a host. Returns 0 or a negative errno. */
AKV_MUST_CHECK int graph_dispatch(Exchange *exchange);
