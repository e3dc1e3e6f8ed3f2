/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-api - the versions of Microsoft.KeyVault, and what each added
 */

#include "base/std.h"

typedef struct ArmApi {
	const char *name;
	bool provisioning_state;
	bool network;       /* its rules, and private endpoint connections */
	bool soft_delete;   /* stated on vaults that did not ask for it */
	bool retention;     /* for how long, and whether roles are asked for */
	bool system_data;   /* who made and changed it */
	bool public_access; /* publicNetworkAccess */
	bool rbac_default;  /* a new vault asks for roles unless told not to */
} ArmApi;

/* NULL if there is no such version. */
const ArmApi *arm_api_find(const char *name);

/* The versions, oldest first, with ", " between; static text. */
const char *arm_api_list(void);

/* "2024-03-01", also with "-preview" and such: of the other providers. */
bool arm_api_is_well_formed(const char *name);
