/* SPDX-License-Identifier: MIT */

#include "emulator/rotation-policy.h"

#include <strings.h>
#include <time.h>

#include "base/json.h"

enum { NUMBER_MAX = 9999, MONTHS_PER_YEAR = 12, DAYS_PER_WEEK = 7 };

/* A number and its unit, which must come after those in @units. */
static int part_parse(unsigned *ret, char *ret_unit, const char **text)
{
	unsigned number = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (unsigned)(*at - '0');
		if (number > NUMBER_MAX)
			return ROTATION_E_INVALID;
	}
	if (at == *text || *at == '\0')
		return ROTATION_E_INVALID;
	*ret = number;
	*ret_unit = *at;
	*text = at + 1;
	return 0;
}

int duration_parse(Duration *ret, const char *text)
{
	static const char units[] = "YMWD";
	const char *expected = units, *at = text;
	Duration duration = {.months = 0};

	if (strlen(text) >= DURATION_SIZE || *at++ != 'P' || *at == '\0')
		return ROTATION_E_INVALID;
	while (*at != '\0') {
		unsigned number;
		char unit;

		if (part_parse(&number, &unit, &at) != 0)
			return ROTATION_E_INVALID;
		expected = strchr(expected, unit);
		if (!expected || unit == '\0')
			return ROTATION_E_INVALID;
		expected++;
		if (unit == 'Y')
			duration.months += number * MONTHS_PER_YEAR;
		else if (unit == 'M')
			duration.months += number;
		else
			duration.days +=
				unit == 'W' ? number * DAYS_PER_WEEK : number;
	}
	(void)snprintf(duration.text, sizeof(duration.text), "%s", text);
	*ret = duration;
	return 0;
}

int64_t duration_after(const Duration *duration, int64_t from_s)
{
	time_t from = (time_t)from_s;
	struct tm date;

	if (!gmtime_r(&from, &date))
		return from_s;
	date.tm_mon += (int)duration->months;
	date.tm_mday += (int)duration->days;
	return (int64_t)timegm(&date);
}

/* Absent and null leave @ret unset; otherwise it is @days_min at the least. */
static int duration_get(Duration *ret, const cJSON *object, const char *name,
			unsigned days_min)
{
	const char *text;
	int r = json_get_string(&text, object, name);

	if (r == JSON_E_ABSENT || (r == 0 && *text == '\0'))
		return 0;
	if (r != 0 || duration_parse(ret, text) != 0)
		return ROTATION_E_INVALID;
	return ret->months > 0 || ret->days >= days_min ? 0
							: ROTATION_E_INVALID;
}

static bool trigger_is_set(const RotationTrigger *trigger)
{
	return *trigger->after_create.text || *trigger->before_expiry.text;
}

static int action_parse(RotationPolicy *policy, const cJSON *item)
{
	const cJSON *trigger, *action;
	RotationTrigger parsed = {.after_create = {.months = 0}};
	RotationTrigger *place;
	const char *type;

	if (json_get_object(&trigger, item, "trigger") != 0 ||
	    json_get_object(&action, item, "action") != 0 ||
	    json_get_string(&type, action, "type") != 0 ||
	    duration_get(&parsed.after_create, trigger, "timeAfterCreate",
			 TRIGGER_DAYS_MIN) != 0 ||
	    duration_get(&parsed.before_expiry, trigger, "timeBeforeExpiry",
			 TRIGGER_DAYS_MIN) != 0)
		return ROTATION_E_INVALID;
	if (strcasecmp(type, "rotate") == 0)
		place = &policy->rotate;
	else if (strcasecmp(type, "notify") == 0)
		place = &policy->notify;
	else
		return ROTATION_E_INVALID;
	if (!*parsed.after_create.text == !*parsed.before_expiry.text)
		return ROTATION_E_INVALID;
	*place = parsed;
	return 0;
}

static int actions_parse(RotationPolicy *policy, const cJSON *body)
{
	const cJSON *list, *item;
	int r = json_get_array(&list, body, "lifetimeActions");

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return ROTATION_E_INVALID;
	policy->rotate = (RotationTrigger){.after_create = {.months = 0}};
	cJSON_ArrayForEach (item, list) {
		if (action_parse(policy, item) != 0)
			return ROTATION_E_INVALID;
	}
	return 0;
}

static int expiry_parse(RotationPolicy *policy, const cJSON *body)
{
	const cJSON *attributes;
	int r = json_get_object(&attributes, body, "attributes");

	if (r == JSON_E_ABSENT)
		return 0;
	policy->expiry = (Duration){.months = 0};
	return r == 0 ? duration_get(&policy->expiry, attributes, "expiryTime",
				     EXPIRY_DAYS_MIN)
		      : ROTATION_E_INVALID;
}

int rotation_policy_parse(RotationPolicy *ret, const cJSON *body,
			  const char **why)
{
	RotationPolicy policy = *ret;

	*why = "The property \"attributes\" is not valid: expiryTime is a "
	       "duration in ISO 8601 of at least 28 days.";
	if (expiry_parse(&policy, body) != 0)
		return ROTATION_E_INVALID;
	*why = "The property \"lifetimeActions\" is not valid: an action is "
	       "Rotate or Notify, with one of timeAfterCreate and "
	       "timeBeforeExpiry, a duration in ISO 8601 of at least 7 days.";
	if (actions_parse(&policy, body) != 0)
		return ROTATION_E_INVALID;
	*why = "A key that is to be rotated before it expires needs an "
	       "expiryTime.";
	if (*policy.rotate.before_expiry.text && !*policy.expiry.text)
		return ROTATION_E_INVALID;
	*ret = policy;
	return 0;
}

void rotation_policy_init(RotationPolicy *ret)
{
	static const RotationPolicy none = {
		.notify = {.before_expiry = {.text = "P30D", .days = 30}},
	};

	*ret = none;
}

static void action_write(Writer *writer, const char *type,
			 const RotationTrigger *trigger)
{
	const char *after = trigger->after_create.text;

	if (!trigger_is_set(trigger))
		return;
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "trigger", '{');
	if (*after)
		writer_string(writer, "timeAfterCreate", after);
	else
		writer_string(writer, "timeBeforeExpiry",
			      trigger->before_expiry.text);
	writer_end(writer, '}');
	writer_begin(writer, "action", '{');
	writer_string(writer, "type", type);
	writer_end(writer, '}');
	writer_end(writer, '}');
}

void rotation_policy_write_actions(Writer *writer, const RotationPolicy *policy)
{
	writer_begin(writer, "lifetimeActions", '[');
	action_write(writer, "Rotate", &policy->rotate);
	action_write(writer, "Notify", &policy->notify);
	writer_end(writer, ']');
}
