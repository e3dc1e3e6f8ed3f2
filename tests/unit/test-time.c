/* SPDX-License-Identifier: MIT */

/* Instants against known pairs, and a walk over all days there are. */

#include "base/time.h"
#include "tests/unit/check.h"

static void formats_known_instants(void)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},
		{59, "1970-01-01T00:00:59Z"},
		{951782399, "2000-02-28T23:59:59Z"},
		{951782400, "2000-02-29T00:00:00Z"},
		{1000000000, "2001-09-09T01:46:40Z"},
		{1795488660, "2026-11-24T02:51:00Z"},
		{2147483648, "2038-01-19T03:14:08Z"},
		{4107542400, "2100-03-01T00:00:00Z"},
		{TIME_MAX_S, "9999-12-31T23:59:59Z"},
	};
	char text[TIME_TEXT_SIZE];
	int64_t seconds;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		time_format_rfc3339(text, rows[i].seconds);
		CHECK_STR(text, rows[i].text);
		CHECK_OK(time_parse_rfc3339(&seconds, text));
		CHECK_EQ(seconds, rows[i].seconds);
	}
}

static void clamps_what_it_cannot_say(void)
{
	char text[TIME_TEXT_SIZE];

	time_format_rfc3339(text, -1);
	CHECK_STR(text, "1970-01-01T00:00:00Z");
	time_format_rfc3339(text, INT64_MIN);
	CHECK_STR(text, "1970-01-01T00:00:00Z");
	time_format_rfc3339(text, TIME_MAX_S + 1);
	CHECK_STR(text, "9999-12-31T23:59:59Z");
	time_format_rfc3339(text, INT64_MAX);
	CHECK_STR(text, "9999-12-31T23:59:59Z");
}

static int month_days(int year, int month)
{
	if (month == 2)
		return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
			       ? 29
			       : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Counts the days one by one, as a calendar on the wall does. */
static void every_day_of_the_calendar(void)
{
	int64_t expected = -INT64_C(62167219200), seconds;
	char text[64], back[TIME_TEXT_SIZE];

	for (int year = 0; year <= 9999; year++) {
		for (int month = 1; month <= 12; month++) {
			int day = month_days(year, month);

			(void)snprintf(text, sizeof(text),
				       "%04d-%02d-%02dT00:00:00Z", year, month,
				       day);
			expected += (day - 1) * INT64_C(86400);
			CHECK_OK(time_parse_rfc3339(&seconds, text));
			CHECK_EQ(seconds, expected);
			if (year >= 1970) {
				time_format_rfc3339(back, seconds);
				CHECK_STR(back, text);
			}
			expected += 86400;
			(void)snprintf(text, sizeof(text),
				       "%04d-%02d-%02dT00:00:00Z", year, month,
				       day + 1);
			CHECK_EQ(time_parse_rfc3339(&seconds, text),
				 TIME_E_RANGE);
		}
	}
}

static void offsets_and_fractions(void)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"1970-01-01t00:00:01z", 1},
		{"1970-01-01T00:00:01.999999999Z", 1},
		{"1970-01-01T00:00:01.0Z", 1},
		{"1970-01-01T00:00:01.090Z", 1},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1969-12-31T18:30:00-05:30", 0},
		{"1970-01-01T00:00:00.5-00:00", 0},
		{"1970-01-01T00:00:00+23:59", -86340},
		{"2016-12-31T23:59:60Z", 1483228799},
	};
	int64_t seconds;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		CHECK_OK(time_parse_rfc3339(&seconds, rows[i].text));
		CHECK_EQ(seconds, rows[i].seconds);
	}
}

static void rfc3339_is_strict(void)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11-24",
		"2026-11-24T02:51:00",
		"2026-11-24 02:51:00Z",
		"2026-11-24T02:51Z",
		"2026-11-24T02:51:00.Z",
		"2026-11-24T02:51:00,5Z",
		"2026-11-24T02:51:00Z ",
		" 2026-11-24T02:51:00Z",
		"2026-11-24T02:51:00ZZ",
		"2026-11-24T02:51:00+0100",
		"2026-11-24T02:51:00+1:00",
		"2026-11-24T02:51:00+24:00",
		"2026-11-24T02:51:00+01:60",
		"2026-11-24T02:51:00+01:0",
		"26-11-24T02:51:00Z",
		"02026-11-24T02:51:00Z",
		"-026-11-24T02:51:00Z",
		"2026-1-24T02:51:00Z",
		"2026-11-2 T02:51:00Z",
		"2026/11/24T02:51:00Z",
		"2026-11-24T2:51:00Z",
	};
	static const char *const outside[] = {
		"2026-00-24T02:51:00Z",      "2026-13-24T02:51:00Z",
		"2026-11-00T02:51:00Z",      "2026-11-31T02:51:00Z",
		"2026-02-29T02:51:00Z",      "2100-02-29T02:51:00Z",
		"2026-11-24T24:00:00Z",      "2026-11-24T02:60:00Z",
		"2026-11-24T02:51:61Z",      "2026-99-99T99:99:99Z",
		"9999-12-31T23:59:59-00:01",
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		if (time_parse_rfc3339(&seconds, bad[i]) != TIME_E_SYNTAX)
			CHECK_FAIL("\"%s\" was taken", bad[i]);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(outside); i++) {
		if (time_parse_rfc3339(&seconds, outside[i]) != TIME_E_RANGE)
			CHECK_FAIL("\"%s\" was taken", outside[i]);
	}
	CHECK_EQ(seconds, 7);
}

static void http_dates(void)
{
	int64_t seconds = 7;

	CHECK_OK(time_parse_http_date(&seconds,
				      "Sun, 06 Nov 1994 08:49:37 GMT"));
	CHECK_EQ(seconds, 784111777);
	CHECK_OK(time_parse_http_date(&seconds,
				      "Thu, 01 Jan 1970 00:00:00 GMT"));
	CHECK_EQ(seconds, 0);
	CHECK_OK(time_parse_http_date(&seconds,
				      "Fri, 31 Dec 9999 23:59:59 GMT"));
	CHECK_EQ(seconds, TIME_MAX_S);
}

static void http_dates_are_strict(void)
{
	static const char *const bad[] = {
		"",
		"120",
		"Sunday, 06-Nov-94 08:49:37 GMT", /* obsolete forms */
		"Sun Nov  6 08:49:37 1994",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun,  06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"unM, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 anF 1994 08:49:37 GMT",
	};
	static const char *const outside[] = {
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		if (time_parse_http_date(&seconds, bad[i]) != TIME_E_SYNTAX)
			CHECK_FAIL("\"%s\" was taken", bad[i]);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(outside); i++) {
		if (time_parse_http_date(&seconds, outside[i]) != TIME_E_RANGE)
			CHECK_FAIL("\"%s\" was taken", outside[i]);
	}
	CHECK_EQ(seconds, 7);
}

int main(void)
{
	RUN(formats_known_instants);
	RUN(clamps_what_it_cannot_say);
	RUN(every_day_of_the_calendar);
	RUN(offsets_and_fractions);
	RUN(rfc3339_is_strict);
	RUN(http_dates);
	RUN(http_dates_are_strict);
	return check_report();
}
