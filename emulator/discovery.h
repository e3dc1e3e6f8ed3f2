/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * discovery - what Entra tells about itself: instances, endpoints, keys
 */

#include "base/std.h"
#include "emulator/exchange.h"

int discovery_instance(Exchange *exchange);
int discovery_openid_v1(Exchange *exchange);
int discovery_openid_v2(Exchange *exchange);
int discovery_keys(Exchange *exchange);
