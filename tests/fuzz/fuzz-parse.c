/* SPDX-License-Identifier: MIT */

/* A number that was read is written with the same digits. */

#include <inttypes.h>

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"

static void number_check(const char *text, uint64_t value)
{
	char written[32];

	text += strspn(text, "0");
	(void)snprintf(written, sizeof(written), "%" PRIu64, value);
	FUZZ_CHECK(strcmp(written, *text ? text : "0") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	uint64_t value;
	unsigned mode;
	bool on;

	if (parse_uint64(&value, text, UINT64_MAX) == 0)
		number_check(text, value);
	if (parse_mode(&mode, text) == 0)
		FUZZ_CHECK(mode <= 07777);
	if (parse_duration_s(&value, text, 86400) == 0)
		FUZZ_CHECK(value <= 86400);
	if (parse_switch(&on, text) == 0)
		FUZZ_CHECK(strcmp(text, on ? "on" : "off") == 0);
	FUZZ_CHECK(ascii_equal_fold(text, text));
	FUZZ_CHECK(ascii_ends_with_fold(text, text + strlen(text) / 2));
	ascii_lower(text);
	FUZZ_CHECK(text[strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
	free(text);
	return 0;
}
