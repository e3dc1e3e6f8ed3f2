/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * x509-sans - the other names of a subject, as "sans" and as X.509 has them
 */

#include <cjson/cJSON.h>
#include <openssl/x509v3.h>

#include "base/std.h"

enum { X509_SANS_MAX = 1000, X509_SAN_SIZE_MAX = 1024 };

AKV_UNUSED static inline void x509_sans_freep(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

/*
 * The names in {"emails","dns_names","upns","uris","ipAddresses"}, each an
 * array of texts; the caller frees them. Returns 0, -ENOMEM, or
 * X509_SANS_E_INVALID for another member or a text that is no such name.
 */
enum { X509_SANS_E_INVALID = 1 };
AKV_MUST_CHECK int x509_sans_parse(GENERAL_NAMES **ret, const cJSON *sans);

/*
 * The reverse: the names of @certificate for the caller to delete, or NULL if
 * it has none. Names of other kinds are left out. Returns 0 or -ENOMEM.
 */
AKV_MUST_CHECK int x509_sans_read(cJSON **ret, const X509 *certificate);
