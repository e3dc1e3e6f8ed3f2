/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * jwk - JSON Web Keys (RFC 7517, 7518), numbers in base64url without padding
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/key-material.h"
#include "emulator/writer.h"

/*
 * The private key that @jwk describes: kty RSA with n, e, d, p, q, dp, dq, qi;
 * EC with crv, x, y, d; or oct with k. The parts must fit each other. "key_ops"
 * is taken over. @hsm asks for a key of the HSM, as does "-HSM" in kty.
 * Returns 0, JWK_E_INVALID, or a negative errno.
 */
enum { JWK_E_INVALID = 1 };
AKV_MUST_CHECK int jwk_parse(KeyMaterial **ret, const cJSON *jwk, bool hsm);

/* Write kty, key_ops and the public members; symmetric keys have none. */
void jwk_write_public(Writer *writer, const KeyMaterial *material);
