/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * key-request - what a body asks of a key: its shape, and its terms of use
 *
 * Pure. All return 0, a negative errno, or KEY_REQUEST_E_INVALID with *@why set
 * to static text.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/key-material.h"

enum {
	KEY_REQUEST_E_INVALID = 1,
	RELEASE_POLICY_MAX = 10240, /* bytes of its data, encoded */
};

/*
 * kty, key_size, crv and public_exponent. With @hsm_only everything is of the
 * HSM, whatever kty says; otherwise symmetric keys are refused.
 */
AKV_MUST_CHECK int key_request_shape(KeyShape *ret, const cJSON *body,
				     bool hsm_only, const char **why);

/*
 * Put key_ops, attributes.exportable and release_policy of @body on @material;
 * what is absent is left as it is. @is_new allows what cannot be changed later.
 * After a refusal @material is what it was.
 */
AKV_MUST_CHECK int key_request_terms(KeyMaterial *material, const cJSON *body,
				     bool is_new, const char **why);
