/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * expiry - when a token is over, in the ways that managed identities write it
 *
 * App Service and others have written dates where a number was documented, with
 * and without AM and PM, and even "00:00:00 PM".
 */

#include "base/std.h"

/*
 * Seconds since 1970 from digits, RFC 3339, "MM/dd/yyyy HH:mm:ss" with or
 * without " AM"/" PM" and " +00:00", or "yyyy-MM-dd HH:mm:ss" with or without a
 * fraction, which is cut; in UTC. Returns 0 or EXPIRY_E_SYNTAX.
 */
enum { EXPIRY_E_SYNTAX = 1 };
AKV_MUST_CHECK int expiry_parse(int64_t *ret, const char *text);
