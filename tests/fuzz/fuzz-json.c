/* SPDX-License-Identifier: MIT */

/* The getters on whatever can be parsed: at most one type fits a member. */

#include "base/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AKV_JSON cJSON *object = NULL;
	const cJSON *member = NULL;
	const char *text = NULL;
	int64_t number = 0, loose = 0;
	bool truth = false;
	int fits = 0, r;

	if (json_parse(&object, (const char *)data, size, NULL) != 0)
		return 0;
	r = json_get(&member, object, "a");
	fits += json_get_string(&text, object, "a") == 0;
	fits += json_get_object(&member, object, "a") == 0;
	fits += json_get_array(&member, object, "a") == 0;
	fits += json_get_bool(&truth, object, "a") == 0;
	if (json_get_int64(&number, object, "a") == 0) {
		FUZZ_CHECK(json_get_int64_loose(&loose, object, "a") == 0);
		FUZZ_CHECK(number == loose && llabs(number) < 1LL << 53);
		fits++;
	}
	FUZZ_CHECK(fits <= (r == 0));
	return 0;
}
