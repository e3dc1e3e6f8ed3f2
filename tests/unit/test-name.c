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

static void test_segments(void)
{
	static const struct {
		const char *segment, *deleted;
	} rows[COLLECTIONS] = {
		{"secrets", "deletedsecrets"},
		{"keys", "deletedkeys"},
		{"certificates", "deletedcertificates"},
		{"storage", "deletedstorage"},
	};

	for (int i = 0; i < COLLECTIONS; i++) {
		enum collection collection = (enum collection)i;

		CHECK_STR(collection_segment(collection), rows[i].segment);
		CHECK_STR(collection_deleted_segment(collection),
			  rows[i].deleted);
	}
	CHECK_STR(collection_segment(COLLECTIONS), "");
	CHECK_STR(collection_deleted_segment(COLLECTIONS), "");
}

static bool has_part(enum collection collection, enum part part,
		     const char *name)
{
	ObjectKey key = {0};

	return object_key_init_part(&key, collection, part, name,
				    strlen(name)) == 0 &&
	       key.part == part && key.collection == collection;
}

static void test_parts(void)
{
	ObjectKey a, b;

	CHECK(has_part(COLLECTION_SECRETS, PART_DELETED, "db-1"));
	CHECK(!has_part(COLLECTION_SECRETS, PART_PENDING, "db-1"));
	CHECK(!has_part(COLLECTION_SECRETS, PART_ROTATION, "db-1"));
	CHECK(!has_part(COLLECTION_SECRETS, PART_SAS, "db-one"));
	CHECK(has_part(COLLECTION_KEYS, PART_ROTATION, "k-1"));
	CHECK(!has_part(COLLECTION_KEYS, PART_PENDING, "k-1"));
	CHECK(has_part(COLLECTION_CERTIFICATES, PART_PENDING, "c-1"));
	CHECK(!has_part(COLLECTION_CERTIFICATES, PART_ROTATION, "c-1"));
	CHECK(!has_part(COLLECTIONS, PART_OBJECT, "x"));
	CHECK_OK(object_key_init(&a, COLLECTION_KEYS, "k", 1));
	CHECK_OK(object_key_init_part(&b, COLLECTION_KEYS, PART_ROTATION, "k",
				      1));
	CHECK(!object_key_equal(&a, &b));
	CHECK(object_key_has_versions(&a));
	CHECK(!object_key_has_versions(&b));
}

/* What lies there is no certificate. */
static void test_words_that_are_no_certificates(void)
{
	CHECK(!has_part(COLLECTION_CERTIFICATES, PART_OBJECT, "Issuers"));
	CHECK(!has_part(COLLECTION_CERTIFICATES, PART_OBJECT, "contacts"));
	CHECK(!has_part(COLLECTION_CERTIFICATES, PART_PENDING, "contacts"));
	CHECK(has_part(COLLECTION_CERTIFICATES, PART_OBJECT, "issuer"));
	CHECK(has_part(COLLECTION_CERTIFICATES, PART_OBJECT, "issuers2"));
	CHECK(has_part(COLLECTION_SECRETS, PART_OBJECT, "issuers"));
}

static void test_names_of_storage(void)
{
	ObjectKey key;

	CHECK(has_part(COLLECTION_STORAGE, PART_OBJECT, "logs1"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_OBJECT, "logs-1"));
	CHECK(has_part(COLLECTION_STORAGE, PART_SAS, "Logs1-Read"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_SAS, "logs1"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_SAS, "logs1-"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_SAS, "-read"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_SAS, "logs1-read-all"));
	CHECK(has_part(COLLECTION_STORAGE, PART_DELETED, "logs1"));
	CHECK(has_part(COLLECTION_STORAGE, PART_DELETED, "logs1-read"));
	CHECK(!has_part(COLLECTION_STORAGE, PART_DELETED, "logs1-"));
	CHECK_OK(object_key_init(&key, COLLECTION_STORAGE, "LOGS1", 5));
	CHECK_STR(key.name, "logs1");
	CHECK(!object_key_has_versions(&key));
}

static bool has_list(enum list list, enum collection collection,
		     const char *name)
{
	ListKey key = {0};

	return list_key_init(&key, list, collection, name, strlen(name)) == 0 &&
	       key.list == list && key.collection == collection;
}

static void test_lists(void)
{
	ListKey a, b;

	for (int i = 0; i < COLLECTIONS; i++) {
		CHECK(has_list(LIST_OBJECTS, (enum collection)i, ""));
		CHECK(has_list(LIST_DELETED, (enum collection)i, ""));
		CHECK(!has_list(LIST_OBJECTS, (enum collection)i, "x"));
	}
	CHECK(has_list(LIST_VERSIONS, COLLECTION_KEYS, "k-1"));
	CHECK(!has_list(LIST_VERSIONS, COLLECTION_KEYS, ""));
	CHECK(!has_list(LIST_VERSIONS, COLLECTION_STORAGE, "logs1"));
	CHECK(!has_list(LIST_VERSIONS, COLLECTION_CERTIFICATES, "issuers"));
	CHECK(has_list(LIST_SAS, COLLECTION_STORAGE, "logs1"));
	CHECK(has_list(LIST_DELETED_SAS, COLLECTION_STORAGE, "logs1"));
	CHECK(!has_list(LIST_SAS, COLLECTION_STORAGE, "logs-1"));
	CHECK(!has_list(LIST_SAS, COLLECTION_KEYS, "logs1"));
	CHECK(!has_list(LIST_OBJECTS, COLLECTIONS, ""));
	CHECK_OK(list_key_init(&a, LIST_VERSIONS, COLLECTION_KEYS, "K", 1));
	CHECK_OK(list_key_init(&b, LIST_VERSIONS, COLLECTION_KEYS, "k", 1));
	CHECK(list_key_equal(&a, &b));
	CHECK_OK(list_key_init(&b, LIST_VERSIONS, COLLECTION_SECRETS, "k", 1));
	CHECK(!list_key_equal(&a, &b));
}

int main(void)
{
	RUN(test_names);
	RUN(test_what_is_no_name);
	RUN(test_versions);
	RUN(test_keys);
	RUN(test_a_key_of_no_name);
	RUN(test_segments);
	RUN(test_parts);
	RUN(test_words_that_are_no_certificates);
	RUN(test_names_of_storage);
	RUN(test_lists);
	return check_report();
}
