/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-object - one object of a seed into its collection
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/vault-store.h"

/*
 * The secret that @seed, a member of "secrets", describes: null, a string, or
 * an object with value, version, created, updated, contentType, tags,
 * attributes, managed, kid, deleted, or versions (an array of such, oldest
 * first). Returns 0, a negative errno, or SEED_OBJECT_E_INVALID with *@what set
 * to static text.
 */
enum { SEED_OBJECT_E_INVALID = 1 };
AKV_MUST_CHECK int seed_secret(Vault *vault, const cJSON *seed, int64_t now_us,
			       const char **what);
