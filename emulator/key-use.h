/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-use - the requests that use a key: encrypt, sign, and the like
 *
 * Handlers for routes: captures[0] is the name, captures[1] the version.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int key_encrypt(Exchange *exchange);
int key_decrypt(Exchange *exchange);
int key_wrap(Exchange *exchange);
int key_unwrap(Exchange *exchange);
int key_sign(Exchange *exchange);
int key_verify(Exchange *exchange);
int key_release(Exchange *exchange);
int key_attestation(Exchange *exchange);
