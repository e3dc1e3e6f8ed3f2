/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * data-plane - the gate of a vault: token, path, api-version, name, permission
 *
 * In that order, as in the service: an unauthenticated request is challenged
 * before anything of it is looked at.
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* As routes_dispatch(), for a host that is a vault. */
AKV_MUST_CHECK int data_plane_dispatch(Exchange *exchange);
