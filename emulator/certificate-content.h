/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-content - a private key and the certificates that belong to it
 *
 * The certificates are in the order in which they were given: the leaf need not
 * be the first. It is the one whose public key is that of the private key.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/std.h"

enum {
	CONTENT_CERTIFICATES_MAX = 64,
	CONTENT_PASSWORD_MAX = 1024,
};

typedef struct CertificateContent {
	EVP_PKEY *key;          /* owned, with its private part */
	STACK_OF(X509) * chain; /* owned; NULL or empty: not issued yet */
	X509 *leaf;             /* borrowed from chain, or NULL */
} CertificateContent;

void certificate_content_done(CertificateContent *content);

/* The same key and certificates once more. */
AKV_MUST_CHECK int certificate_content_copy(CertificateContent *ret,
					    const CertificateContent *content);

enum {
	/* Not of that form, or the password is wrong. */
	CONTENT_E_FORMAT = 1,
	/* There is no private key. */
	CONTENT_E_KEY = 2,
	/* No certificate, or none that is for the key. */
	CONTENT_E_MISMATCH = 3,
};

/*
 * From PEM: a private key and certificates, in any order; what else is in the
 * text is passed over. @password is for an encrypted key; "" if none.
 */
AKV_MUST_CHECK int certificate_content_parse_pem(CertificateContent *ret,
						 const char *pem, size_t n,
						 const char *password);

/* From PKCS #12 in DER. A password of "" is also tried as none at all. */
AKV_MUST_CHECK int certificate_content_parse_pfx(CertificateContent *ret,
						 const void *der, size_t n,
						 const char *password);

/* Take @certificate over. */
AKV_MUST_CHECK int certificate_content_push(CertificateContent *content,
					    X509 **certificate);

/* Find the leaf. CONTENT_E_MISMATCH if there is none. */
AKV_MUST_CHECK int certificate_content_match(CertificateContent *content);

/* Move the leaf to the front; the others stay in their order. */
void certificate_content_leaf_first(CertificateContent *content);

/* Append the key, if @with_key, and the certificates, as PEM. */
AKV_MUST_CHECK int
certificate_content_append_pem(Buf *ret, const CertificateContent *content,
			       bool with_key);

/* The same as PKCS #12 with an empty password, in base64. */
AKV_MUST_CHECK int
certificate_content_append_pfx(Buf *ret, const CertificateContent *content,
			       bool with_key);

/* Append in base64 what DER has of it. */
AKV_MUST_CHECK int certificate_append_base64(Buf *ret, const X509 *certificate);
