/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * vault-state - what a vault is while it is used
 *
 * For vault.c, which makes the calls, and vault-state.c, which makes the vault
 * and tells its facts. To all others it is opaque: see vault.h.
 */

#include "auth/challenge.h"
#include "vault/vault.h"

enum { API_VERSION_MAX = 32 };

struct Vault {
	Loop *loop;
	Http *http;
	SignIn *sign_in;
	Source source;
	char resource[CHALLENGE_RESOURCE_MAX + 1];
	char tenant[CHALLENGE_TENANT_MAX + 1]; /* "": not known yet */
	bool tenant_is_configured;
	char *allowed_tenants; /* owned; or NULL */
	uint64_t patience_us;  /* of calls that wait for a token */
	char api_version[API_VERSION_MAX + 1];
	VaultCall *first; /* of the calls under way */
	VaultCall *probe; /* the one that asks for the tenant, or NULL */
	ArmId arm_id;     /* that a refusal named */
};
