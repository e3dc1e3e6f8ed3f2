/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * model-key - is this the JSON of a key, or of a rotation policy?
 *
 * KeyBundle and KeyRotationPolicy of the data plane's OpenAPI files. Types of
 * keys, curves and operations are open strings: the service adds new ones.
 */

#include "vault/member.h"

enum {
	KEY_WORD_MAX = 64,       /* "RSA-HSM", "P-256K", "wrapKey" */
	KEY_OPERATIONS_MAX = 64, /* the service knows nine */
	KEY_NUMBER_MAX = 2048,   /* bytes: RSA of 16384 bits */
	KEY_LIFETIME_ACTIONS_MAX = 64,
};

/*
 * @object is the bundle. Set *@ret_id to key.kid, borrowed. Also refused: a
 * private number, which the service never tells, and so neither do we.
 * Returns 0, MODEL_E_UNTRUSTED or -ENOMEM.
 */
AKV_MUST_CHECK int model_key_check(const char **ret_id, const cJSON *object,
				   const Why *why);

/* A rotation policy. Returns 0 or MODEL_E_UNTRUSTED. */
AKV_MUST_CHECK int model_rotation_check(const cJSON *object, const Why *why);
