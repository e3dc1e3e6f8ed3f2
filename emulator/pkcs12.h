/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pkcs12 - what the secret of a certificate holds: PFX, and PEM made of it
 */

#include "base/buf.h"
#include "base/std.h"

/*
 * Append as PEM what the PFX without a password in @text (base64) holds: the
 * private key first, then the leaf, then the chain. Returns 0, a negative
 * errno, or PKCS12_E_INVALID.
 */
enum { PKCS12_E_INVALID = 1 };
AKV_MUST_CHECK int pkcs12_to_pem(Buf *ret, const char *text, size_t n);
