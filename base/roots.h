/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * roots - the certificates that the chain of a server may end in
 *
 * Either given ones, or those of the system: one file of all of them, as
 * libcurl would read it, and one folder of a file for each, by the hash of its
 * name, as OpenSSL would. One that a chain names is read when it is looked for,
 * and kept. A system trusts some 150, of which a vault needs one or two; all of
 * them, read for each connection, are 0.8 MB of each connection.
 *
 * What is read is as trusted as what it is read from: nothing here judges a
 * certificate.
 */

#include <openssl/types.h>

#include "base/std.h"

typedef struct Roots Roots;

/* Certificates in one file; what is behind them is not seen. */
enum { ROOTS_MAX = 4096 };

/*
 * Those in @pem, text of @n bytes, and no others. Copied. On ROOTS_E_NONE there
 * is no certificate in it.
 */
enum { ROOTS_E_NONE = 1 };
AKV_MUST_CHECK int roots_new(Roots **ret, const void *pem, size_t n);

/*
 * Those of @file and @directory, either of which may be NULL or missing. What
 * either has now is looked at again by each roots_trust().
 */
AKV_MUST_CHECK int roots_new_system(Roots **ret, const char *file,
				    const char *directory);

Roots *roots_free(Roots *roots); /* not before the last handshake */
AKV_DEFINE_CLEANUP(Roots *, roots_free);

/*
 * Have the connections of @context trust these, in place of what it trusted.
 * Returns -ENOENT if there is neither file nor folder, or -ENOMEM.
 */
AKV_MUST_CHECK int roots_trust(Roots *roots, SSL_CTX *context);
