/* SPDX-License-Identifier: MIT */

/*
 * Days are counted by the proleptic Gregorian calendar (the civil calendar
 * algorithm over eras of 400 years), without the time zone of the process.
 */

#include "base/time.h"

#include <inttypes.h>

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

typedef struct Civil {
	int64_t year, month, day, hour, minute, second;
} Civil;

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400; /* rounded down */
	int64_t year_of_era = y - era * 400;
	int64_t month_from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
			     year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void civil_of(Civil *ret, int64_t seconds)
{
	int64_t days = seconds / 86400 + DAYS_TO_1970;
	int64_t era = days / DAYS_PER_ERA, doe = days - era * DAYS_PER_ERA;
	int64_t yoe =
		(doe - doe / 1460 + doe / 36524 - doe / (DAYS_PER_ERA - 1)) /
		365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t month_from_march = (5 * doy + 2) / 153;

	ret->day = doy - (153 * month_from_march + 2) / 5 + 1;
	ret->month = month_from_march < 10 ? month_from_march + 3
					   : month_from_march - 9;
	ret->year = yoe + era * 400 + (ret->month <= 2);
	ret->hour = seconds % 86400 / 3600;
	ret->minute = seconds % 3600 / 60;
	ret->second = seconds % 60;
}

void time_format_rfc3339(char ret[TIME_TEXT_SIZE], int64_t seconds)
{
	Civil civil;

	seconds = AKV_MAX(INT64_C(0), AKV_MIN(seconds, TIME_MAX_S));
	civil_of(&civil, seconds);
	(void)snprintf(ret, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		       (unsigned)civil.year % 10000,
		       (unsigned)civil.month % 100, (unsigned)civil.day % 100,
		       (unsigned)civil.hour % 100, (unsigned)civil.minute % 100,
		       (unsigned)civil.second % 100);
}

static int64_t month_days(int64_t year, int64_t month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int civil_seconds(int64_t *ret, const Civil *civil)
{
	if (civil->month < 1 || civil->month > 12 || civil->day < 1 ||
	    civil->day > month_days(civil->year, civil->month) ||
	    civil->hour > 23 || civil->minute > 59 || civil->second > 60)
		return TIME_E_RANGE;
	*ret = days_of(civil->year, civil->month, civil->day) * 86400 +
	       civil->hour * 3600 + civil->minute * 60 +
	       AKV_MIN(civil->second, INT64_C(59));
	return 0;
}

/* Exactly @n digits; moves *@text behind them. */
static bool take_digits(const char **text, size_t n, int64_t *ret)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*text += n;
	*ret = value;
	return true;
}

static bool take_text(const char **text, const char *expected)
{
	size_t n = strlen(expected);

	if (strncmp(*text, expected, n) != 0)
		return false;
	*text += n;
	return true;
}

static bool take_fraction(const char **text)
{
	size_t n = 0;

	if (!take_text(text, "."))
		return true;
	while ((*text)[n] >= '0' && (*text)[n] <= '9')
		n++;
	*text += n;
	return n > 0;
}

/* "Z", "+02:00": seconds east of Greenwich. */
static bool take_offset(const char **text, int64_t *ret)
{
	int64_t hours, minutes, sign;

	*ret = 0;
	if (take_text(text, "Z") || take_text(text, "z"))
		return true;
	sign = **text == '-' ? -1 : 1;
	if (!take_text(text, "+") && !take_text(text, "-"))
		return false;
	if (!take_digits(text, 2, &hours) || !take_text(text, ":") ||
	    !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

int time_parse_rfc3339(int64_t *ret, const char *text)
{
	Civil civil;
	int64_t seconds, offset_s;
	int r;

	if (!take_digits(&text, 4, &civil.year) || !take_text(&text, "-") ||
	    !take_digits(&text, 2, &civil.month) || !take_text(&text, "-") ||
	    !take_digits(&text, 2, &civil.day) ||
	    (!take_text(&text, "T") && !take_text(&text, "t")) ||
	    !take_digits(&text, 2, &civil.hour) || !take_text(&text, ":") ||
	    !take_digits(&text, 2, &civil.minute) || !take_text(&text, ":") ||
	    !take_digits(&text, 2, &civil.second) || !take_fraction(&text) ||
	    !take_offset(&text, &offset_s) || *text != '\0')
		return TIME_E_SYNTAX;
	r = civil_seconds(&seconds, &civil);
	if (r != 0)
		return r;
	if (seconds - offset_s > TIME_MAX_S)
		return TIME_E_RANGE;
	*ret = seconds - offset_s;
	return 0;
}

/* One of @n names of three letters; *@ret is its place from 0. */
static bool take_name(const char **text, const char *names, size_t n,
		      int64_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(*text, names + 3 * i, 3) == 0) {
			*text += 3;
			*ret = (int64_t)i;
			return true;
		}
	}
	return false;
}

int time_parse_http_date(int64_t *ret, const char *text)
{
	Civil civil;
	int64_t weekday, month;

	if (!take_name(&text, "MonTueWedThuFriSatSun", 7, &weekday) ||
	    !take_text(&text, ", ") || !take_digits(&text, 2, &civil.day) ||
	    !take_text(&text, " ") ||
	    !take_name(&text, "JanFebMarAprMayJunJulAugSepOctNovDec", 12,
		       &month) ||
	    !take_text(&text, " ") || !take_digits(&text, 4, &civil.year) ||
	    !take_text(&text, " ") || !take_digits(&text, 2, &civil.hour) ||
	    !take_text(&text, ":") || !take_digits(&text, 2, &civil.minute) ||
	    !take_text(&text, ":") || !take_digits(&text, 2, &civil.second) ||
	    !take_text(&text, " GMT") || *text != '\0')
		return TIME_E_SYNTAX;
	civil.month = month + 1;
	return civil_seconds(ret, &civil);
}
