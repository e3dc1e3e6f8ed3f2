/* SPDX-License-Identifier: MIT */

/* What the scan takes, cJSON reads, and prints so that the scan takes it. */

#include "base/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	AKV_JSON cJSON *value = NULL;
	JsonFault fault = {0};
	char *printed;

	if (json_scan(text, size, &fault) != 0) {
		FUZZ_CHECK(fault.what && fault.offset <= size);
		return 0;
	}
	FUZZ_CHECK(json_parse(&value, text, size, NULL) == 0);
	printed = cJSON_PrintUnformatted(value);
	FUZZ_CHECK(printed);
	FUZZ_CHECK(json_scan(printed, strlen(printed), NULL) == 0);
	cJSON_free(printed);
	return 0;
}
