/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * cli-output - what az and azd print
 *
 * Pure readers of the output of "az account get-access-token -o json" and "azd
 * auth token -o json". Both are programs of others: what they print is believed
 * no more than what comes over the network.
 */

#include "auth/token.h"
#include "base/std.h"

enum cli_tool { CLI_AZ, CLI_AZD };

/* Returns 0, CLI_E_INVALID, or -ENOMEM. */
enum { CLI_E_INVALID = 1 };
AKV_MUST_CHECK int cli_token_read(Token *ret, enum cli_tool tool,
				  const char *text, size_t n, uint64_t now_us,
				  int64_t wall_s);

/* What the tool says is wrong, from its standard error: one printable line. */
enum { CLI_ERROR_SIZE = 200 };
void cli_error_read(char ret[CLI_ERROR_SIZE], enum cli_tool tool,
		    const char *errors);
