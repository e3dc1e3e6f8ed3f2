/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * kusto - the part of the Kusto query language that finds resources
 *
 *   resources | where type =~ 'microsoft.keyvault/vaults' and name =~ 'x'
 *             | project id, uri = properties.vaultUri | limit 5
 *
 * Stages: where (and, or, brackets; == != =~ !~ in in~ contains has
 * startswith endswith, tolower()), project, take or limit, order or sort by,
 * count. Whatever else a query has is refused.
 */

#include <cjson/cJSON.h>

#include "base/std.h"

enum {
	KUSTO_WHY_SIZE = 256,
	KUSTO_DEPTH_MAX = 16, /* of brackets */
	KUSTO_TEXT_SIZE = 512,
};

/*
 * What @query makes of the table @rows, an array of objects; the caller deletes
 * *@ret. Returns 0, -ENOMEM, or KUSTO_E_INVALID with @why.
 */
enum { KUSTO_E_INVALID = 1 };
AKV_MUST_CHECK int kusto_run(cJSON **ret, char why[KUSTO_WHY_SIZE],
			     const char *query, const cJSON *rows);
