/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-rotation - the requests that renew a key, and say when it is renewed
 *
 * The policy belongs to the key, not to a version: it is the Object's payload.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int key_rotate(Exchange *exchange);
int key_rotation_get(Exchange *exchange);
int key_rotation_put(Exchange *exchange);
