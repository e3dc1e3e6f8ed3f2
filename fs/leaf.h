/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * leaf - the certificate itself, and what it says in words
 */

#include <openssl/x509.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/std.h"
#include "fs/why.h"

AKV_UNUSED static inline void x509_freep(X509 **certificate)
{
	X509_free(*certificate);
}

enum { LEAF_HEX_SIZE = 2 * 32 + 1 };

/*
 * The "cer" of @document, the bundle of a certificate; the caller frees it. It
 * has to be what "x5t", where there is one, is the digest of. Returns 0,
 * LEAF_E_ABSENT if it is not issued yet, or LEAF_E_UNTRUSTED, with *@why
 * filled, or -ENOMEM.
 */
enum { LEAF_E_ABSENT = 1, LEAF_E_UNTRUSTED = 2 };
AKV_MUST_CHECK int leaf_read(X509 **ret, const cJSON *document, const Why *why);

/* Its SHA-1, or SHA-256, in upper case hex, as the Azure portal shows it. */
void leaf_thumbprint(char ret[LEAF_HEX_SIZE], const X509 *leaf,
		     const EVP_MD *digest);

/* Append a name as RFC 2253 writes it; what is not ASCII is escaped. */
AKV_MUST_CHECK int leaf_append_name(Buf *buf, const X509_NAME *name);

/*
 * Call @each with every subject alternative name that is one of "DNS:", "IP:",
 * "email:" and "URI:", in order. Goes on while it returns 0; returns what it
 * returned last, or -ENOMEM.
 */
AKV_MUST_CHECK int leaf_each_san(const X509 *leaf,
				 int (*each)(void *data, const char *san),
				 void *data);
