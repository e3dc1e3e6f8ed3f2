/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * contacts - who is told about a vault's certificates: /certificates/contacts
 */

#include "base/std.h"
#include "emulator/exchange.h"

enum { CONTACTS_MAX = 100 };

int contacts_get(Exchange *exchange);
int contacts_put(Exchange *exchange);
int contacts_delete(Exchange *exchange);
