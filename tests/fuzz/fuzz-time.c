/* SPDX-License-Identifier: MIT */

/* An instant that was read is written so that it reads the same. */

#include "base/time.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char written[TIME_TEXT_SIZE];
	int64_t seconds, again = -1;

	if (time_parse_rfc3339(&seconds, text) == 0 && seconds >= 0) {
		time_format_rfc3339(written, seconds);
		FUZZ_CHECK(time_parse_rfc3339(&again, written) == 0);
		FUZZ_CHECK(again == seconds);
	}
	if (time_parse_http_date(&seconds, text) == 0)
		FUZZ_CHECK(seconds <= TIME_MAX_S);
	free(text);
	return 0;
}
