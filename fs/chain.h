/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * chain - certificates in the order in which each is issued by the next
 */

#include <openssl/x509.h>

#include "base/std.h"

/* Of keys that issue: larger ones are not computed with. */
enum { CHAIN_KEY_BITS_MAX = 8192 };

/*
 * Order those of the @n @certificates that follow from @leaf: its issuer, the
 * issuer's issuer, and so on, as far as they are there, a root included. @leaf
 * itself and what does not belong to the chain is left out. An issuer is one
 * whose name and key identifier fit and whose key verifies the signature; of
 * several (a root signed by another one too) the first that is there is taken.
 * Fills @ret, which has room for @n, with borrowed pointers, and returns how
 * many.
 */
size_t chain_order(X509 *ret[], X509 *leaf, X509 *const certificates[],
		   size_t n);

/* Is it its own issuer? */
bool chain_is_self_signed(X509 *certificate);
