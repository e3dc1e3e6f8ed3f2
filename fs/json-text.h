/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * json-text - JSON for people and programs: indented, members in order
 *
 * The same values always give the same text, in whatever order they came.
 */

#include "base/buf.h"
#include "base/json.h"
#include "base/std.h"

/*
 * Append @value, indented by two blanks, the members of objects ordered by the
 * bytes of their names, and a line end. Returns 0, JSON_TEXT_E_INVALID if two
 * members have one name or the nesting is too deep, -ENOMEM, or
 * buf_append()'s.
 */
enum { JSON_TEXT_E_INVALID = 1 };
AKV_MUST_CHECK int json_text_append(Buf *buf, const cJSON *value);
