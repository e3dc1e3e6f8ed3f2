/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * json - text of the network into values, believing nothing
 *
 * cJSON alone cuts a string at \u0000, lets one key shadow another, accepts
 * trailing bytes and invalid UTF-8, and multiplies memory forty times. So a
 * strict scan (json-scan.h) runs first, then cJSON, then typed, case-sensitive
 * getters that refuse duplicates.
 */

#include <cjson/cJSON.h>

#include "base/json-scan.h"
#include "base/std.h"

/*
 * Parse exactly @n bytes at @text, which need not be terminated. The caller
 * deletes *@ret. Returns 0, JSON_E_INVALID with *@fault (may be NULL) filled,
 * or -ENOMEM.
 */
AKV_MUST_CHECK int json_parse(cJSON **ret, const char *text, size_t n,
			      JsonFault *fault);

AKV_UNUSED static inline void json_deletep(cJSON **value)
{
	cJSON_Delete(*value);
}
#define AKV_JSON AKV_CLEANUP(json_deletep)

/*
 * The member @name of @object, of that type. All return 0, JSON_E_ABSENT if
 * there is none or it is null, JSON_E_TYPE if it is of another type or out of
 * range, or JSON_E_DUPLICATE if there are several. What they return is
 * borrowed from @object. @object may be NULL or no object: JSON_E_TYPE.
 */
enum {
	JSON_E_ABSENT = 2,
	JSON_E_TYPE = 3,
	JSON_E_DUPLICATE = 4,
};
AKV_MUST_CHECK int json_get(const cJSON **ret, const cJSON *object,
			    const char *name);
AKV_MUST_CHECK int json_get_string(const char **ret, const cJSON *object,
				   const char *name);
AKV_MUST_CHECK int json_get_object(const cJSON **ret, const cJSON *object,
				   const char *name);
AKV_MUST_CHECK int json_get_array(const cJSON **ret, const cJSON *object,
				  const char *name);
AKV_MUST_CHECK int json_get_bool(bool *ret, const cJSON *object,
				 const char *name);

/* A whole number of less than 2^53 in size, written as a number. */
AKV_MUST_CHECK int json_get_int64(int64_t *ret, const cJSON *object,
				  const char *name);

/* The same, also as a string of digits: token endpoints write both. */
AKV_MUST_CHECK int json_get_int64_loose(int64_t *ret, const cJSON *object,
					const char *name);
const char *json_answer_text(int answer); /* "is missing", ... for messages */
