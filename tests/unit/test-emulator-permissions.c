/* SPDX-License-Identifier: MIT */

/* Access policies: words, groups and the default. */

#include "base/json.h"
#include "emulator/permissions.h"
#include "tests/unit/check.h"

static int set(Permissions *permissions, const char *client, const char *text)
{
	AKV_JSON cJSON *policy = cJSON_Parse(text);

	return permissions_set(permissions, client, policy);
}

static bool allow(const Permissions *permissions, const char *client,
		  const char *word)
{
	return permissions_allow(permissions, client, PERMISSION_SECRETS, word,
				 false);
}

static void test_words(void)
{
	AKV_CLEANUP(permissions_done) Permissions permissions = {0};

	CHECK_OK(set(&permissions, "c1", "{\"secrets\":[\"Get\",\"list\"]}"));
	CHECK(allow(&permissions, "C1", "get"));
	CHECK(allow(&permissions, "c1", "list"));
	CHECK(!allow(&permissions, "c1", "set"));
	CHECK(!allow(&permissions, "c2", "get"));
	CHECK(!permissions_allow(&permissions, "c1", PERMISSION_KEYS, "get",
				 false));
}

static void test_all_and_none(void)
{
	AKV_CLEANUP(permissions_done) Permissions permissions = {0};

	CHECK_OK(set(&permissions, "c1", "{\"secrets\":[\"all\"]}"));
	CHECK_OK(set(&permissions, "c2", "{\"secrets\":[]}"));
	CHECK_OK(permissions_set(&permissions, "c3", NULL));
	CHECK(allow(&permissions, "c1", "purge"));
	CHECK(!allow(&permissions, "c2", "get"));
	CHECK(allow(&permissions, "c3", "backup"));
}

static void test_set_again_replaces(void)
{
	AKV_CLEANUP(permissions_done) Permissions permissions = {0};

	CHECK_OK(set(&permissions, "c1", "{\"secrets\":[\"get\"]}"));
	CHECK_OK(set(&permissions, "c1", "{\"secrets\":[\"list\"]}"));
	CHECK_EQ(permissions.n, 1);
	CHECK(!allow(&permissions, "c1", "get"));
	CHECK(allow(&permissions, "c1", "list"));
}

static void test_unlisted(void)
{
	Permissions permissions = {0};

	CHECK(permissions_allow(&permissions, "c", PERMISSION_SECRETS, "get",
				true));
	CHECK(!permissions_allow(&permissions, "c", PERMISSION_SECRETS, "get",
				 false));
}

static void test_wrong_policies(void)
{
	static const char *const policies[] = {
		"[]",
		"{\"secret\":[]}",
		"{\"secrets\":\"get\"}",
		"{\"secrets\":[1]}",
		"{\"secrets\":[\"got\"]}",
	};
	AKV_CLEANUP(permissions_done) Permissions permissions = {0};

	for (size_t i = 0; i < AKV_ARRAY_LEN(policies); i++)
		CHECK_EQ(set(&permissions, "c", policies[i]),
			 PERMISSIONS_E_INVALID);
	CHECK_EQ(permissions.n, 0);
}

int main(void)
{
	RUN(test_words);
	RUN(test_all_and_none);
	RUN(test_set_again_replaces);
	RUN(test_unlisted);
	RUN(test_wrong_policies);
	return check_report();
}
