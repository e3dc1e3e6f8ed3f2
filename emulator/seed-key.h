/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-key - the keys of a seed: generated, or given as JWK or PEM
 */

#include "base/std.h"
#include "emulator/seed-object.h"

extern const SeedKind seed_keys;
