/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * given - a token that somebody has got elsewhere, in place of signing in
 *
 * It is what it is: never renewed, and good for nothing but to see what a
 * service says of it. For akvfs doctor; auth= does not know it.
 */

#include "auth/credential.h"

/*
 * A credential that gives @token, with a reference of its own, to who asks for
 * @resource or for @also (may be NULL), which it copies, and for nothing else:
 * a token goes to no service that it is not for. Returns 0 or -ENOMEM.
 */
AKV_MUST_CHECK int given_new(Credential **ret, Secret *token,
			     const char *resource, const char *also);
