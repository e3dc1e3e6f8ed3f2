/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * seed-arm - what a seed says about the management plane and the directory
 *
 * Of a vault: subscription, resourceGroup, tags, properties (as in Azure
 * Resource Manager), privateEndpoints, roleAssignments. Of a principal: arm,
 * graph, displayName. At the top: subscriptions, directoryObjects. See
 * docs/emulator.md.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/emulator.h"

/* Nothing of that name, or something wrong with it. */
enum { SEED_ARM_E_INVALID = 1, SEED_ARM_E_UNKNOWN };

/* A member of a vault, of a principal in a vault, or of the seed. */
AKV_MUST_CHECK int seed_arm_vault(Emulator *emulator, Vault *vault,
				  const cJSON *member);
AKV_MUST_CHECK int seed_arm_principal(Emulator *emulator, Vault *vault,
				      const cJSON *principal);
AKV_MUST_CHECK int seed_arm_top(Emulator *emulator, const cJSON *member);

/* A vault that the seed made, or what it said of @vault is over. */
void seed_arm_made(const Emulator *emulator, Vault *vault);
void seed_arm_done(Vault *vault);
