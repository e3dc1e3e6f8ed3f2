/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-work - the work that a file with a password asks for
 *
 * A file says itself how often a password is to be hashed before anything of
 * it can be read. That is added up first, and what is too much is not begun,
 * so that no file keeps a process busy. (RFC 8018: PBKDF2 and PBES2; RFC 7292:
 * PKCS#12; RFC 7914: scrypt; RFC 9579: PBMAC1.)
 */

#include <openssl/pkcs12.h>

#include "base/std.h"

/* What was asked for so far, in rounds of a hash. */
typedef struct KeyWork {
	int64_t max, sum;
} KeyWork;

enum {
	KEY_WORK_E_TOO_MUCH = 1, /* more than max, or no number of rounds */
	KEY_WORK_E_UNKNOWN = 2,  /* another way than those counted here */
	KEY_WORK_E_SYNTAX = 3,   /* not the parameters that belong to it */
};

/* All add to @work and return 0 or KEY_WORK_E_*. @rounds may be NULL: 1. */
AKV_MUST_CHECK int key_work_add(KeyWork *work, const ASN1_INTEGER *rounds);

/* For parameters of the encryptions of PKCS#5 v1 and PKCS#12; of PBES2. */
AKV_MUST_CHECK int key_work_add_pbe(KeyWork *work, const ASN1_TYPE *parameter);
AKV_MUST_CHECK int key_work_add_pbes2(KeyWork *work,
				      const ASN1_TYPE *parameter);

/* For any of them. */
AKV_MUST_CHECK int key_work_add_algorithm(KeyWork *work,
					  const X509_ALGOR *algorithm);

/* For one check of the MAC of @pfx, if it has one. */
AKV_MUST_CHECK int key_work_add_mac(KeyWork *work, const PKCS12 *pfx);
