/* SPDX-License-Identifier: MIT */

/*
 * A body is read as what a GET of each kind brings. What comes out of it is of
 * the grammar, and of the object that was asked for.
 */

#include "base/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vault/model.h"

#define VERSION "0123456789abcdef0123456789abcdef"

static void bundle_compare(const ObjectBundle *bundle, const ObjectKey *key,
			   const char *body, size_t n)
{
	bool is_secret = key->collection == COLLECTION_SECRETS &&
			 key->part == PART_OBJECT;

	FUZZ_CHECK(ascii_equal_fold(bundle->name, key->name));
	FUZZ_CHECK(version_is_valid(bundle->version, strlen(bundle->version)));
	FUZZ_CHECK(bundle->has_version ||
		   strcmp(bundle->version, bundle->digest) == 0);
	FUZZ_CHECK(!bundle->has_version || object_key_has_versions(key));
	FUZZ_CHECK(bundle->attributes.created_s >= -1);
	FUZZ_CHECK(bundle->tags[0] == '{');
	if (is_secret)
		FUZZ_CHECK(secret_size(bundle->value) <= SECRET_VALUE_MAX &&
			   strlen(secret_bytes(bundle->value)) ==
				   secret_size(bundle->value));
	else
		FUZZ_CHECK(secret_size(bundle->value) == n &&
			   memcmp(secret_bytes(bundle->value), body, n) == 0);
}

static void bundle_check(const char *body, size_t n, const ObjectKey *key,
			 const char *version)
{
	ObjectBundle bundle;
	char why[128] = "";
	int r = object_bundle_read(&bundle, body, n, key, version, why,
				   sizeof(why));

	if (r != 0) {
		FUZZ_CHECK(r == MODEL_E_UNTRUSTED);
		FUZZ_CHECK(why[0] != '\0' && ascii_is_printable(why));
		return;
	}
	FUZZ_CHECK(!version || strcmp(bundle.version, version) == 0);
	bundle_compare(&bundle, key, body, n);
	object_bundle_done(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *name, *version;
	} keys[] = {
		{COLLECTION_SECRETS, PART_OBJECT, "db", NULL},
		{COLLECTION_SECRETS, PART_OBJECT, "db", VERSION},
		{COLLECTION_SECRETS, PART_DELETED, "db", NULL},
		{COLLECTION_KEYS, PART_OBJECT, "db", NULL},
		{COLLECTION_KEYS, PART_DELETED, "db", NULL},
		{COLLECTION_KEYS, PART_ROTATION, "db", NULL},
		{COLLECTION_CERTIFICATES, PART_OBJECT, "db", NULL},
		{COLLECTION_CERTIFICATES, PART_PENDING, "db", NULL},
		{COLLECTION_STORAGE, PART_OBJECT, "db", NULL},
		{COLLECTION_STORAGE, PART_SAS, "db-all", NULL},
		{COLLECTION_STORAGE, PART_DELETED, "db-all", NULL},
	};
	static bool ready;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		ObjectKey key;

		FUZZ_CHECK(object_key_init_part(&key, keys[i].collection,
						keys[i].part, keys[i].name,
						strlen(keys[i].name)) == 0);
		bundle_check((const char *)data, size, &key, keys[i].version);
	}
	return 0;
}
