/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * plane - what we hold of the management plane, and how fresh that is
 *
 * Asked for when somebody asks, and then not again within ttl, or negative_ttl
 * after a failure. However many ask, one arm_get() is under way. What was known
 * before a failure that passes is kept for stale.
 */

#include "cache/policy.h"
#include "cache/wait.h"
#include "vault/arm.h"

typedef struct Plane Plane;

/*
 * @arm is borrowed, NULL: it is not to be asked. @policy is copied. -ENOMEM.
 */
AKV_MUST_CHECK int plane_new(Plane **ret, Loop *loop, Arm *arm,
			     const CachePolicy *policy);
Plane *plane_free(Plane *plane); /* those who wait are not called */
AKV_DEFINE_CLEANUP(Plane *, plane_free);

/*
 * wait->done is called once, with VAULT_OK, when plane_vault() is all that can
 * be had now: before this returns if that is so already, and at the latest
 * after the policy's timeout. Returns 0 or, without a call, a negative errno.
 */
AKV_MUST_CHECK int plane_ask(Plane *plane, CacheWait *wait);

/* NULL if nothing is known; borrowed until the loop runs. */
const ArmVault *plane_vault(const Plane *plane);

/* "off", "not asked", "known", "old" or "unknown", and why, or "". */
const char *plane_state(const Plane *plane);
const char *plane_why(const Plane *plane);
