/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * tenant - which tenant does a vault belong to?
 *
 * One request without a token: the vault's 401 says it (vault/refusal.h has the
 * rules for believing it), and costs no right.
 */

#include "base/std.h"
#include "fs/client.h"

/*
 * Ask the vault of @client, and wait. @ret has room for
 * CHALLENGE_TENANT_MAX + 1. Returns 0, or an exit code with a sentence in @why
 * (CLIENT_WHY_SIZE bytes).
 */
AKV_MUST_CHECK int tenant_ask(char *ret, Client *client, char *why);
