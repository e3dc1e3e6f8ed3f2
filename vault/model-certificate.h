/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * model-certificate - is this the JSON of a certificate, or of its operation?
 *
 * CertificateBundle and CertificateOperation of the data plane's OpenAPI files.
 * A certificate whose operation is not over has no "cer" yet. What lies inside
 * the base64 is for those who use it.
 */

#include "vault/member.h"
#include "vault/object-id.h"

enum {
	CERTIFICATE_DER_MAX = 64 * 1024, /* one certificate, one request */
	CERTIFICATE_THUMBPRINT_MAX = 64, /* SHA-1 has 20 bytes */
};

/*
 * @object is the bundle, deleted or not, with @id as its id: its key and its
 * secret ("kid", "sid") have to be of the same vault and name. Returns 0,
 * MODEL_E_UNTRUSTED or -ENOMEM.
 */
AKV_MUST_CHECK int model_certificate_check(const cJSON *object,
					   const ObjectId *id, const Why *why);

/* An operation; likewise. */
AKV_MUST_CHECK int model_pending_check(const cJSON *object, const Why *why);
