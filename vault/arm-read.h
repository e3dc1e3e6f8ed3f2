/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-read - the lists and maps within an ArmVault, read and written anew
 *
 * All return 0, MODEL_E_UNTRUSTED with @why where the list itself is of a wrong
 * type or too long, or -ENOMEM. An entry that is wrong is dropped, and counted
 * in vault->dropped.
 */

#include "base/std.h"
#include "vault/arm-vault.h"

AKV_MUST_CHECK int arm_read_tags(ArmVault *vault, const cJSON *body,
				 const Why *why);
AKV_MUST_CHECK int arm_read_network(ArmVault *vault, const cJSON *properties,
				    const Why *why);
AKV_MUST_CHECK int arm_read_policies(ArmVault *vault, const cJSON *properties,
				     const Why *why);
AKV_MUST_CHECK int arm_read_endpoints(ArmVault *vault, const cJSON *properties,
				      const Why *why);
