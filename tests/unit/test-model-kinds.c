/* SPDX-License-Identifier: MIT */

/* What is got that is not a secret: its body as a whole, and whose it is. */

#include "base/buf.h"
#include "check.h"
#include "vault/model.h"

#define V1 "0123456789abcdef0123456789abcdef"
#define HOST "https://demo.vault.azure.net"

#define SECRET "\"id\":\"" HOST "/secrets/Db/" V1 "\""

static char why[128];

static int read_part(ObjectBundle *ret, enum collection collection,
		     enum part part, const char *name, const char *body)
{
	ObjectKey key;

	if (object_key_init_part(&key, collection, part, name, strlen(name)))
		return -EINVAL;
	*ret = (ObjectBundle){0};
	why[0] = '\0';
	return object_bundle_read(ret, body, strlen(body), &key, NULL, why,
				  sizeof(why));
}

#define KEY_BODY                                                             \
	"{ \"key\" : {\"kid\":\"" HOST "/keys/Sign/" V1                      \
	"\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},\"attributes\":{" \
	"\"created\":7},\"tags\":{\"a\":\"b\"},\"managed\":true}"

/* The whole body, byte for byte: files are made of it. */
static void test_a_key(void)
{
	ObjectBundle b, other;

	CHECK_OK(read_part(&b, COLLECTION_KEYS, PART_OBJECT, "sign", KEY_BODY));
	CHECK_STR(b.host, "demo.vault.azure.net");
	CHECK_STR(b.name, "Sign");
	CHECK_STR(b.version, V1);
	CHECK(b.has_version);
	CHECK_STR(secret_bytes(b.value), KEY_BODY);
	CHECK_STR(b.tags, "{\"a\":\"b\"}");
	CHECK(b.attributes.managed);
	CHECK_EQ(b.attributes.created_s, 7);
	/* The same version, with other tags: another digest. */
	CHECK_OK(read_part(&other, COLLECTION_KEYS, PART_OBJECT, "sign",
			   "{\"key\":{\"kid\":\"" HOST "/keys/sign/" V1
			   "\",\"kty\":\"RSA\"}}"));
	CHECK_STR(other.version, V1);
	CHECK(strcmp(other.digest, b.digest) != 0);
	object_bundle_done(&other);
	object_bundle_done(&b);
}

/* Of which key is it? Only its kid says. */
static void test_keys_of_others(void)
{
	static const char *const kids[] = {
		HOST "/keys/other/" V1,
		HOST "/secrets/sign/" V1,
		HOST "/certificates/sign/" V1,
		HOST "/deletedkeys/sign/" V1,
		HOST "/keys/sign",
		HOST "/keys/sign/1",
		HOST "/keys/sign/" V1 "/" V1,
		("https://demo.vault.azure.netkeys/sign/" V1),
		"",
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(kids); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body),
			       "{\"id\":\"" HOST "/keys/sign/" V1
			       "\",\"key\":{\"kid\":\"%s\",\"kty\":\"RSA\"}}",
			       kids[i]);
		if (read_part(&b, COLLECTION_KEYS, PART_OBJECT, "sign", body) !=
		    MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", kids[i]);
		CHECK(b.value == NULL);
	}
}

#define CERTIFICATE "\"id\":\"" HOST "/certificates/site/" V1 "\""

static void test_a_certificate(void)
{
	ObjectBundle b;

	CHECK_OK(read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			   "{" CERTIFICATE ",\"cer\":\"MAA=\",\"sid\":\"" HOST
			   "/secrets/site/" V1 "\",\"policy\":{\"a\":{}}}"));
	CHECK_STR(b.version, V1);
	CHECK_STR(b.tags, "{}");
	object_bundle_done(&b);
	CHECK_EQ(read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			   "{" CERTIFICATE ",\"cer\":\"MAA=\",\"sid\":\"" HOST
			   "/secrets/other/" V1 "\"}"),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why, "its \"sid\" is of another object");
	CHECK_EQ(read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			   "{" CERTIFICATE ",\"cer\":\"!\"}"),
		 MODEL_E_UNTRUSTED);
}

/* What is handed on as a whole says nothing twice, at any depth. */
static void test_members_of_one_name(void)
{
	static const char *const members[] = {
		"\"policy\":{\"a\":1,\"a\":2}",
		"\"policy\":{\"sans\":[{\"b\":1,\"b\":1}]}",
		"\"new\":1,\"new\":2",
		"\"tags\":{\"a\":\"b\",\"a\":\"c\"}",
		"\"tags\":{\"a\":7}",
		"\"tags\":{\"a\":null}",
		"\"tags\":[\"a\"]",
		"\"tags\":{\"a\":{\"b\":\"c\"}}",
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body), "{" CERTIFICATE ",%s}",
			       members[i]);
		if (read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			      body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", members[i]);
	}
}

/* The first half of the body's SHA-256, in hex, stands for a version. */
static void test_what_has_no_version(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *key, *id, *name;
	} rows[] = {
		{COLLECTION_CERTIFICATES, PART_PENDING, "site",
		 HOST "/certificates/Site/pending", "Site"},
		{COLLECTION_KEYS, PART_ROTATION, "sign",
		 HOST "/keys/sign/rotationpolicy", "sign"},
		{COLLECTION_STORAGE, PART_OBJECT, "acc", HOST "/storage/acc",
		 "acc"},
		{COLLECTION_STORAGE, PART_OBJECT, "acc", HOST "storage/acc",
		 "acc"},
		{COLLECTION_STORAGE, PART_SAS, "acc-all",
		 HOST "/storage/Acc/sas/All", "Acc-All"},
		{COLLECTION_STORAGE, PART_SAS, "acc-all",
		 HOST "storage/acc/sas/all", "acc-all"},
		{COLLECTION_STORAGE, PART_DELETED, "acc", HOST "/storage/acc",
		 "acc"},
		{COLLECTION_STORAGE, PART_DELETED, "acc-all",
		 HOST "/deletedstorage/acc/sas/all", "acc-all"},
		{COLLECTION_SECRETS, PART_DELETED, "db", HOST "/secrets/db/" V1,
		 "db"},
		{COLLECTION_CERTIFICATES, PART_DELETED, "site",
		 HOST "/certificates/site", "site"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		ObjectBundle b;
		char body[512];

		(void)snprintf(body, sizeof(body), "{\"id\":\"%s\"}",
			       rows[i].id);
		CHECK_OK(read_part(&b, rows[i].collection, rows[i].part,
				   rows[i].key, body));
		CHECK_STR(b.name, rows[i].name);
		CHECK_STR(b.host, "demo.vault.azure.net");
		CHECK(!b.has_version);
		CHECK_STR(b.version, b.digest);
		CHECK(version_is_valid(b.version, strlen(b.version)));
		CHECK_STR(secret_bytes(b.value), body);
		object_bundle_done(&b);
	}
}

/* printf '{"lifetimeActions":[]}' | sha256sum */
static void test_a_rotation_policy_without_an_id(void)
{
	ObjectBundle b;

	CHECK_OK(read_part(&b, COLLECTION_KEYS, PART_ROTATION, "Sign",
			   "{\"lifetimeActions\":[]}"));
	CHECK_STR(b.name, "sign");
	CHECK_STR(b.host, "");
	CHECK_STR(b.version, "f7fe42a7a19c88ab7e0f7de3d4b581d1");
	object_bundle_done(&b);
}

static void test_parts_of_others(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *key, *id;
	} rows[] = {
		{COLLECTION_CERTIFICATES, PART_PENDING, "site",
		 HOST "/certificates/other/pending"},
		{COLLECTION_CERTIFICATES, PART_PENDING, "site",
		 HOST "/certificates/site/policy"},
		{COLLECTION_CERTIFICATES, PART_PENDING, "site",
		 HOST "/certificates/site"},
		{COLLECTION_KEYS, PART_ROTATION, "sign",
		 HOST "/keys/other/rotationpolicy"},
		{COLLECTION_KEYS, PART_ROTATION, "sign", HOST "/keys/sign"},
		{COLLECTION_STORAGE, PART_OBJECT, "acc", HOST "/storage/other"},
		{COLLECTION_STORAGE, PART_OBJECT, "acc",
		 HOST "/storage/acc/" V1},
		{COLLECTION_STORAGE, PART_SAS, "acc-all",
		 HOST "/storage/acc/sas/other"},
		{COLLECTION_STORAGE, PART_SAS, "acc-all",
		 HOST "/storage/other/sas/all"},
		{COLLECTION_STORAGE, PART_SAS, "acc-all",
		 HOST "/storage/acc/xxx/all"},
		{COLLECTION_STORAGE, PART_SAS, "acc-all", HOST "/storage/acc"},
		{COLLECTION_STORAGE, PART_DELETED, "acc",
		 HOST "/storage/acc/sas/all"},
		{COLLECTION_SECRETS, PART_DELETED, "db", HOST "/secrets/dc"},
		{COLLECTION_SECRETS, PART_DELETED, "db", HOST "/secrets/db/1"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		ObjectBundle b;
		char body[512];

		(void)snprintf(body, sizeof(body), "{\"id\":\"%s\"}",
			       rows[i].id);
		if (read_part(&b, rows[i].collection, rows[i].part, rows[i].key,
			      body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", rows[i].id);
		CHECK(why[0] != '\0');
	}
}

static void test_deleted_ones(void)
{
	static const char *const members[] = {
		"\"recoveryId\":\"" HOST "/deletedsecrets/other\"",
		"\"recoveryId\":\"" HOST "/deletedkeys/db\"",
		"\"recoveryId\":\"https://evil.example/deletedsecrets/db\"",
		"\"recoveryId\":7",
		"\"deletedDate\":\"now\"",
		"\"scheduledPurgeDate\":-1",
	};
	ObjectBundle b;

	CHECK_OK(read_part(&b, COLLECTION_SECRETS, PART_DELETED, "db",
			   "{" SECRET ",\"recoveryId\":\"" HOST
			   "/deletedsecrets/Db\",\"deletedDate\":1,"
			   "\"scheduledPurgeDate\":2}"));
	object_bundle_done(&b);
	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body), "{" SECRET ",%s}",
			       members[i]);
		if (read_part(&b, COLLECTION_SECRETS, PART_DELETED, "db",
			      body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", members[i]);
	}
}

static void test_the_largest_body(void)
{
	AKV_BUF Buf body = BUF_INIT(BUF_MAX_FILE);
	ObjectBundle b;

	CHECK_OK(buf_append_string(&body, "{" CERTIFICATE ",\"policy\":{"
					  "\"a\":\""));
	while (body.n < OBJECT_BODY_MAX - 3)
		CHECK_OK(buf_append_char(&body, 'x'));
	CHECK_OK(buf_append_string(&body, "\"}}"));
	CHECK_OK(read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			   body.p));
	CHECK_EQ(secret_size(b.value), OBJECT_BODY_MAX);
	object_bundle_done(&b);
	CHECK_OK(buf_append_char(&body, ' '));
	CHECK_EQ(read_part(&b, COLLECTION_CERTIFICATES, PART_OBJECT, "site",
			   body.p),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why, "it is over the size limit");
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_a_key);
	RUN(test_keys_of_others);
	RUN(test_a_certificate);
	RUN(test_members_of_one_name);
	RUN(test_what_has_no_version);
	RUN(test_a_rotation_policy_without_an_id);
	RUN(test_parts_of_others);
	RUN(test_deleted_ones);
	RUN(test_the_largest_body);
	return check_report();
}
