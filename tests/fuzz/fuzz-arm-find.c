/* SPDX-License-Identifier: MIT */

/* One body as the answer to each of the searches for a vault. */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/arm-find.h"

#define VAULT "demo"

enum { LINK_MAX = 4096 };

static char why_text[256];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

/* Told why, if and only if there is something to tell. */
static void check_answer(int r)
{
	FUZZ_CHECK(r == 0 || r == ARM_FIND_E_NONE || r == MODEL_E_UNTRUSTED);
	FUZZ_CHECK((r == MODEL_E_UNTRUSTED) == (why_text[0] != '\0'));
	FUZZ_CHECK(ascii_is_printable(why_text));
	why_text[0] = '\0';
}

static void check_id(const ArmId *id, int r)
{
	const ArmId none = {0};

	check_answer(r);
	if (r == 0)
		FUZZ_CHECK(arm_guid_is_valid(id->subscription) &&
			   id->group[0] != '\0' &&
			   ascii_equal_fold(id->vault, VAULT));
	else
		FUZZ_CHECK(memcmp(id, &none, sizeof(none)) == 0);
}

static void give_graph(const char *body, size_t n)
{
	ArmId id = {0};
	int r = arm_find_in_graph(&id, VAULT, VAULT ".vault.azure.net", body, n,
				  &why);

	check_id(&id, r);
}

static void give_resources(const char *body, size_t n)
{
	char *link = NULL;
	ArmId id = {0};
	int r = arm_find_in_resources(&id, &link, VAULT, body, n, &why);

	check_id(&id, r);
	FUZZ_CHECK(!link || r == ARM_FIND_E_NONE);
	FUZZ_CHECK(!link || (link[0] != '\0' && strlen(link) <= LINK_MAX));
	free(link);
}

static void give_subscriptions(const char *body, size_t n)
{
	ArmSubscriptions found = {.n = ARM_SUBSCRIPTIONS_MAX + 1};
	int r = arm_find_subscriptions(&found, body, n, &why);

	check_answer(r);
	if (r != 0)
		return;
	FUZZ_CHECK(found.n > 0 && found.n <= ARM_SUBSCRIPTIONS_MAX);
	for (size_t i = 0; i < found.n; i++)
		FUZZ_CHECK(arm_guid_is_valid(found.ids[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;

	give_graph(body, size);
	give_resources(body, size);
	give_subscriptions(body, size);
	return 0;
}
