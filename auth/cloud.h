/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cloud - the constants of each Azure cloud, as a table
 *
 * A resource is a constant, without a trailing slash, and never built from a
 * vault's URL: a token for "https://vault.azure.net/" is refused with AKV10022
 * (reference: Key Vault "Authentication, requests and responses").
 */

#include "base/std.h"

typedef struct Cloud {
	const char *name;           /* "public", "usgov", ... as in cloud= */
	const char *authority;      /* "https://login.microsoftonline.com" */
	const char *vault_suffix;   /* "vault.azure.net" */
	const char *vault_resource; /* "https://vault.azure.net" */
	const char *hsm_suffix;
	const char *hsm_resource;
	const char *arm; /* endpoint and resource, no slash; NULL: unknown */
	const char *graph;
	/* What a token is for that is exchanged for another application's. */
	const char *exchange_audience;
} Cloud;

/* NULL if there is no such cloud. The table's rows live for ever. */
const Cloud *cloud_by_name(const char *name);

/*
 * The cloud whose vault or HSM suffix @host is below, by labels:
 * "evilvault.azure.net" is below none. *@ret_resource (may be NULL) is the
 * resource for that suffix. NULL if there is none.
 */
const Cloud *cloud_by_host(const char *host, const char **ret_resource);

/* Row @i, or NULL behind the last: for messages and tests. */
const Cloud *cloud_at(size_t i);

/* Is it a row of the table? */
bool cloud_is_known(const Cloud *cloud);

/*
 * A cloud that is in no table, as options state it: vaults below @vault_suffix
 * ("vault.example.org", in lower case), which is neither a known one nor above
 * or below one; @resource, https and without a slash, whose host is that suffix
 * or above it, so that a token for one cloud's vaults does not go to another's;
 * and @authority. *@ret borrows them. Returns 0, or CLOUD_E_INVALID with @why
 * saying in a sentence what is wrong, or -ENOMEM.
 */
enum { CLOUD_E_INVALID = 1 };
AKV_MUST_CHECK int cloud_state(Cloud *ret, const char *vault_suffix,
			       const char *resource, const char *authority,
			       char *why, size_t why_size);

/*
 * What is wrong with @resource, which somebody has typed: a slash at its end,
 * "/.default", a character that cannot be part of it. NULL: nothing. (Behind
 * "resource= ".)
 */
const char *resource_fault(const char *resource);
