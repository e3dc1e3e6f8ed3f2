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

/* The number of the first "AADSTS7000215" in @text, or 0. */
long aadsts_find(const char *text);
