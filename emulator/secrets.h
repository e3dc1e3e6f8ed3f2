/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * secrets - the requests that only secrets answer: set, get, update
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"
#include "emulator/routes.h"

enum {
	SECRET_VALUE_MAX = 25600, /* bytes */
};

extern const Kind kind_secret;
extern const RouteTable secret_routes;
