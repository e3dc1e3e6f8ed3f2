/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * rotation-policy - when a key is to be renewed, and how long it is then valid
 *
 * Pure. Durations are ISO 8601: years, months, weeks and days.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/writer.h"

enum {
	DURATION_SIZE = 24,
	TRIGGER_DAYS_MIN = 7,
	EXPIRY_DAYS_MIN = 28,
};

typedef struct Duration {
	char text[DURATION_SIZE]; /* as it was written; "" if not set */
	unsigned months, days;
} Duration;

/* One of the two is set, or none: there is no such action. */
typedef struct RotationTrigger {
	Duration after_create, before_expiry;
} RotationTrigger;

typedef struct RotationPolicy {
	RotationTrigger rotate, notify;
	Duration expiry; /* of new versions */
	int64_t created_s, updated_s;
} RotationPolicy;

/* RFC 3339 appendix A: "P1Y2M10D"; 0, or ROTATION_E_INVALID. */
enum { ROTATION_E_INVALID = 1 };
AKV_MUST_CHECK int duration_parse(Duration *ret, const char *text);

/* The time that much after @from_s, as the calendar counts months. */
int64_t duration_after(const Duration *duration, int64_t from_s);

/*
 * What @body asks for, over what @ret holds. Returns 0, or ROTATION_E_INVALID
 * with *@why set to static text and @ret untouched.
 */
AKV_MUST_CHECK int rotation_policy_parse(RotationPolicy *ret, const cJSON *body,
					 const char **why);

/* What a key has that was given none: a notice 30 days before it expires. */
void rotation_policy_init(RotationPolicy *ret);

/* Write "lifetimeActions". */
void rotation_policy_write_actions(Writer *writer,
				   const RotationPolicy *policy);
