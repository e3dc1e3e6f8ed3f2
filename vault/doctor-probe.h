/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-probe - what a vault says to who shows no token
 *
 * The stage "vault" of akvfs doctor: 401, with the tenant that it belongs to,
 * and the address that it sees the request come from. Nothing is signed in for
 * that.
 */

#include "auth/challenge.h"
#include "auth/finding.h"
#include "vault/answer.h"
#include "vault/source.h"

typedef struct ProbeFacts {
	const Source *source;
	const char *tenant; /* tenant_id=, or "" */
	const char *wanted; /* the cloud's resource for this vault */
	const HttpResponse *response;
	/* What it says in WWW-Authenticate; NULL: nothing to be believed. */
	const Challenge *challenge;
	const VaultError *error; /* what an answer other than 401 means */
} ProbeFacts;

void doctor_probe(Finding *ret, const ProbeFacts *facts);

/* "203.0.113.7" of "conn_type=Ipv4;addr=203.0.113.7;...", or "". */
enum { PROBE_ADDRESS_SIZE = 64 };
void probe_address(char ret[PROBE_ADDRESS_SIZE], const char *network_info);
