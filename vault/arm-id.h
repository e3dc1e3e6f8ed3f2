/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-id - what a vault is called in Azure Resource Manager
 *
 * "/subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.KeyVault/vaults/
 * NAME", whose words and names are compared without case (reference: "Resource
 * naming and tagging", Azure Resource Manager). It is never used as it came,
 * but taken apart, checked, and put together anew.
 */

#include "base/buf.h"
#include "base/std.h"

enum {
	ARM_GUID_SIZE = 37,
	ARM_GROUP_MAX = 90,
	ARM_VAULT_MAX = 24,
	ARM_ID_MAX = 256,
};

typedef struct ArmId {
	char subscription[ARM_GUID_SIZE]; /* "": none */
	char group[ARM_GROUP_MAX + 1];
	char vault[ARM_VAULT_MAX + 1];
} ArmId;

/* Is @text a GUID, "72f988bf-86f1-41af-91ab-2d7cd011db47"? */
bool arm_guid_is_valid(const char *text);

/*
 * The id at the start of the @n bytes at @text, which is the whole or is
 * followed by a '/'. Returns 0 or ARM_ID_E_INVALID.
 */
enum { ARM_ID_E_INVALID = 1 };
AKV_MUST_CHECK int arm_id_parse(ArmId *ret, const char *text, size_t n);

/*
 * The id of a vault in a refusal's message, "Resource: '/subscriptions/...'".
 * Returns 0 or ARM_ID_E_INVALID.
 */
AKV_MUST_CHECK int arm_id_find(ArmId *ret, const char *message);

bool arm_id_equal(const ArmId *a, const ArmId *b);

/* Append it; with @encoded, fit for a URL. As buf_append(). */
AKV_MUST_CHECK int arm_id_append(Buf *ret, const ArmId *id, bool encoded);
