/* SPDX-License-Identifier: MIT */

/* An id that is taken, alone or out of a refusal, is the same written anew. */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/arm-id.h"

static void check_id(const ArmId *id)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf encoded = BUF_INIT(BUF_MAX_LINE);
	ArmId again;

	FUZZ_CHECK(arm_guid_is_valid(id->subscription));
	FUZZ_CHECK(id->group[0] != '\0' && id->vault[0] != '\0');
	FUZZ_CHECK(arm_id_append(&text, id, false) == 0);
	FUZZ_CHECK(text.n <= ARM_ID_MAX);
	FUZZ_CHECK(arm_id_parse(&again, text.p, text.n) == 0);
	FUZZ_CHECK(strcmp(again.subscription, id->subscription) == 0);
	FUZZ_CHECK(strcmp(again.group, id->group) == 0);
	FUZZ_CHECK(strcmp(again.vault, id->vault) == 0);
	FUZZ_CHECK(arm_id_equal(&again, id));
	/* Nothing of it ends a path of a URL. */
	FUZZ_CHECK(arm_id_append(&encoded, id, true) == 0);
	FUZZ_CHECK(ascii_is_printable(encoded.p));
	FUZZ_CHECK(strcspn(encoded.p, "?# \\'\"") == encoded.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ArmId none = {0};
	ArmId whole = {0}, found = {0};
	char *text = fuzz_string(data, size);
	int r = arm_id_parse(&whole, (const char *)data, size);
	int f = arm_id_find(&found, text);

	free(text);
	FUZZ_CHECK(r == 0 || r == ARM_ID_E_INVALID);
	FUZZ_CHECK(f == 0 || f == ARM_ID_E_INVALID);
	if (r == 0)
		check_id(&whole);
	else
		FUZZ_CHECK(memcmp(&whole, &none, sizeof(none)) == 0);
	if (f == 0)
		check_id(&found);
	else
		FUZZ_CHECK(memcmp(&found, &none, sizeof(none)) == 0);
	return 0;
}
