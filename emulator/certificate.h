/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate - making X.509 certificates and the keys they are for
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/std.h"

enum certificate_kind {
	CERTIFICATE_AUTHORITY, /* signs others */
	CERTIFICATE_SERVER,    /* for TLS servers */
	CERTIFICATE_SIGNER,    /* self-signed, for signing tokens */
};

typedef struct CertificateRequest {
	enum certificate_kind kind;
	const char *common_name;
	const char *alternative_names; /* "DNS:a,IP:1.2.3.4", or NULL */
	unsigned days;
	EVP_PKEY *key;        /* of the subject */
	X509 *issuer;         /* NULL: self-signed */
	EVP_PKEY *issuer_key; /* with issuer */
} CertificateRequest;

/* Returns 0, -ENOMEM, or -EIO if OpenSSL refuses. The caller frees *@ret. */
AKV_MUST_CHECK int certificate_new(X509 **ret,
				   const CertificateRequest *request);

/* A random number of 127 bits, as one that signs must give each of them. */
AKV_MUST_CHECK bool certificate_serial_set(X509 *certificate);

/* Append as PEM. */
AKV_MUST_CHECK int certificate_append_pem(Buf *ret, X509 *certificate);
AKV_MUST_CHECK int private_key_append_pem(Buf *ret, EVP_PKEY *key);

/* From PEM; -EIO if it is none. The caller frees. */
AKV_MUST_CHECK int certificate_parse_pem(X509 **ret, const char *pem, size_t n);
AKV_MUST_CHECK int private_key_parse_pem(EVP_PKEY **ret, const char *pem,
					 size_t n);

AKV_UNUSED static inline void x509_freep(X509 **certificate)
{
	X509_free(*certificate);
}
AKV_UNUSED static inline void pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
