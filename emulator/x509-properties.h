/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * x509-properties - what a certificate says, in the words of "x509_props"
 */

#include <cjson/cJSON.h>
#include <openssl/x509.h>

#include "base/std.h"

enum {
	VALIDITY_MONTHS_MAX = 1200,
	EKUS_MAX = 32,
	X509_SHA1_SIZE = 20,
};

/*
 * {"subject","sans","ekus","key_usage","validity_months","basic_constraints"}
 * of @certificate, for the caller to delete. Returns 0, -ENOMEM, or -EIO if
 * OpenSSL cannot read it.
 */
AKV_MUST_CHECK int x509_properties_read(cJSON **ret, X509 *certificate);

/* From when to when it is valid, in seconds since 1970; -EIO as above. */
AKV_MUST_CHECK int x509_validity(int64_t *ret_from_s, int64_t *ret_until_s,
				 const X509 *certificate);

/* Months from one to the other as the service counts: the begun one, too. */
int months_between(int64_t from_s, int64_t until_s);
