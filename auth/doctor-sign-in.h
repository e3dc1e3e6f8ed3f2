/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-sign-in - does a credential give a token, and if not, why?
 *
 * The stage "sign-in" of akvfs doctor, once for each source of auth=auto, or
 * for the one that auth= names.
 */

#include "auth/claims.h"
#include "auth/finding.h"
#include "auth/token-response.h"

/* What became of a source: TOKEN_RESPONSE_E_*, a negative errno, or these. */
enum {
	SIGN_IN_RESULT_OK = 0,
	SIGN_IN_RESULT_NOT_SET_UP = 100, /* what it needs is not there */
	SIGN_IN_RESULT_LATE,             /* no end in the time that it has */
	SIGN_IN_RESULT_NO_TENANT,        /* not asked: in which tenant? */
};

typedef struct SignInFacts {
	const char *kind; /* as auth= calls it: "secret" */
	const char *name; /* "client secret" */
	const char *identity;
	const char *client_id, *tenant, *resource;
	const char *wanted; /* the resource of the vault's cloud */
	const char *host;   /* of the vault */
	bool alone;         /* auth= names it, or it is the only one */
	int result;
	const char *reason;         /* with SIGN_IN_RESULT_NOT_SET_UP */
	const AuthFailure *failure; /* with TOKEN_RESPONSE_E_*, and LATE */
	unsigned waited_s;
	const Claims *presented; /* of a workload's token file; or NULL */
} SignInFacts;

void doctor_sign_in(Finding *ret, const SignInFacts *facts);

/* No source of auth=auto is there at all. */
void doctor_sign_in_none(Finding *ret, const char *tenant);

/* It works, and a mount takes @before, which comes first. */
void doctor_sign_in_unused(Finding *finding, const char *before);
