/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * refusal - what to do about a 401
 *
 * The first one, to a request without a token, is how a vault says which tenant
 * it belongs to. Later ones ask for a fresh token or for claims, once each, or
 * are final. Pure; for vault.c.
 */

#include "auth/challenge.h"
#include "base/std.h"
#include "vault/source.h"

enum refusal_act {
	REFUSAL_FINAL,         /* no token will do */
	REFUSAL_TAKE_TENANT,   /* sign in to challenge->tenant */
	REFUSAL_ANSWER_CLAIMS, /* sign in again with challenge->claims */
	REFUSAL_MINT,          /* sign in again */
};

typedef struct RefusalFacts {
	const Source *source;
	const Challenge *challenge; /* NULL: none that can be believed */
	const char *tenant;         /* of the token that was sent, or NULL */
	bool tenant_is_configured;
	const char *allowed_tenants; /* "GUID;GUID", "*" for any, or NULL */
	bool token_is_fresh;         /* minted since the call began */
	bool minted;                 /* for this call, after a 401 */
	bool claims_answered, tenant_taken;
} RefusalFacts;

/*
 * With REFUSAL_FINAL, @why (of @why_size bytes) is a sentence, or "" if the
 * body of the 401 says it better.
 */
enum refusal_act refusal_judge(const RefusalFacts *facts, char *why,
			       size_t why_size);

/*
 * May we sign in to @tenant, which is not the one that was configured? @list is
 * RefusalFacts.allowed_tenants.
 */
bool tenant_is_allowed(const char *list, const char *tenant);
