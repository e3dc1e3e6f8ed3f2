/* SPDX-License-Identifier: MIT */

/* The paths that are asked for, and keys that nobody has checked. */

#include "check.h"
#include "vault/target.h"

#define V1 "0123456789abcdef0123456789abcdef"

static void test_objects(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *name, *version, *path;
	} rows[] = {
		{COLLECTION_SECRETS, PART_OBJECT, "Db", NULL, "/secrets/db"},
		{COLLECTION_SECRETS, PART_OBJECT, "db", V1, "/secrets/db/" V1},
		{COLLECTION_KEYS, PART_OBJECT, "k", V1, "/keys/k/" V1},
		{COLLECTION_CERTIFICATES, PART_OBJECT, "c", NULL,
		 "/certificates/c"},
		{COLLECTION_CERTIFICATES, PART_PENDING, "c", NULL,
		 "/certificates/c/pending"},
		{COLLECTION_KEYS, PART_ROTATION, "k", NULL,
		 "/keys/k/rotationpolicy"},
		{COLLECTION_SECRETS, PART_DELETED, "db", NULL,
		 "/deletedsecrets/db"},
		{COLLECTION_CERTIFICATES, PART_DELETED, "c", NULL,
		 "/deletedcertificates/c"},
		{COLLECTION_STORAGE, PART_OBJECT, "acc", NULL, "/storage/acc"},
		{COLLECTION_STORAGE, PART_SAS, "Acc-All", NULL,
		 "/storage/acc/sas/all"},
		{COLLECTION_STORAGE, PART_DELETED, "acc", NULL,
		 "/deletedstorage/acc"},
		{COLLECTION_STORAGE, PART_DELETED, "acc-all", NULL,
		 "/deletedstorage/acc/sas/all"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
		ObjectKey key;

		CHECK_OK(object_key_init_part(&key, rows[i].collection,
					      rows[i].part, rows[i].name,
					      strlen(rows[i].name)));
		CHECK_OK(target_of_object(&target, &key, rows[i].version));
		CHECK_STR(target.p, rows[i].path);
	}
}

static void test_lists(void)
{
	static const struct {
		enum list list;
		enum collection collection;
		const char *name, *path;
	} rows[] = {
		{LIST_OBJECTS, COLLECTION_SECRETS, "", "/secrets"},
		{LIST_OBJECTS, COLLECTION_STORAGE, "", "/storage"},
		{LIST_VERSIONS, COLLECTION_KEYS, "K", "/keys/k/versions"},
		{LIST_DELETED, COLLECTION_KEYS, "", "/deletedkeys"},
		{LIST_SAS, COLLECTION_STORAGE, "acc", "/storage/acc/sas"},
		{LIST_DELETED_SAS, COLLECTION_STORAGE, "acc",
		 "/deletedstorage/acc/sas"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
		ListKey key;

		CHECK_OK(list_key_init(&key, rows[i].list, rows[i].collection,
				       rows[i].name, strlen(rows[i].name)));
		CHECK_OK(target_of_list(&target, &key));
		CHECK_STR(target.p, rows[i].path);
	}
}

static void test_what_cannot_be_asked(void)
{
	static const ObjectKey keys[] = {
		{.name = ""},
		{.name = "a/../b"},
		{.name = "a?b"},
		{.part = PART_SAS, .name = "acc-all"},
		{.collection = COLLECTION_STORAGE,
		 .part = PART_SAS,
		 .name = "acc"},
		{.collection = COLLECTION_STORAGE,
		 .part = PART_ROTATION,
		 .name = "acc"},
		{.collection = COLLECTIONS, .name = "a"},
	};
	static const ListKey lists[] = {
		{.name = "a"},
		{.list = LIST_VERSIONS},
		{.list = LIST_VERSIONS, .name = "a/b"},
		{.list = LIST_VERSIONS,
		 .collection = COLLECTION_STORAGE,
		 .name = "a"},
		{.list = LIST_SAS, .name = "a"},
		{.collection = COLLECTIONS},
	};
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	ObjectKey unended;

	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		CHECK_EQ(target_of_object(&target, &keys[i], NULL), -EINVAL);
	for (size_t i = 0; i < AKV_ARRAY_LEN(lists); i++)
		CHECK_EQ(target_of_list(&target, &lists[i]), -EINVAL);
	memset(&unended, 'a', sizeof(unended));
	unended.collection = COLLECTION_SECRETS;
	unended.part = PART_OBJECT;
	CHECK_EQ(target_of_object(&target, &unended, NULL), -EINVAL);
	CHECK_STR(target.p, "");
}

static void test_versions_that_cannot_be_asked(void)
{
	AKV_BUF Buf target = BUF_INIT(BUF_MAX_URL);
	ObjectKey key;

	CHECK_OK(object_key_init(&key, COLLECTION_SECRETS, "db", 2));
	CHECK_EQ(target_of_object(&target, &key, ""), -EINVAL);
	CHECK_EQ(target_of_object(&target, &key, "1"), -EINVAL);
	CHECK_EQ(target_of_object(&target, &key, V1 "/"), -EINVAL);
	CHECK_OK(object_key_init(&key, COLLECTION_STORAGE, "acc", 3));
	CHECK_EQ(target_of_object(&target, &key, V1), -EINVAL);
	CHECK_OK(object_key_init_part(&key, COLLECTION_KEYS, PART_DELETED, "k",
				      1));
	CHECK_EQ(target_of_object(&target, &key, V1), -EINVAL);
	CHECK_STR(target.p, "");
}

int main(void)
{
	RUN(test_objects);
	RUN(test_lists);
	RUN(test_what_cannot_be_asked);
	RUN(test_versions_that_cannot_be_asked);
	return check_report();
}
