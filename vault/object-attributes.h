/* SPDX-License-Identifier: MIT */
#pragma once

/* object-attributes - what every object and every item of a list carries */

#include "base/std.h"
#include "vault/member.h"

/* Times in seconds since 1970, -1 where absent. */
typedef struct ObjectAttributes {
	bool enabled;
	bool managed; /* by a certificate, or as the token of a storage account
		       */
	int64_t created_s, updated_s, expires_s, not_before_s;
	char recovery_level[64];
} ObjectAttributes;

/*
 * Read those of @object, the bundle or the item that has them. Returns 0 or
 * MODEL_E_UNTRUSTED.
 */
AKV_MUST_CHECK int object_attributes_read(ObjectAttributes *ret,
					  const cJSON *object, const Why *why);
