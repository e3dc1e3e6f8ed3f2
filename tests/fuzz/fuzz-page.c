/* SPDX-License-Identifier: MIT */

/*
 * A body is read as a page of each list. The names and versions that come out
 * of it are of the grammar, and of the object whose list it is.
 */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/page.h"

static void item_check(const ObjectItem *item, const ListKey *key)
{
	bool has_version = key->list == LIST_VERSIONS;

	FUZZ_CHECK(name_fits(key->collection, item->name, strlen(item->name)));
	if (has_version) {
		FUZZ_CHECK(ascii_equal_fold(item->name, key->name));
		FUZZ_CHECK(
			version_is_valid(item->version, strlen(item->version)));
	} else {
		FUZZ_CHECK(item->version[0] == '\0');
	}
}

static void page_check(const char *body, size_t n, const ListKey *key)
{
	ObjectItem *items = NULL;
	size_t count = 0;
	size_t dropped = 0;
	char *next = NULL;
	char why[128] = "";
	int r = object_page_read(&items, &count, &dropped, &next, key, body, n,
				 why, sizeof(why));

	if (r != 0) {
		FUZZ_CHECK(r == MODEL_E_UNTRUSTED && !items && !next);
		FUZZ_CHECK(why[0] != '\0' && ascii_is_printable(why));
		return;
	}
	FUZZ_CHECK(items && next && count + dropped <= LIST_ITEMS_MAX);
	for (size_t i = 0; i < count; i++)
		item_check(&items[i], key);
	free(items);
	free(next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		enum list list;
		enum collection collection;
		const char *name;
	} lists[] = {
		{LIST_OBJECTS, COLLECTION_SECRETS, ""},
		{LIST_OBJECTS, COLLECTION_KEYS, ""},
		{LIST_OBJECTS, COLLECTION_CERTIFICATES, ""},
		{LIST_OBJECTS, COLLECTION_STORAGE, ""},
		{LIST_VERSIONS, COLLECTION_SECRETS, "db"},
		{LIST_VERSIONS, COLLECTION_KEYS, "db"},
		{LIST_DELETED, COLLECTION_CERTIFICATES, ""},
		{LIST_SAS, COLLECTION_STORAGE, "db"},
		{LIST_DELETED_SAS, COLLECTION_STORAGE, "db"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(lists); i++) {
		ListKey key;

		FUZZ_CHECK(list_key_init(&key, lists[i].list,
					 lists[i].collection, lists[i].name,
					 strlen(lists[i].name)) == 0);
		page_check((const char *)data, size, &key);
	}
	return 0;
}
