/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * backup - an object with all its versions as one sealed blob
 *
 * The blob is, as the service's, base64url of a length byte, a type name and a
 * JWE in compact form; here with a key of the emulator's own and AES-256-GCM.
 * What was tampered with, or comes from elsewhere, is refused.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/exchange.h"

/* Handlers for routes. */
int backup_make(Exchange *exchange);
int backup_restore(Exchange *exchange);

/*
 * Append the sealed form of @text. Returns 0 or a negative errno.
 */
AKV_MUST_CHECK int backup_seal(Buf *ret, const unsigned char *key,
			       const char *noun, const char *text, size_t n);

/* The reverse. Also returns BACKUP_E_MALFORMED. */
enum { BACKUP_E_MALFORMED = 1 };
AKV_MUST_CHECK int backup_open(Buf *ret, const unsigned char *key,
			       const char *noun, const char *blob, size_t n);
