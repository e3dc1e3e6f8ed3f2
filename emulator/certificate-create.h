/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-create - the requests by which a certificate is asked for, looked
 * after, and taken in when somebody else has signed it
 */

#include "base/std.h"
#include "emulator/exchange.h"

int certificate_create(Exchange *exchange);
int certificate_pending_get(Exchange *exchange);
int certificate_pending_patch(Exchange *exchange);
int certificate_pending_delete(Exchange *exchange);
int certificate_merge(Exchange *exchange);
