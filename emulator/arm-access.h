/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-access - who may do what in a vault, as the management plane says it
 *
 * Access policies and role assignments name object ids; the data plane asks its
 * Permissions, by client id. As long as the management plane has said nothing,
 * policies and assignments are made up from the Permissions of the seed; from
 * then on it is the other way round.
 */

#include "base/std.h"
#include "emulator/exchange.h"

struct Emulator;

typedef struct Role {
	const char *id, *name;
	const char *about;
	const char *permissions;  /* as access policies word it; or NULL */
	const char *data_actions; /* JSON array */
	const char *actions;      /* JSON array */
} Role;

/* The built-in roles that matter to a vault; NULL behind the last. */
const Role *role_at(size_t i);
const Role *role_find(const char *id);

/* "accessPolicies":[...] of @vault. */
void access_write_policies(Writer *writer, const struct Emulator *emulator,
			   const Vault *vault);

/*
 * The policies in @list as they are kept, which the caller deletes. Returns 0,
 * -ENOMEM, or ACCESS_E_INVALID with *@why set to static text.
 */
enum { ACCESS_E_INVALID = 1, ACCESS_POLICIES_MAX = 1024 };
AKV_MUST_CHECK int access_parse_policies(cJSON **ret, const cJSON *list,
					 const char **why);

/* The policies of @vault as an array of their own, which the caller deletes. */
AKV_MUST_CHECK int access_copy_policies(cJSON **ret,
					const struct Emulator *emulator,
					const Vault *vault);

/*
 * An array of {"name","principalId","role"}, the role by its id: those of
 * @vault, which the caller deletes.
 */
AKV_MUST_CHECK int access_copy_roles(cJSON **ret,
				     const struct Emulator *emulator,
				     const Vault *vault);

/*
 * Let the data plane do as the policies or roles of @vault say, from now on.
 * Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int access_apply(const struct Emulator *emulator, Vault *vault);
