/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-version - what only a version of a certificate has
 *
 * Its key and its secret are made from it, and from nothing else.
 */

#include "base/std.h"
#include "emulator/certificate-content.h"
#include "emulator/object.h"
#include "emulator/writer.h"

typedef struct CertificatePart {
	CertificateContent content; /* without a leaf until it is issued */
	bool exportable;            /* the secret has the private key */
	bool hsm;                   /* the key is one of the HSM */
	bool is_pem;                /* the secret is PEM, not PKCS #12 */
	bool keeps_order;           /* the leaf may be anywhere */
} CertificatePart;

/* A version with that part, which is taken over. 0 or -ENOMEM. */
AKV_MUST_CHECK int certificate_version_new(Version **ret, CertificatePart *part,
					   int64_t now_us);

/* Put it on @version, in place of one that it may have. */
AKV_MUST_CHECK int certificate_version_set(Version *version,
					   CertificatePart *part);

/* The part of a version of a certificate; borrowed. */
CertificatePart *certificate_version_part(const Version *version);

/* Is there a certificate, or is it still waited for? */
bool certificate_version_is_issued(const Version *version);

/*
 * Its certificates are in: order them, and take over from when to when it is
 * valid. Returns 0, -EIO if that cannot be read, or CONTENT_E_MISMATCH if none
 * of them is for the key.
 */
AKV_MUST_CHECK int certificate_version_issue(Version *version);

/* A backup's members, and back; as those of Kind. */
void certificate_version_save(Writer *writer, const Version *version);
AKV_MUST_CHECK int certificate_version_load(Version *version,
					    const cJSON *members);
