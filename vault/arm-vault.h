/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-vault - what the management plane says of a vault, checked
 *
 * Of the answer, what is known is read field by field: a type that is wrong
 * refuses the whole; an entry of a list that cannot be is dropped and counted.
 * What is kept is written anew, so that no byte of it is unchecked.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "vault/arm-id.h"
#include "vault/member.h"

enum {
	ARM_WORD_MAX = 63,
	ARM_URI_MAX = 255,
	ARM_TAGS_MAX = 50,
	ARM_TAG_NAME_MAX = 512,
	ARM_TAG_VALUE_MAX = 4 * 256, /* 256 characters, in UTF-8 */
	ARM_POLICIES_MAX = 1024,
	ARM_WORDS_MAX = 64, /* of one group of permissions */
	ARM_RULES_MAX = 1000,
	ARM_ENDPOINTS_MAX = 1000,
	ARM_RESOURCE_MAX = 1024, /* the id of anything else */
	ARM_ROLES_MAX = 4000,
	ARM_NAME_MAX = 4 * 256,
	ARM_PRINCIPALS_MAX = 1000, /* that are asked for by name */
};

/* "" and NULL: not stated. Arrays and objects are owned. */
typedef struct ArmVault {
	ArmId id;
	char location[ARM_WORD_MAX + 1], tenant[ARM_WORD_MAX + 1];
	char sku[ARM_WORD_MAX + 1], uri[ARM_URI_MAX + 1];
	char public_access[ARM_WORD_MAX + 1], state[ARM_WORD_MAX + 1];
	bool rbac, purge_protection;
	unsigned soft_delete_days; /* 0: no soft delete */
	cJSON *tags;               /* an object of strings */
	cJSON *network_acls;       /* an object, also where all may come in */
	cJSON *policies;           /* an array */
	cJSON *endpoints;          /* an array: private endpoints */
	cJSON *roles;              /* an array; NULL: may not be read */
	unsigned dropped;          /* entries that could not be believed */
} ArmVault;
ArmVault *arm_vault_free(ArmVault *vault);
AKV_DEFINE_CLEANUP(ArmVault *, arm_vault_free);

/*
 * Read the answer to a GET of @id. Returns 0, MODEL_E_UNTRUSTED with @why, or
 * -ENOMEM.
 */
AKV_MUST_CHECK int arm_vault_read(ArmVault **ret, const ArmId *id,
				  const char *body, size_t n, const Why *why);

/* Read a list of role assignments into vault->roles. Returns likewise. */
AKV_MUST_CHECK int arm_vault_read_roles(ArmVault *vault, const char *body,
					size_t n, const Why *why);

/*
 * An object {"ids":[...],"types":[...]} that asks for the names of all whom
 * policies and roles name, as text that the caller frees with cJSON_free();
 * NULL if they name nobody. -ENOMEM.
 */
AKV_MUST_CHECK int arm_vault_principals(char **ret, const ArmVault *vault);

/* Put the names of that answer to policies and roles. Returns as above. */
AKV_MUST_CHECK int arm_vault_read_names(ArmVault *vault, const char *body,
					size_t n, const Why *why);
