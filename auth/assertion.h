/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * assertion - a signed statement of who asks for a token
 *
 * The JSON Web Token by which an application proves that it has the key of its
 * certificate: RFC 7523, and Microsoft identity platform "certificate
 * credentials".
 */

#include "auth/key-file.h"
#include "base/secret.h"
#include "base/std.h"

enum { ASSERTION_LIFE_S = 600, ASSERTION_EARLY_S = 60 };

typedef struct AssertionWish {
	const char *client_id; /* issuer and subject */
	const char *audience;  /* the URL that it is posted to */
	int64_t wall_s;
	bool send_chain; /* x5c: all certificates, the signing one first */
	bool rs256;      /* else PS256, whose salt has 32 bytes */
} AssertionWish;

/*
 * Sign it. Valid from ASSERTION_EARLY_S ago, for a clock that is ahead, and
 * for ASSERTION_LIFE_S. Returns 0, -EIO if OpenSSL will not sign, or what
 * buf_append() does.
 */
AKV_MUST_CHECK int assertion_make(Secret **ret, const KeyFile *key_file,
				  const AssertionWish *wish);
