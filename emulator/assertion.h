/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * assertion - a client that proves by a signed token who it is (RFC 7523)
 *
 * Either the client signed it itself, with the key of a certificate that is
 * registered for it, by thumbprint (x5t, x5t#S256) or, where x5c brings the
 * certificate along, by subject name and issuer; or an issuer that the client
 * trusts signed it: a federated credential.
 */

#include "base/std.h"
#include "emulator/directory.h"
#include "emulator/exchange.h"

/* Certificates may differ that much from our clock, in seconds. */
enum { ASSERTION_SKEW_S = 300, ASSERTION_X5C_MAX = 10 };

/*
 * Is @assertion for this request @principal's? Returns 0, a negative errno, or
 * ENTRA_E_REFUSED with the reply made.
 */
AKV_MUST_CHECK int assertion_check(Exchange *exchange,
				   const Principal *principal,
				   const char *assertion);
