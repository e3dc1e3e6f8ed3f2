/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * material - the private key and the certificates that a secret holds
 *
 * A certificate's secret is PEM text (application/x-pem-file) or a PFX in
 * base64 (application/x-pkcs12); both are read into the same thing.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "base/std.h"
#include "fs/why.h"

enum { MATERIAL_CERTIFICATES_MAX = 24 };

/* Zeroed, it is empty. */
typedef struct Material {
	EVP_PKEY *key; /* owned; NULL if there is none */
	X509 *certificates[MATERIAL_CERTIFICATES_MAX]; /* owned */
	size_t n;
} Material;
void material_done(Material *material);

/* All return 0, MATERIAL_E_UNTRUSTED with *@why filled, or -ENOMEM. */
enum { MATERIAL_E_UNTRUSTED = 2 };

/* Read @value, whose contentType is @content_type. */
AKV_MUST_CHECK int material_read(Material *ret, const Secret *value,
				 const char *content_type, const Why *why);

/* Add what was found; both take over what they are given, always. */
AKV_MUST_CHECK int material_add_certificate(Material *material,
					    X509 *certificate, const Why *why);
AKV_MUST_CHECK int material_add_key(Material *material, EVP_PKEY *key,
				    const Why *why);

/* Read a certificate or a PKCS#8 key from DER, all of which has to be used. */
AKV_MUST_CHECK int material_add_certificate_der(Material *material,
						const unsigned char *der,
						size_t n, const Why *why);
AKV_MUST_CHECK int material_add_key_der(Material *material,
					const unsigned char *der, size_t n,
					const Why *why);
