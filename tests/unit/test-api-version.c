/* SPDX-License-Identifier: MIT */

/* What is asked for with which version of the interface. */

#include "check.h"
#include "vault/api-version.h"

static const char *part(const char *configured, enum collection collection,
			enum part of)
{
	const char *version = api_version_for_part(configured, collection, of);

	return version ? version : "none";
}

static const char *list(const char *configured, enum collection collection,
			enum list of)
{
	ListKey key = {.collection = collection, .list = of};
	const char *version = api_version_for_list(configured, &key);

	return version ? version : "none";
}

static void what_all_versions_have(void)
{
	static const char *const versions[] = {
		"2015-06-01", "7.4", "7.6-preview.1", "2026-04-01", "9.9",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(versions); i++) {
		CHECK_STR(part(versions[i], COLLECTION_SECRETS, PART_OBJECT),
			  versions[i]);
		CHECK_STR(part(versions[i], COLLECTION_KEYS, PART_OBJECT),
			  versions[i]);
		CHECK_STR(part(versions[i], COLLECTION_CERTIFICATES,
			       PART_PENDING),
			  versions[i]);
		CHECK_STR(list(versions[i], COLLECTION_KEYS, LIST_VERSIONS),
			  versions[i]);
	}
}

static void deleted_objects_came_in_2016(void)
{
	CHECK_STR(part("2015-06-01", COLLECTION_SECRETS, PART_DELETED), "none");
	CHECK_STR(part("2016-10-01", COLLECTION_KEYS, PART_DELETED),
		  "2016-10-01");
	CHECK_STR(list("2015-06-01", COLLECTION_KEYS, LIST_DELETED), "none");
	CHECK_STR(list("7.4", COLLECTION_KEYS, LIST_DELETED), "7.4");
	CHECK_STR(list("2016-10-01", COLLECTION_STORAGE, LIST_DELETED), "none");
	CHECK_STR(list("7.0", COLLECTION_STORAGE, LIST_DELETED), "7.0");
	CHECK_STR(list("7.0-preview", COLLECTION_STORAGE, LIST_DELETED_SAS),
		  "7.0-preview");
}

static void rotation_policies_came_in_7_3(void)
{
	CHECK_STR(part("7.2", COLLECTION_KEYS, PART_ROTATION), "none");
	CHECK_STR(part("2016-10-01", COLLECTION_KEYS, PART_ROTATION), "none");
	CHECK_STR(part("7.3-preview", COLLECTION_KEYS, PART_ROTATION),
		  "7.3-preview");
	CHECK_STR(part("7.4", COLLECTION_KEYS, PART_ROTATION), "7.4");
	CHECK_STR(part("2025-07-01", COLLECTION_KEYS, PART_ROTATION),
		  "2025-07-01");
	CHECK_STR(part("2026-04-01", COLLECTION_KEYS, PART_ROTATION),
		  "2026-04-01");
}

/* Newer versions have none: the last that has is asked with instead. */
static void storage_went_after_2025(void)
{
	CHECK_STR(part("2015-06-01", COLLECTION_STORAGE, PART_OBJECT), "none");
	CHECK_STR(part("2016-10-01", COLLECTION_STORAGE, PART_SAS),
		  "2016-10-01");
	CHECK_STR(part("7.4", COLLECTION_STORAGE, PART_OBJECT), "7.4");
	CHECK_STR(part("2025-07-01", COLLECTION_STORAGE, PART_OBJECT),
		  "2025-07-01");
	CHECK_STR(part("2026-04-01", COLLECTION_STORAGE, PART_OBJECT),
		  "2025-07-01");
	CHECK_STR(list("2027-01-01", COLLECTION_STORAGE, LIST_OBJECTS),
		  "2025-07-01");
	CHECK_STR(list("2027-01-01", COLLECTION_STORAGE, LIST_SAS),
		  "2025-07-01");
}

static void certificates_under_way_are_listed_since_7_0(void)
{
	CHECK(!api_version_lists_pending("2015-06-01"));
	CHECK(!api_version_lists_pending("2016-10-01"));
	CHECK(api_version_lists_pending("7.0"));
	CHECK(api_version_lists_pending("7.0-preview"));
	CHECK(api_version_lists_pending("2026-04-01"));
}

int main(void)
{
	RUN(what_all_versions_have);
	RUN(deleted_objects_came_in_2016);
	RUN(rotation_policies_came_in_7_3);
	RUN(storage_went_after_2025);
	RUN(certificates_under_way_are_listed_since_7_0);
	return check_report();
}
