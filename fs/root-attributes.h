/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * root-attributes - what the management plane says of the vault, as extended
 * attributes of the mount's root
 *
 * user.akv.vault.id, .location, .tenant_id, .sku, .rbac, .soft_delete_days,
 * .purge_protection, .public_network_access, .network_acls, .access_policies,
 * .role_assignments, .provisioning_state, .private_endpoints, user.akv.tags and
 * user.akv.tag.NAME. Lists are JSON. What is not known is absent. (The vault's
 * uri is in xattr.h: the data plane knows it.)
 */

#include "base/buf.h"
#include "base/std.h"
#include "vault/arm-vault.h"

/* As xattr_value() and xattr_list(); @vault NULL: nothing is known. */
AKV_MUST_CHECK int root_attributes_value(Buf *buf, const ArmVault *vault,
					 const char *name);
AKV_MUST_CHECK int root_attributes_list(Buf *buf, const ArmVault *vault);
