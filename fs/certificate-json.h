/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * certificate-json - policy.json and certificate.json
 */

#include <openssl/x509.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/std.h"
#include "fs/why.h"

/*
 * The policy of @document, the bundle of a certificate, as the REST interface
 * has it, so that it can be sent back. Returns as rendition_make().
 */
AKV_MUST_CHECK int certificate_policy_make(Secret **ret, const cJSON *document,
					   const Why *why);

/*
 * The rest of @document: without policy and certificate, with times in RFC
 * 3339, what @leaf (NULL if it is not issued yet) says of itself, and @pending
 * (may be NULL), the operation under way. Returns as rendition_make().
 */
AKV_MUST_CHECK int certificate_json_make(Secret **ret, const cJSON *document,
					 const X509 *leaf,
					 const Secret *pending, const Why *why);
