/* SPDX-License-Identifier: MIT */

/*
 * A body is read as the bundle of one secret and as a page of a list. What
 * comes out of it is of the grammar, and of the object that was asked for.
 */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/model.h"

#define VERSION "0123456789abcdef0123456789abcdef"

static void bundle_check(const char *body, size_t n, const char *version)
{
	ObjectKey key;
	ObjectBundle bundle;
	char why[128] = "";
	int r;

	FUZZ_CHECK(object_key_init(&key, COLLECTION_SECRETS, "db", 2) == 0);
	r = object_bundle_read(&bundle, body, n, &key, version, why,
			       sizeof(why));
	if (r != 0) {
		FUZZ_CHECK(r == MODEL_E_UNTRUSTED);
		FUZZ_CHECK(why[0] != '\0' && ascii_is_printable(why));
		return;
	}
	FUZZ_CHECK(ascii_equal_fold(bundle.name, "db"));
	FUZZ_CHECK(version_is_valid(bundle.version, strlen(bundle.version)));
	FUZZ_CHECK(!version || strcmp(bundle.version, version) == 0);
	FUZZ_CHECK(secret_size(bundle.value) <= SECRET_VALUE_MAX);
	FUZZ_CHECK(strlen(secret_bytes(bundle.value)) ==
		   secret_size(bundle.value));
	FUZZ_CHECK(bundle.attributes.created_s >= -1);
	object_bundle_done(&bundle);
}

static void page_check(const char *body, size_t n)
{
	ObjectItem *items = NULL;
	size_t count = 0;
	size_t dropped = 0;
	char *next = NULL;
	char why[128] = "";
	int r = object_page_read(&items, &count, &dropped, &next,
				 COLLECTION_SECRETS, body, n, why, sizeof(why));

	if (r != 0) {
		FUZZ_CHECK(r == MODEL_E_UNTRUSTED && !items && !next);
		FUZZ_CHECK(why[0] != '\0' && ascii_is_printable(why));
		return;
	}
	FUZZ_CHECK(items && next && count + dropped <= LIST_ITEMS_MAX);
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(name_is_valid(items[i].name, strlen(items[i].name)));
	free(items);
	free(next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	const char *body = (const char *)data;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	bundle_check(body, size, NULL);
	bundle_check(body, size, VERSION);
	page_check(body, size);
	return 0;
}
