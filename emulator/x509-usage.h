/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * x509-usage - the words of "key_usage", and the bits they stand for
 */

#include <cjson/cJSON.h>

#include "base/std.h"

/*
 * The bits (KU_... of OpenSSL) that the array @words names. Returns 0, or
 * X509_USAGE_E_INVALID for a word that is none.
 */
enum { X509_USAGE_E_INVALID = 1 };
AKV_MUST_CHECK int x509_usage_parse(uint32_t *ret, const cJSON *words);

/*
 * The reverse, in the service's order: an array for the caller to delete; NULL
 * without memory.
 */
cJSON *x509_usage_words(uint32_t bits);
