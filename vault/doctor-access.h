/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-access - may this identity read the vault, and if not, what is
 * missing?
 *
 * The stages "list", "secret" and "arm" of akvfs doctor. What the management
 * plane says of the vault tells a role that is missing from one that is too
 * new, and a policy for another object from one that lacks a word.
 */

#include "auth/claims.h"
#include "auth/finding.h"
#include "vault/answer.h"
#include "vault/arm-vault.h"

typedef struct AccessFacts {
	const char *stage; /* "list" or "secret" */
	const char *vault; /* its name */
	const char *verb;  /* as access policies have it: "list" */
	const char *noun;  /* and of what: "secrets" */
	const char *host;
	const char *name;  /* of the secret that was asked for, or NULL */
	const char *doubt; /* why it may be another identity than meant; NULL */
	bool can_get; /* the secret of --secret was got, whatever this came to
		       */
	const VaultError *error;
	const Claims *claims; /* of the token that was sent; NULL: not known */
	bool is_managed;      /* a managed identity's, which are kept long */
	const char *seen_as;  /* the address that the vault sees, or "" */
	int64_t now_s;
	const ArmVault *arm; /* NULL: not to be seen */
} AccessFacts;

void doctor_access(Finding *ret, const AccessFacts *facts);

/* @arm is NULL unless @error->answer is VAULT_OK. */
void doctor_arm(Finding *ret, const ArmVault *arm, const VaultError *error,
		const Claims *claims);

/*
 * Has @role, as Azure names it, permission to read objects of @noun? Of the
 * built-in ones; others are not known to.
 */
bool role_reads(const char *role, const char *noun);
