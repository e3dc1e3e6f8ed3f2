/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pfx - PKCS#12 (RFC 7292) without a password, read and written
 *
 * The work that a PFX asks for, counted in iterations, is added up and bounded
 * before any of it is done.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "base/std.h"
#include "fs/material.h"
#include "fs/why.h"

#define PFX_CONTENT_TYPE "application/x-pkcs12"

enum {
	PFX_ITERATIONS_MAX = 200000, /* in sum; the service writes 2,000 each */
	PFX_SAFES_MAX = 8,
	PFX_BAGS_MAX = 64,
};

/* Read base64; as material_read(). What was found is in @material. */
AKV_MUST_CHECK int pfx_read(Material *material, const Secret *value,
			    const Why *why);

/*
 * Write @key and the @n certificates, the first of which is its own, under the
 * name @name. The password is the empty one, so that nothing is protected, and
 * all that is usually random is made from the first certificate. The key is
 * encrypted and there is a MAC, because Java skips keys that are not, and
 * Windows wants a MAC; the certificates are in clear, because Java with no
 * password at all drops those that are not. Returns 0 or -ENOMEM.
 */
AKV_MUST_CHECK int pfx_write(Secret **ret, EVP_PKEY *key,
			     X509 *const certificates[], size_t n,
			     const char *name);
