/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-file - the private key of an application and its certificates
 *
 * From a file in PEM, with keys and certificates in any order, or in PKCS#12;
 * which of the two is told by its content. The signing certificate is the one
 * whose public key is the private key's, not the first.
 */

#include <openssl/x509.h>

#include "base/secret.h"
#include "base/std.h"

enum { KEY_FILE_CERTIFICATES_MAX = 16 };

typedef struct KeyFile {
	EVP_PKEY *key;
	X509 *certificates[KEY_FILE_CERTIFICATES_MAX]; /* signing one first */
	size_t n;
} KeyFile;

/*
 * Read @file; @password may be NULL. On KEY_FILE_E_INVALID, @why says in a
 * sentence what is wrong with it and what to do. Also returns -ENOMEM.
 */
enum { KEY_FILE_E_INVALID = 1 };
AKV_MUST_CHECK int key_file_read(KeyFile *ret, const Secret *file,
				 const Secret *password, char *why,
				 size_t why_size);
void key_file_done(KeyFile *key_file); /* accepts a zeroed one */
