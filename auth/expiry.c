/* SPDX-License-Identifier: MIT */

/*
 * Each date becomes RFC 3339, whose strict reader judges the fields. Used by
 * token-response.c.
 */

#include "auth/expiry.h"

#include "base/parse.h"
#include "base/time.h"

typedef struct Fields {
	unsigned year, month, day, hour, minute, second;
} Fields;

/* One to @most digits at *@at, which moves behind them and behind @end. */
static bool take(const char **at, unsigned *ret, unsigned most, char end)
{
	unsigned value = 0, n = 0;

	for (; **at >= '0' && **at <= '9' && n < most; n++, (*at)++)
		value = value * 10 + (unsigned)(**at - '0');
	if (n == 0 || (end != '\0' && **at != end))
		return false;
	if (end != '\0')
		(*at)++;
	*ret = value;
	return true;
}

static bool take_clock(const char **at, Fields *fields)
{
	return take(at, &fields->hour, 2, ':') &&
	       take(at, &fields->minute, 2, ':') &&
	       take(at, &fields->second, 2, '\0');
}

/* What may follow the clock of an American date; false if anything else. */
static bool take_half(const char *rest, Fields *fields)
{
	if (strncmp(rest, " PM", 3) == 0) {
		if (fields->hour > 12)
			return false;
		if (fields->hour < 12)
			fields->hour += 12;
		rest += 3;
	} else if (strncmp(rest, " AM", 3) == 0) {
		if (fields->hour > 12)
			return false;
		if (fields->hour == 12)
			fields->hour = 0;
		rest += 3;
	}
	return *rest == '\0' || strcmp(rest, " +00:00") == 0;
}

static bool take_fraction(const char *rest)
{
	if (*rest == '.')
		return rest[1] != '\0' &&
		       strspn(rest + 1, "0123456789") == strlen(rest + 1);
	return *rest == '\0';
}

static int fields_time(int64_t *ret, const Fields *fields)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ",
		       fields->year, fields->month, fields->day, fields->hour,
		       fields->minute, fields->second);
	return time_parse_rfc3339(ret, text) == 0 ? 0 : EXPIRY_E_SYNTAX;
}

int expiry_parse(int64_t *ret, const char *text)
{
	const char *at = text;
	Fields fields = {0};
	uint64_t seconds;

	if (parse_uint64(&seconds, text, (uint64_t)TIME_MAX_S) == 0) {
		*ret = (int64_t)seconds;
		return 0;
	}
	if (time_parse_rfc3339(ret, text) == 0)
		return 0;
	if (take(&at, &fields.month, 2, '/') &&
	    take(&at, &fields.day, 2, '/') && take(&at, &fields.year, 4, ' ') &&
	    take_clock(&at, &fields) && take_half(at, &fields))
		return fields_time(ret, &fields);
	at = text;
	if (take(&at, &fields.year, 4, '-') &&
	    take(&at, &fields.month, 2, '-') &&
	    take(&at, &fields.day, 2, ' ') && take_clock(&at, &fields) &&
	    take_fraction(at))
		return fields_time(ret, &fields);
	return EXPIRY_E_SYNTAX;
}
