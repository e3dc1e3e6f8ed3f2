/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * ssh-key - a public key as OpenSSH writes it: one line, as in id_rsa.pub
 *
 * The formats are those of RFC 4253 6.6 (ssh-rsa), RFC 5656 3.1 (ecdsa-sha2-*)
 * and RFC 8709 4 (ssh-ed25519).
 */

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/std.h"

/*
 * Append the line for @key with @comment, and its line end. Returns 0,
 * SSH_KEY_E_NONE if OpenSSH has no such type (secp256k1), -ENOMEM, or
 * buf_append()'s.
 */
enum { SSH_KEY_E_NONE = 1 };
AKV_MUST_CHECK int ssh_key_append(Buf *buf, EVP_PKEY *key, const char *comment);
