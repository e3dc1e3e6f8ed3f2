/* SPDX-License-Identifier: MIT */

/* Ids as the service writes them, and as it would not. */

#include "check.h"
#include "vault/object-id.h"

#define V1 "0123456789abcdef0123456789abcdef"

static void test_ids_of_each_kind(void)
{
	static const struct {
		const char *id;
		enum collection collection;
		size_t n;
		const char *first, *last;
		bool deleted;
	} rows[] = {
		{"https://v.vault.azure.net/secrets/Db/" V1, COLLECTION_SECRETS,
		 2, "db", V1, false},
		{"https://v.vault.azure.net:443/Keys/k", COLLECTION_KEYS, 1,
		 "k", "k", false},
		{"http://v.vault.azure.net/certificates/c/pending",
		 COLLECTION_CERTIFICATES, 2, "c", "pending", false},
		{"https://v.vault.azure.net/deletedkeys/k", COLLECTION_KEYS, 1,
		 "k", "k", true},
		{"https://v.vault.azure.net/storage/acc/sas/all",
		 COLLECTION_STORAGE, 3, "acc", "all", false},
		{"https://v.vault.azure.net/deletedstorage/acc/sas/all",
		 COLLECTION_STORAGE, 3, "acc", "all", true},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		ObjectId id = {0};

		CHECK_OK(object_id_read(&id, rows[i].id, rows[i].collection));
		CHECK_STR(id.host, "v.vault.azure.net");
		CHECK_EQ(id.n, rows[i].n);
		CHECK(object_id_has(&id, 0, rows[i].first));
		CHECK(object_id_has(&id, id.n - 1, rows[i].last));
		CHECK(!object_id_has(&id, id.n, rows[i].last));
		CHECK(!object_id_has(&id, 0, "d"));
		CHECK_EQ(id.is_deleted, rows[i].deleted);
		CHECK(!id.is_glued);
	}
}

/* Of 2018: "https://vault815130495.vault.azure.netstorage/sa22c29322de" */
static void test_ids_without_the_slash(void)
{
	ObjectId id = {0};

	CHECK_OK(object_id_read(&id, "https://v.vault.azure.netstorage/sa1",
				COLLECTION_STORAGE));
	CHECK_STR(id.host, "v.vault.azure.net");
	CHECK(object_id_has(&id, 0, "sa1"));
	CHECK(id.is_glued);
	CHECK_OK(object_id_read(&id,
				"https://v.vault.azure.netstorage/sa1/sas/all",
				COLLECTION_STORAGE));
	CHECK_EQ(id.n, 3);
	CHECK_OK(object_id_read(&id, "https://v.vault.azure.netsecrets/sa1-all",
				COLLECTION_SECRETS));
	CHECK(object_id_has(&id, 0, "sa1-all"));
	CHECK_EQ(object_id_read(&id, "https://v.vault.azure.netkeys/k",
				COLLECTION_KEYS),
		 OBJECT_ID_E_INVALID);
	CHECK_EQ(object_id_read(&id, "https://storage/sa1", COLLECTION_STORAGE),
		 OBJECT_ID_E_INVALID);
}

static void test_what_is_no_id(void)
{
	static const struct {
		const char *id;
		int r;
	} rows[] = {
		{"", OBJECT_ID_E_INVALID},
		{"k", OBJECT_ID_E_INVALID},
		{"/keys/k", OBJECT_ID_E_INVALID},
		{"https://", OBJECT_ID_E_INVALID},
		{"https:///keys/k", OBJECT_ID_E_INVALID},
		{"https://:443/keys/k", OBJECT_ID_E_INVALID},
		{"ftp://v.vault.azure.net/keys/k", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net/keys", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net/keysk/k", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net/secrets/k", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net/x/keys/k", OBJECT_ID_E_INVALID},
		{"https://v.vault.azure.net/keys/", OBJECT_ID_E_SEGMENTS},
		{"https://v.vault.azure.net/keys//k", OBJECT_ID_E_SEGMENTS},
		{"https://v.vault.azure.net/keys/k/", OBJECT_ID_E_SEGMENTS},
		{"https://v.vault.azure.net/keys/a/b/c/d",
		 OBJECT_ID_E_SEGMENTS},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		ObjectId id = {.n = 7};

		if (object_id_read(&id, rows[i].id, COLLECTION_KEYS) !=
		    rows[i].r)
			CHECK_FAIL("wrong about %s", rows[i].id);
		CHECK_EQ(id.n, 7);
	}
}

static void test_a_long_host(void)
{
	char text[URL_HOST_MAX + 64];
	ObjectId id = {0};

	(void)snprintf(text, sizeof(text), "https://%0*d/keys/k", URL_HOST_MAX,
		       7);
	CHECK_OK(object_id_read(&id, text, COLLECTION_KEYS));
	CHECK_EQ(strlen(id.host), URL_HOST_MAX);
	(void)snprintf(text, sizeof(text), "https://%0*d/keys/k",
		       URL_HOST_MAX + 1, 7);
	CHECK_EQ(object_id_read(&id, text, COLLECTION_KEYS),
		 OBJECT_ID_E_INVALID);
}

int main(void)
{
	RUN(test_ids_of_each_kind);
	RUN(test_ids_without_the_slash);
	RUN(test_what_is_no_id);
	RUN(test_a_long_host);
	return check_report();
}
