/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed - vaults and objects from a file or from POST /_emulator/seed
 *
 * {"vaults":{NAME:{"secrets":{NAME:"value" or {...}}, ...}}}. What exists is
 * changed: a secret with a value gets a new version; without one, its current
 * version is changed; null takes it away at once. See docs/emulator.md.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/emulator.h"

enum { SEED_WHY_SIZE = 512 };

/*
 * Returns 0, a negative errno, or SEED_E_INVALID with @why saying where and
 * what; then what came before that place is done.
 */
enum { SEED_E_INVALID = 1 };
AKV_MUST_CHECK int seed_apply(Emulator *emulator, const cJSON *seed,
			      char why[SEED_WHY_SIZE]);

/* The vault that is there when no seed is given. */
AKV_MUST_CHECK int seed_apply_default(Emulator *emulator);
