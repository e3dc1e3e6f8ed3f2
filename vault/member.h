/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * member - one member of a JSON object of the network, checked
 *
 * What the readers of the model have in common: the first thing that is wrong
 * ends the reading and is named, and a value never is.
 */

#include "base/base64.h"
#include "base/json.h"
#include "base/std.h"

/* Where it is told what cannot be believed. */
typedef struct Why {
	char *text;
	size_t size;
} Why;

/* What all readers of the model return for that. */
enum { MODEL_E_UNTRUSTED = 1 };

int why_untrusted(const Why *why, const char *what); /* MODEL_E_UNTRUSTED */

/* The same for the member @name and the answer of its getter. */
int why_member(const Why *why, const char *name, int answer);

/* Parse a whole body. Returns 0, MODEL_E_UNTRUSTED or -ENOMEM. */
AKV_MUST_CHECK int member_body(cJSON **ret, const char *body, size_t n,
			       const Why *why);

/* Members of one object, at most, where their names are compared. */
enum { MEMBER_COUNT_MAX = 512 };

/*
 * Has no object within @value two members of one name, or too many? For what
 * is handed on as a whole. Returns 0 or MODEL_E_UNTRUSTED.
 */
AKV_MUST_CHECK int member_all_unique(const cJSON *value, const Why *why);

/* Is an absent member an answer, or a fault? */
enum member_need { MEMBER_OPTIONAL, MEMBER_NEEDED };

/*
 * The member @name of @object. All return 0 or MODEL_E_UNTRUSTED; an optional
 * one that is absent leaves the stated value.
 */
AKV_MUST_CHECK int member_time(int64_t *ret, const cJSON *object,
			       const char *name, const Why *why); /* -1 */
AKV_MUST_CHECK int member_bool(bool *ret, const cJSON *object, const char *name,
			       bool otherwise, const Why *why);

/* At most @max bytes of text, borrowed: "". */
AKV_MUST_CHECK int member_text(const char **ret, const cJSON *object,
			       const char *name, enum member_need need,
			       size_t max, const Why *why);

/* Of an object: NULL. */
AKV_MUST_CHECK int member_object(const cJSON **ret, const cJSON *object,
				 const char *name, enum member_need need,
				 const Why *why);

/* Strict base64 of 1 to @max bytes: nothing. Also returns -ENOMEM. */
AKV_MUST_CHECK int member_base64(const cJSON *object, const char *name,
				 enum base64_variant variant,
				 enum member_need need, size_t max,
				 const Why *why);

/* An array of at most @count_max strings of at most @max bytes each. */
AKV_MUST_CHECK int member_texts(const cJSON *object, const char *name,
				size_t count_max, size_t max, const Why *why);
