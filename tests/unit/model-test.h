/* SPDX-License-Identifier: MIT */
#pragma once

/* model-test - what the tests of the model's parts share: JSON from text */

#include "check.h"
#include "vault/member.h"

static char why_text[128];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

AKV_UNUSED static cJSON *json_of(const char *text)
{
	cJSON *value = NULL;

	why_text[0] = '\0';
	if (json_parse(&value, text, strlen(text), NULL) != 0)
		abort();
	return value;
}
