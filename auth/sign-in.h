/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * sign-in - tokens for one identity, per tenant and resource
 *
 * One request in flight per (tenant, resource). A token is refreshed in the
 * background ahead of its expiry, and nobody waits while the old one is valid.
 * A failure is remembered for a growing pause (sign_in_pause_us()), so that a
 * tree walk does not send a thousand token requests. Memory only.
 */

#include "auth/credential.h"
#include "auth/token-response.h"
#include "auth/token.h"
#include "base/http.h"
#include "base/loop.h"
#include "base/std.h"

typedef struct SignIn SignIn;
typedef struct SignInWait SignInWait;

enum {
	SIGN_IN_TOKENS_MAX = 16,
	/* Tokens of one kind that may be rejected within that time. */
	SIGN_IN_REJECTS_MAX = 4,
	SIGN_IN_REJECTS_S = 60,
};

/*
 * Takes over @credential on success; @loop and @http must outlive this.
 * @timeout_us bounds one token request.
 */
AKV_MUST_CHECK int sign_in_new(SignIn **ret, Loop *loop, Http *http,
			       Credential **credential, uint64_t timeout_us);
SignIn *sign_in_free(SignIn *sign_in);
AKV_DEFINE_CLEANUP(SignIn *, sign_in_free);

/* Who runs errands for the credential; before the first token. Must outlive. */
void sign_in_errands(SignIn *sign_in, const Errands *errands);

/* Embedded in what waits for a token. */
struct SignInWait {
	/*
	 * @result is 0 with @token (borrowed for the call), or
	 * TOKEN_RESPONSE_E_* with @failure (borrowed, too), or a negative
	 * errno with neither. Anything may be called from here.
	 */
	void (*done)(SignInWait *wait, int result, const Token *token,
		     const AuthFailure *failure);
	SignInWait *next, *previous; /* private */
	void *source;                /* private; NULL: not waiting */
};

/*
 * Ask for a token; wait->done is set and wait->source is NULL. @tenant may be
 * "" for an identity that has one of its own: a managed one, az, azd.
 * wait->done is called once: before this returns when the answer is known (a
 * valid token, a failure still in its pause), from the loop otherwise. Returns
 * 0, or without a call -ENOSPC above SIGN_IN_TOKENS_MAX, -EINVAL for a tenant
 * or resource that cannot be one, or -ENOMEM.
 */
AKV_MUST_CHECK int sign_in_token(SignIn *sign_in, SignInWait *wait,
				 const char *tenant, const char *resource);
void sign_in_cancel(SignInWait *wait); /* no effect if not waiting */

/*
 * What the request under way has met so far, and tries again after: for who
 * does not wait for its end. False, and *@ret is untouched, if none is.
 */
bool sign_in_met(AuthFailure *ret, const SignIn *sign_in, const char *tenant,
		 const char *resource);

/*
 * The service refused this token (401): forget it if it is still the one with
 * @serial, so that the next sign_in_token() mints. @claims: the decoded JSON
 * of a claims challenge to answer with that mint, or NULL. Returns 0, -ENOMEM,
 * or SIGN_IN_E_TOO_OFTEN with nothing forgotten: a service that refuses every
 * token is not cured by minting one for each of a thousand requests.
 */
enum { SIGN_IN_E_TOO_OFTEN = 1 };
AKV_MUST_CHECK int sign_in_reject(SignIn *sign_in, const char *tenant,
				  const char *resource, uint64_t serial,
				  const char *claims);

/* The pause after the @failures-th failure in a row: 1 s doubling to 5 min. */
uint64_t sign_in_pause_us(unsigned failures);

/* How long a token may take beyond one request: Credential.patience_us. */
uint64_t sign_in_patience_us(const SignIn *sign_in);

const char *sign_in_name(const SignIn *sign_in); /* of the credential */
const char *sign_in_identity(const SignIn *sign_in);
