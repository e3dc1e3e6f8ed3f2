/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-policy - how a certificate is made and renewed
 *
 * It belongs to the certificate, not to a version. Kept as the JSON that the
 * service answers, without its id and attributes; everything in it has been
 * checked.
 */

#include <cjson/cJSON.h>
#include <openssl/x509.h>

#include "base/std.h"
#include "emulator/key-material.h"
#include "emulator/writer.h"

#define CONTENT_TYPE_PEM "application/x-pem-file"
#define CONTENT_TYPE_PFX "application/x-pkcs12"

typedef struct CertificatePolicy {
	cJSON *sections; /* owned */
	bool enabled;
	int64_t created_s, updated_s;
} CertificatePolicy;

/* All functions return 0, -ENOMEM, or what else they say. */

void certificate_policy_done(CertificatePolicy *policy);

/* What a policy has that nobody chose; it has no subject and no issuer yet. */
AKV_MUST_CHECK int certificate_policy_init(CertificatePolicy *ret,
					   int64_t now_s);

AKV_MUST_CHECK int certificate_policy_copy(CertificatePolicy *ret,
					   const CertificatePolicy *policy);

/*
 * Put the members of @body on @policy; what is absent or null is left. Returns
 * CERTIFICATE_POLICY_E_INVALID with *@why set to static text; @policy may then
 * be changed in part.
 */
enum { CERTIFICATE_POLICY_E_INVALID = 1 };
AKV_MUST_CHECK int certificate_policy_apply(CertificatePolicy *policy,
					    const cJSON *body,
					    const char **why);

/* What is still open: the issuer, and what happens as it grows old. */
AKV_MUST_CHECK int certificate_policy_complete(CertificatePolicy *policy);

/* Can a certificate be made by it? As certificate_policy_apply(). */
AKV_MUST_CHECK int certificate_policy_check(const CertificatePolicy *policy,
					    const char **why);

/*
 * Let it describe a certificate that came from elsewhere. Also returns -EIO if
 * OpenSSL cannot read it.
 */
AKV_MUST_CHECK int certificate_policy_describe(CertificatePolicy *policy,
					       X509 *leaf,
					       const KeyMaterial *material);

/* The key to make; of a checked policy. */
KeyShape certificate_policy_shape(const CertificatePolicy *policy);
bool certificate_policy_exportable(const CertificatePolicy *policy);
bool certificate_policy_reuses_key(const CertificatePolicy *policy);

/* Is the secret PEM rather than PKCS #12? */
bool certificate_policy_is_pem(const CertificatePolicy *policy);

/* "x509_props"; borrowed. */
const cJSON *certificate_policy_properties(const CertificatePolicy *policy);

/* "Self", "Unknown" or another name; borrowed. */
const char *certificate_policy_issuer(const CertificatePolicy *policy);

/* Write the sections; @newer: also the kinds of names that came in 2025. */
void certificate_policy_write(Writer *writer, const CertificatePolicy *policy,
			      bool newer);

/* For a backup: all of it, and back. A positive answer if it is no policy. */
void certificate_policy_save(Writer *writer, const CertificatePolicy *policy);
AKV_MUST_CHECK int certificate_policy_load(CertificatePolicy *ret,
					   const cJSON *saved);
