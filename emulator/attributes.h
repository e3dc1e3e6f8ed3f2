/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * attributes - the part of a request body that all kinds of objects share
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/object.h"

enum {
	TAGS_MAX = 15,
	TAG_NAME_MAX = 512,
	TAG_VALUE_MAX = 512,
	CONTENT_TYPE_MAX = 255,
};

/*
 * Put "attributes" (enabled, nbf, exp), "tags" and "contentType" of @body on
 * @version; what is absent or null is left as it is. Returns 0, a negative
 * errno, or ATTRIBUTES_E_INVALID with *@why set to static text; then @version
 * may be changed in part.
 */
enum { ATTRIBUTES_E_INVALID = 1 };
AKV_MUST_CHECK int attributes_apply(Version *version, const cJSON *body,
				    const char **why);
