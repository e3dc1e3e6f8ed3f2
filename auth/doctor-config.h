/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-config - which vault and which credential, and who says so
 *
 * The stage "config" of akvfs doctor. Of variables it is told whether they are
 * set, and of those that hold a secret nothing else is known here.
 */

#include "auth/cloud.h"
#include "auth/finding.h"

typedef struct ConfigVariable {
	const char *name; /* "AZURE_CLIENT_ID" */
	bool is_set;
} ConfigVariable;

typedef struct ConfigFacts {
	/* Why SOURCE is none, auth= names nothing, or another option is wrong;
	 * NULL: all is well. */
	const char *source_fault, *auth_fault, *option_fault;
	const char *host, *vault;
	const Cloud *cloud;
	const char *resource; /* that is asked for */
	const char *wanted;   /* the cloud's constant for this vault */
	const char *auth, *preference, *authority, *tenant, *connect_to;
	const char *suffix; /* of the table, that the host is below */
	bool token_given;   /* --token-stdin: nothing is signed in with */
	const ConfigVariable *variables;
	size_t n_variables;
} ConfigFacts;

void doctor_config(Finding *ret, const ConfigFacts *facts);
