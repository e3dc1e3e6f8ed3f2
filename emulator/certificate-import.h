/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-import - a certificate that comes with its key, as PEM or PKCS
 * #12
 */

#include "base/std.h"
#include "emulator/certificate-content.h"
#include "emulator/certificate-policy.h"
#include "emulator/exchange.h"

int certificate_import(Exchange *exchange);

/*
 * Read @value as the policy says what it is: PEM, or PKCS #12 in base64.
 * Returns 0, -ENOMEM, or IMPORT_E_INVALID with *@why set to static text.
 */
enum { IMPORT_E_INVALID = 1 };
AKV_MUST_CHECK int certificate_import_parse(CertificateContent *ret,
					    const CertificatePolicy *policy,
					    const char *value,
					    const char *password,
					    const char **why);

/* What is in it is what the policy is about. As above; also -EIO. */
AKV_MUST_CHECK int
certificate_import_describe(CertificatePolicy *policy,
			    const CertificateContent *content,
			    const char **why);
