/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * x509-make - certificates and signing requests that a policy asks for
 *
 * @properties are the "x509_props" of a policy: subject, sans, ekus, key_usage,
 * validity_months. All functions return 0, -ENOMEM, -EIO if OpenSSL fails, or
 * X509_MAKE_E_INVALID if @properties are no such thing.
 */

#include <cjson/cJSON.h>
#include <openssl/x509.h>

#include "base/std.h"

enum {
	X509_MAKE_E_INVALID = 1,

	/* The service dates certificates back by this. */
	X509_BACKDATED_S = 600,
};

typedef struct X509Signer {
	X509 *certificate;
	EVP_PKEY *key;
} X509Signer;

/*
 * A certificate for @key, which is valid from a little before @now_s on;
 * signed by @signer, or by @key itself if that is NULL. The caller frees.
 */
AKV_MUST_CHECK int x509_make_certificate(X509 **ret, const cJSON *properties,
					 EVP_PKEY *key,
					 const X509Signer *signer,
					 int64_t now_s);

/* A signing request of PKCS #10, signed by @key. The caller frees. */
AKV_MUST_CHECK int x509_make_request(X509_REQ **ret, const cJSON *properties,
				     EVP_PKEY *key);

/* Is all of @properties as it must be? */
AKV_MUST_CHECK int x509_make_check(const cJSON *properties);

/* The same day of the month, @months later; the last one where it has none. */
int64_t months_after(int64_t from_s, unsigned months);
