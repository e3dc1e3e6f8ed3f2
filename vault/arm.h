/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm - the client of the management plane, for one vault
 *
 * Finds the vault's id (it was configured; a refusal of the data plane named
 * it; Resource Graph knows it; a subscription lists it), gets the vault, the
 * role assignments on it, and the names of those whom its policies and roles
 * name. The last two are left out where they may not be read. Each service has
 * its own origin and its own token: the vault's goes to neither.
 *
 * Nothing is asked before arm_get(), and nothing is kept but the id: how long
 * an answer is good is for cache/.
 */

#include "auth/sign-in.h"
#include "base/http.h"
#include "base/loop.h"
#include "base/std.h"
#include "vault/arm-vault.h"
#include "vault/vault.h"

typedef struct Arm Arm;

enum {
	ARM_REQUESTS_MAX = 48, /* for one arm_get() */
	ARM_BODY_MAX = 512 * 1024,
};

/*
 * @id is NULL or what was configured. All else is borrowed and must outlive
 * this. @timeout_us bounds an arm_get() as a whole. -ENOMEM.
 */
AKV_MUST_CHECK int arm_new(Arm **ret, const ArmId *id, Vault *vault, Loop *loop,
			   Http *http, SignIn *sign_in, uint64_t timeout_us);
Arm *arm_free(Arm *arm); /* what is under way ends without callback */
AKV_DEFINE_CLEANUP(Arm *, arm_free);

/*
 * Called once, from the loop. @vault is for the callee to take (AKV_TAKE), and
 * NULL unless @error->answer is VAULT_OK; VAULT_E_NOT_FOUND: there is none that
 * the identity may see. error->sentence is about the management plane.
 */
typedef void (*ArmDone)(void *data, ArmVault **vault, const VaultError *error);

/*
 * One at a time: -EBUSY while one is under way. Else 0, with the callback to
 * come, or a negative errno without.
 */
AKV_MUST_CHECK int arm_get(Arm *arm, ArmDone done, void *data);
