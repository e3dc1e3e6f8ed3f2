/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * aadsts - what to do about an AADSTS number
 *
 * For people only: Microsoft says that numbers and texts may change, so no
 * decision hangs on one. Source: "Microsoft Entra authentication and
 * authorization error codes".
 */

#include "base/std.h"

/* The remedy for an AADSTS number, as half a sentence, or NULL. */
const char *aadsts_remedy(long code);

/*
 * What to run about it, with the application's id and the tenant's put in;
 * "" where nothing is to be run.
 */
enum { AADSTS_COMMAND_SIZE = 320 };
void aadsts_command(char ret[AADSTS_COMMAND_SIZE], long code,
		    const char *client_id, const char *tenant);

/* The number of the first "AADSTS7000215" in @text, or 0. */
long aadsts_find(const char *text);
