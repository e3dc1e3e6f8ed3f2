/* SPDX-License-Identifier: MIT */

/* A date that is taken is the same one in each of the ways of writing it. */

#include <inttypes.h>
#include <time.h>

#include "auth/expiry.h"
#include "base/time.h"
#include "tests/fuzz/fuzz.h"

enum { TEXT_SIZE = 64 };

static void check_same(const char *text, int64_t seconds)
{
	int64_t again = -1;

	FUZZ_CHECK(expiry_parse(&again, text) == 0);
	FUZZ_CHECK(again == seconds);
}

static void check_half(int64_t seconds, const struct tm *parts,
		       const char *zone)
{
	char text[TEXT_SIZE], half[TEXT_SIZE];

	FUZZ_CHECK(strftime(text, sizeof(text), "%m/%d/%Y %I:%M:%S", parts) >
		   0);
	(void)snprintf(half, sizeof(half), "%.24s %s%s", text,
		       parts->tm_hour < 12 ? "AM" : "PM", zone);
	check_same(half, seconds);
}

static void check_dates(int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm parts = {0};
	char text[TEXT_SIZE];

	FUZZ_CHECK(gmtime_r(&at, &parts));
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	check_same(text, seconds);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S.25", &parts);
	check_same(text, seconds);
	(void)strftime(text, sizeof(text), "%m/%d/%Y %H:%M:%S", &parts);
	check_same(text, seconds);
	(void)strftime(text, sizeof(text), "%m/%d/%Y %H:%M:%S +00:00", &parts);
	check_same(text, seconds);
	check_half(seconds, &parts, "");
	check_half(seconds, &parts, " +00:00");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t untouched = INT64_MIN;
	char *text = fuzz_string(data, size);
	char digits[TEXT_SIZE];
	int64_t seconds = untouched;
	int r = expiry_parse(&seconds, text);

	free(text);
	FUZZ_CHECK(r == 0 || r == EXPIRY_E_SYNTAX);
	FUZZ_CHECK(r == 0 || seconds == untouched);
	if (r != 0)
		return 0;
	FUZZ_CHECK(seconds <= TIME_MAX_S);
	if (seconds < 0)
		return 0;
	(void)snprintf(digits, sizeof(digits), "%" PRId64, seconds);
	check_same(digits, seconds);
	check_dates(seconds);
	return 0;
}
