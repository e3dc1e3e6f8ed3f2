/* SPDX-License-Identifier: MIT */

#include "check.h"
#include "vault/name.h"

static bool name_ok(const char *name)
{
	return name_is_valid(name, strlen(name));
}

static bool version_ok(const char *version)
{
	return version_is_valid(version, strlen(version));
}

static void test_names(void)
{
	char longest[NAME_MAX_LENGTH + 2];

	CHECK(name_ok("a"));
	CHECK(name_ok("db-password"));
	CHECK(name_ok("-"));
	CHECK(name_ok("0AZ9-z"));
	memset(longest, 'x', sizeof(longest));
	CHECK(name_is_valid(longest, NAME_MAX_LENGTH));
	CHECK(!name_is_valid(longest, NAME_MAX_LENGTH + 1));
}

static void test_what_is_no_name(void)
{
	static const char *const names[] = {
		"",      ".",   "..",  "a/b", "a.b", "a_b",   "a b",
		"a%2fb", "a\n", "\\a", "a\\", "~a",  "a\x7f", "sch\xc3\xb6n",
		"a:b",   "@"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		CHECK(!name_ok(names[i]));
	CHECK(!name_is_valid("a\0b", 3));
}

static void test_versions(void)
{
	CHECK(version_ok("0123456789abcdef0123456789ABCDEF"));
	CHECK(!version_ok(""));
	CHECK(!version_ok("0123456789abcdef0123456789abcde"));
	CHECK(!version_ok("0123456789abcdef0123456789abcdef0"));
	CHECK(!version_ok("0123456789abcdef0123456789abcdeg"));
	CHECK(!version_ok("0123456789abcdef/123456789abcdef"));
}

/* Names that differ in case only are one object. */
static void test_keys(void)
{
	ObjectKey a, b, c;

	CHECK_OK(object_key_init(&a, COLLECTION_SECRETS, "Db-Password", 11));
	CHECK_OK(object_key_init(&b, COLLECTION_SECRETS, "dB-pASSWORD", 11));
	CHECK_OK(object_key_init(&c, COLLECTION_SECRETS, "db-password2", 12));
	CHECK_STR(a.name, "db-password");
	CHECK(object_key_equal(&a, &b));
	CHECK(!object_key_equal(&a, &c));
	CHECK(memcmp(&a, &b, sizeof(a)) == 0);
	CHECK_STR(collection_segment(a.collection), "secrets");
}

static void test_a_key_of_no_name(void)
{
	ObjectKey key = {.name = "untouched"};

	CHECK_EQ(object_key_init(&key, COLLECTION_SECRETS, "a/b", 3),
		 NAME_E_INVALID);
	CHECK_EQ(object_key_init(&key, COLLECTION_SECRETS, "", 0),
		 NAME_E_INVALID);
	CHECK_STR(key.name, "untouched");
	CHECK_OK(object_key_init(&key, COLLECTION_SECRETS, "a/b", 1));
	CHECK_STR(key.name, "a");
}

int main(void)
{
	RUN(test_names);
	RUN(test_what_is_no_name);
	RUN(test_versions);
	RUN(test_keys);
	RUN(test_a_key_of_no_name);
	return check_report();
}
