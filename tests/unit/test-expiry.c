/* SPDX-License-Identifier: MIT */

/* The dates of App Service, Machine Learning and az; each is the same second.
 */

#include "auth/expiry.h"
#include "check.h"

static void test_forms(void)
{
	static const char *const texts[] = {
		"1543597839",
		"2018-11-30T17:10:39Z",
		"2018-11-30T18:10:39+01:00",
		"11/30/2018 17:10:39",
		"11/30/2018 05:10:39 PM",
		"11/30/2018 05:10:39 PM +00:00",
		"11/30/2018 17:10:39 +00:00",
		"2018-11-30 17:10:39",
		"2018-11-30 17:10:39.123456",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		int64_t seconds = 0;

		if (expiry_parse(&seconds, texts[i]) != 0 ||
		    seconds != 1543597839)
			CHECK_FAIL("%s is %lld", texts[i], (long long)seconds);
	}
}

static void test_noon_and_midnight(void)
{
	int64_t seconds = 0;

	CHECK_OK(expiry_parse(&seconds, "09/14/2017 12:00:00 AM"));
	CHECK_EQ(seconds, 1505347200);
	CHECK_OK(expiry_parse(&seconds, "9/14/2017 12:00:00 PM"));
	CHECK_EQ(seconds, 1505347200 + 43200);
	/* No clock shows it, and the service wrote it. */
	CHECK_OK(expiry_parse(&seconds, "09/14/2017 00:00:00 PM +00:00"));
	CHECK_EQ(seconds, 1505347200 + 43200);
}

static void test_what_is_no_date(void)
{
	static const char *const texts[] = {
		"",
		"-1",
		"1.5",
		"253402300800",
		"99999999999999999999",
		"soon",
		"13/30/2018 17:10:39",
		"02/30/2018 17:10:39",
		"11/30/2018 13:10:39 PM",
		"11/30/2018 25:10:39",
		"11/30/2018 17:10:39 +01:00",
		"11/30/2018 17:10:39 pm",
		"11/30/2018",
		"2018-11-30 17:10:39.",
		"2018-11-30 17:10:39.5x",
		"2018-11-30 17:10",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		int64_t seconds = 7;

		if (expiry_parse(&seconds, texts[i]) != EXPIRY_E_SYNTAX ||
		    seconds != 7)
			CHECK_FAIL("was taken: %s", texts[i]);
	}
}

/* Bounds of a field, and what only looks like one. */
static void test_edges(void)
{
	static const char *const wrong[] = {
		"2018-11-31 17:10:39",
		"2018-02-29 17:10:39",
		"2018-00-30 17:10:39",
		"2018-11-00 17:10:39",
		"2018-11-30 24:10:39",
		"2018-11-30 17:60:39",
		"2018-11-30 17:10:61",
		" 2018-11-30 17:10:39",
		"2018-11-30  17:10:39",
		"2018-11-30 17:10:39 ",
		"2018-11-30 17:10:039",
		"12018-11-30 17:10:39",
		"11/30/12018 17:10:39",
		"011/30/2018 17:10:39",
		"11/30/2018 13:10:39 AM",
		"11/30/2018 17:10:39 AM PM",
		"11/30/2018 17:10:39 +00:00 ",
		"11/30/2018 17:10:39+00:00",
		"+1543597839",
		"1543597839 ",
		"0x5c016f8f",
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < AKV_ARRAY_LEN(wrong); i++)
		if (expiry_parse(&seconds, wrong[i]) != EXPIRY_E_SYNTAX ||
		    seconds != 7)
			CHECK_FAIL("was taken: %s", wrong[i]);
	CHECK_OK(expiry_parse(&seconds, "0"));
	CHECK_EQ(seconds, 0);
	CHECK_OK(expiry_parse(&seconds, "253402300799"));
	CHECK_EQ(seconds, INT64_C(253402300799));
	CHECK_OK(expiry_parse(&seconds, "12/31/9999 11:59:59 PM"));
	CHECK_EQ(seconds, INT64_C(253402300799));
	CHECK_OK(expiry_parse(&seconds, "2024-02-29 00:00:00"));
	CHECK_EQ(seconds, 1709164800);
}

int main(void)
{
	RUN(test_forms);
	RUN(test_noon_and_midnight);
	RUN(test_what_is_no_date);
	RUN(test_edges);
	return check_report();
}
