/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor - the stages of akvfs doctor, one after the other
 *
 * Each looks at one thing, notes it in a finding, and leaves what later ones
 * need. What is independent is looked at also where an earlier stage has
 * failed. Nothing is written anywhere, no name is listed, and of a token there
 * is nothing in a finding but its claims. It waits; there is nothing else to do
 * meanwhile.
 */

#include "auth/challenge.h"
#include "auth/claims.h"
#include "auth/finding.h"
#include "fs/client.h"

enum { DOCTOR_FINDINGS_MAX = 24, DOCTOR_ADDRESS_SIZE = 64 };

typedef struct Doctor {
	Client client;      /* its options are set, its secrets not sealed */
	const char *secret; /* --secret; NULL: none */
	Secret *given;      /* owned: --token-stdin; NULL: none */
	Finding findings[DOCTOR_FINDINGS_MAX];
	size_t n;
	/* What the stages have left. */
	bool resolved; /* the name leads somewhere, or need not */
	bool reached;  /* something answered over TLS */
	bool is_vault; /* and it may be shown a token */
	char tenant[CHALLENGE_TENANT_MAX + 1]; /* that the vault belongs to */
	char seen_as[DOCTOR_ADDRESS_SIZE];
	int64_t ahead_s;   /* by how much this machine's clock is */
	SignIn *sign_in;   /* owned: who a mount would be; NULL: nobody */
	const char *kind;  /* as auth= calls it; "": a token from elsewhere */
	int claims_answer; /* claims_read()'s of the token that is shown */
	bool has_claims;
	Claims claims;
} Doctor;

void doctor_init(Doctor *doctor);
void doctor_done(Doctor *doctor);

/*
 * Run all stages. Returns the exit code of the first that failed; findings are
 * there whatever it is.
 */
int doctor_run(Doctor *doctor);

/* --- for the sources of doctor only ----------------------------------------
 */

/* The next finding, for a stage to fill in; the last one over and over when
 * there are DOCTOR_FINDINGS_MAX. */
Finding *doctor_next(Doctor *doctor);

void doctor_skip(Doctor *doctor, const char *stage, const char *code,
		 const char *why);

/* The tenant to sign in to: tenant_id=, or what the vault says; "": neither. */
const char *doctor_tenant(const Doctor *doctor);

/* The cloud's resource for such a vault, whatever resource= says. */
const char *doctor_wanted(const Doctor *doctor);

void doctor_look_network(Doctor *doctor);  /* dns, tls, clock, vault */
void doctor_look_identity(Doctor *doctor); /* sign-in, token */
void doctor_look_access(Doctor *doctor);   /* list, secret, arm */
