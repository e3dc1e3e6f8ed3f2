/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-find - where a vault is, read from the answers to a search
 *
 * All of these return 0, ARM_FIND_E_NONE, MODEL_E_UNTRUSTED with @why, or
 * -ENOMEM. An entry that is not of the vault, or cannot be, is passed over.
 */

#include "base/std.h"
#include "base/url.h"
#include "vault/arm-id.h"
#include "vault/member.h"

enum { ARM_FIND_E_NONE = 2, ARM_SUBSCRIPTIONS_MAX = 64 };

/* The body of a query to Resource Graph; names are of a grammar without '. */
AKV_MUST_CHECK int arm_find_query(Buf *ret, const char *vault);

/*
 * Its answer. The vault's address has to be @host, where it is stated: names
 * are compared, and another cloud may have the same.
 */
AKV_MUST_CHECK int arm_find_in_graph(ArmId *ret, const char *vault,
				     const char *host, const char *body,
				     size_t n, const Why *why);

typedef struct ArmSubscriptions {
	char ids[ARM_SUBSCRIPTIONS_MAX][ARM_GUID_SIZE];
	size_t n;
} ArmSubscriptions;

/* The subscriptions that may be seen; more than the maximum are left out. */
AKV_MUST_CHECK int arm_find_subscriptions(ArmSubscriptions *ret,
					  const char *body, size_t n,
					  const Why *why);

/*
 * A page of a list of resources. With ARM_FIND_E_NONE, *@ret_link is the link
 * to the next page, which the caller frees and checks, or NULL.
 */
AKV_MUST_CHECK int arm_find_in_resources(ArmId *ret, char **ret_link,
					 const char *vault, const char *body,
					 size_t n, const Why *why);
