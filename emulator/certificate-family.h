/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-family - the key and the secret that belong to a certificate
 *
 * They have its name and its versions, and live and die with it. All of it
 * happens while the lock is held, so nobody sees one of three renewed.
 */

#include "base/std.h"
#include "emulator/vault-store.h"

/*
 * Is there a key or a secret of that name that belongs to no certificate? Then
 * a certificate cannot have the name.
 */
bool certificate_family_is_taken(Vault *vault, const char *name,
				 int64_t now_us);

/* Add the key and the secret of an issued version. 0 or a negative errno. */
AKV_MUST_CHECK int certificate_family_add(Vault *vault, const char *name,
					  const Version *version,
					  int64_t now_us);

/* What was changed on a version of the certificate is changed on them too. */
AKV_MUST_CHECK int certificate_family_follow(Vault *vault, const char *name,
					     const Version *version,
					     int64_t now_us);

/* Let them be in the state that the certificate is in. */
void certificate_family_share_state(Vault *vault, const Object *certificate,
				    int64_t now_us);

/* Take both away at once. */
void certificate_family_remove(Vault *vault, const char *name);
