/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * form - the body of a token request: application/x-www-form-urlencoded
 */

#include "base/std.h"

enum { FORM_FIELDS_MAX = 32 };

typedef struct Form {
	char *text; /* owned, wiped: it holds a password */
	size_t size;
	struct {
		const char *name, *value; /* decoded, in text */
	} fields[FORM_FIELDS_MAX];
	size_t n;
} Form;

/* Returns 0, FORM_E_INVALID for bad escapes or too many fields, or -ENOMEM. */
enum { FORM_E_INVALID = 1 };
AKV_MUST_CHECK int form_parse(Form *ret, const char *text, size_t n);
void form_done(Form *form);

/* The field, or NULL if it is missing or empty. */
const char *form_get(const Form *form, const char *name);
