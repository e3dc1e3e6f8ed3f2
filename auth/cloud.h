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
