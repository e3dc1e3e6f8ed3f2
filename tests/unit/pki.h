/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pki - keys, certificates and what a vault says of them, made by OpenSSL
 *
 * Whatever fails aborts the test. All that is returned is the caller's.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "base/std.h"

#define PKI_VERSION "0123456789abcdef0123456789abcdef"

EVP_PKEY *pki_rsa(unsigned bits);
EVP_PKEY *pki_ec(const char *group);

/* Self-signed if @issuer is NULL. */
X509 *pki_issue(const char *common_name, EVP_PKEY *key, X509 *issuer,
		EVP_PKEY *issuer_key);

Secret *pki_text(const char *text);

/* The bundle of the certificate "web"; @rest are further members, or "". */
Secret *pki_document(X509 *certificate, const char *rest);

/* The secret in both forms; @key may be NULL. */
Secret *pki_pem(EVP_PKEY *key, X509 *const certificates[], size_t n);
Secret *pki_pfx(EVP_PKEY *key, X509 *leaf, X509 *const others[], size_t n,
		const char *password, int nid, int iterations);
