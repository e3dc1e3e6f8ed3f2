/* SPDX-License-Identifier: MIT */

/* Objects as the service sends them, and as only a fault or a fraud would. */

#include "base/buf.h"
#include "check.h"
#include "vault/model.h"

#define V1 "0123456789abcdef0123456789abcdef"
#define V2 "ffffffffffffffffffffffffffffffff"
#define ID "\"id\":\"https://demo.vault.azure.net/secrets/Db/" V1 "\""
#define GOOD "{\"value\":\"v\"," ID ",\"attributes\":{\"enabled\":true}}"

static char why[128];

static int read_of(ObjectBundle *ret, const char *name, const char *version,
		   const char *body)
{
	ObjectKey key;
	int r = object_key_init(&key, COLLECTION_SECRETS, name, strlen(name));

	if (r != 0)
		return -EINVAL;
	*ret = (ObjectBundle){0};
	why[0] = '\0';
	return object_bundle_read(ret, body, strlen(body), &key, version, why,
				  sizeof(why));
}

static int read_db(ObjectBundle *ret, const char *body)
{
	return read_of(ret, "db", NULL, body);
}

static void test_a_whole_bundle(void)
{
	ObjectBundle b;

	CHECK_OK(read_db(&b, "{\"value\":\"s3cret\\n\\u00e9\",\"contentType\":"
			     "\"text/plain\"," ID ",\"managed\":true,\"kid\":"
			     "\"https://x\",\"attributes\":{\"enabled\":true,"
			     "\"nbf\":10,\"exp\":20,\"created\":30,\"updated\":"
			     "40,\"recoveryLevel\":\"Recoverable+Purgeable\","
			     "\"recoverableDays\":90},\"tags\":{\"a\":\"b\"},"
			     "\"previousVersion\":\"" V2 "\"}"));
	CHECK_STR(b.name, "Db");
	CHECK_STR(b.version, V1);
	CHECK_STR(b.content_type, "text/plain");
	CHECK_STR(secret_bytes(b.value), "s3cret\n\xc3\xa9");
	CHECK_EQ(secret_size(b.value), 9);
	CHECK(b.attributes.enabled);
	CHECK(b.attributes.managed);
	CHECK_EQ(b.attributes.not_before_s, 10);
	CHECK_EQ(b.attributes.expires_s, 20);
	CHECK_EQ(b.attributes.created_s, 30);
	CHECK_EQ(b.attributes.updated_s, 40);
	CHECK_STR(b.attributes.recovery_level, "Recoverable+Purgeable");
	object_bundle_done(&b);
	CHECK(b.value == NULL);
}

static void test_what_may_be_absent(void)
{
	ObjectBundle b;

	CHECK_OK(read_db(&b, "{\"value\":\"\"," ID "}"));
	CHECK_EQ(secret_size(b.value), 0);
	CHECK(b.attributes.enabled);
	CHECK(!b.attributes.managed);
	CHECK_EQ(b.attributes.created_s, -1);
	CHECK_EQ(b.attributes.expires_s, -1);
	CHECK_STR(b.content_type, "");
	CHECK_STR(b.attributes.recovery_level, "");
	object_bundle_done(&b);
	CHECK_OK(read_db(&b, "{\"value\":\"\"," ID ",\"attributes\":null,"
			     "\"contentType\":null,\"managed\":null}"));
	object_bundle_done(&b);
	CHECK_OK(read_db(&b,
			 "{\"value\":\"\"," ID ",\"attributes\":{\"exp\":"
			 "null,\"enabled\":false,\"recoveryLevel\":null}}"));
	CHECK(!b.attributes.enabled);
	object_bundle_done(&b);
}

/* The service of 2016 wrote it so. */
static void test_recovery_level_in_any_case(void)
{
	ObjectBundle b;

	CHECK_OK(read_db(&b, "{\"value\":\"\"," ID ",\"attributes\":"
			     "{\"recoverylevel\":\"Purgeable\"}}"));
	CHECK_STR(b.attributes.recovery_level, "Purgeable");
	object_bundle_done(&b);
	CHECK_EQ(read_db(&b, "{\"value\":\"\"," ID ",\"attributes\":"
			     "{\"recoverylevel\":\"A\",\"recoveryLevel\":"
			     "\"A\"}}"),
		 MODEL_E_UNTRUSTED);
}

static void test_ids(void)
{
	static const char *const good[] = {
		"https://demo.vault.azure.net/secrets/Db/" V1,
		"https://demo.vault.azure.net:443/secrets/db/" V1,
		"http://elsewhere.example/secrets/DB/" V1,
		"https://demo.vault.azure.net/Secrets/db/"
		"0123456789ABCDEF0123456789ABCDEF",
	};
	static const char *const bad[] = {
		"",
		"Db",
		"/secrets/Db/" V1,
		"https://demo.vault.azure.net",
		"https:///secrets/Db/" V1,
		"https://demo.vault.azure.net/secrets",
		"https://demo.vault.azure.net/secrets/",
		"https://demo.vault.azure.net/secrets/Db",
		"https://demo.vault.azure.net/secrets/Db/",
		"https://demo.vault.azure.net/secrets/Db/1",
		"https://demo.vault.azure.net/secrets/Db/" V1 "/",
		"https://demo.vault.azure.net/secrets/Db/" V1 "?a=b",
		"https://demo.vault.azure.net/secrets/Db/" V1 "/" V1,
		"https://demo.vault.azure.net/secrets/other/" V1,
		"https://demo.vault.azure.net/secrets/Db2/" V1,
		"https://demo.vault.azure.net/secrets//" V1,
		"https://demo.vault.azure.net/secrets/../Db/" V1,
		"https://demo.vault.azure.net/keys/Db/" V1,
		"https://demo.vault.azure.net/x/secrets/Db/" V1,
		"https://demo.vault.azure.netsecrets/Db/" V1,
		"ftp://demo.vault.azure.net/secrets/Db/" V1,
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(good); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body),
			       "{\"value\":\"v\",\"id\":\"%s\"}", good[i]);
		CHECK_OK(read_of(&b, "dB", V1, body));
		CHECK_STR(b.version, V1);
		object_bundle_done(&b);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body),
			       "{\"value\":\"v\",\"id\":\"%s\"}", bad[i]);
		if (read_db(&b, body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bad[i]);
		CHECK(b.value == NULL);
		CHECK(why[0] != '\0');
	}
}

static void test_the_version_that_was_asked_for(void)
{
	ObjectBundle b;

	CHECK_OK(read_of(&b, "db", V1, GOOD));
	object_bundle_done(&b);
	CHECK_EQ(read_of(&b, "db", V2, GOOD), MODEL_E_UNTRUSTED);
	CHECK_STR(why, "its id is of another version");
	CHECK_EQ(read_of(&b, "dc", NULL, GOOD), MODEL_E_UNTRUSTED);
	CHECK_STR(why, "its id is of another object");
}

/* Never a shortened value. */
static void test_values_that_are_none(void)
{
	static const char *const values[] = {
		"null",
		"7",
		"true",
		"{}",
		"[\"v\"]",
		"\"a\\u0000b\"",
		"\"\\ud800\"",
		"\"\xff\"",
		"\"a\nb\"",
		"\"v\",\"value\":\"w\"",
		"\"v\",\"value\\u0000x\":\"w\"",
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(values); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body), "{" ID ",\"value\":%s}",
			       values[i]);
		if (read_db(&b, body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", values[i]);
		CHECK(b.value == NULL);
	}
	CHECK_EQ(read_db(&b, "{" ID "}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_db(&b, "{" ID ",\"Value\":\"v\"}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_db(&b, "{\"value\":\"v\"}"), MODEL_E_UNTRUSTED);
}

static void test_the_largest_value(void)
{
	AKV_BUF Buf body = BUF_INIT(BUF_MAX_FILE);
	ObjectBundle b = {0};
	ObjectKey key;

	CHECK_OK(object_key_init(&key, COLLECTION_SECRETS, "db", 2));
	CHECK_OK(buf_append_string(&body, "{" ID ",\"value\":\""));
	for (unsigned i = 0; i < SECRET_VALUE_MAX; i++)
		CHECK_OK(buf_append_char(&body, 'x'));
	CHECK_OK(buf_append_string(&body, "\"}"));
	CHECK_OK(object_bundle_read(&b, body.p, body.n, &key, NULL, why,
				    sizeof(why)));
	CHECK_EQ(secret_size(b.value), SECRET_VALUE_MAX);
	object_bundle_done(&b);
	body.n -= 2;
	CHECK_OK(buf_append_string(&body, "x\"}"));
	CHECK_EQ(object_bundle_read(&b, body.p, body.n, &key, NULL, why,
				    sizeof(why)),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why, "its value is over the size limit");
}

static void test_other_members(void)
{
	static const char *const members[] = {
		"\"attributes\":7",
		"\"attributes\":[]",
		"\"attributes\":{\"enabled\":\"true\"}",
		"\"attributes\":{\"enabled\":1}",
		"\"attributes\":{\"created\":\"30\"}",
		"\"attributes\":{\"created\":-1}",
		"\"attributes\":{\"created\":1.5}",
		"\"attributes\":{\"created\":1e300}",
		"\"attributes\":{\"exp\":253402300800}",
		"\"attributes\":{\"exp\":1,\"exp\":2}",
		"\"attributes\":{\"recoveryLevel\":7}",
		"\"attributes\":{\"recoveryLevel\":\"\\u001b[2J\"}",
		"\"attributes\":{},\"attributes\":{}",
		"\"contentType\":7",
		"\"managed\":\"true\"",
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body),
			       "{" ID ",\"value\":\"v\",%s}", members[i]);
		if (read_db(&b, body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", members[i]);
	}
}

static void test_bodies_that_are_none(void)
{
	static const char *const bodies[] = {
		"",        "null",   "[]",
		"\"v\"",   "<html>", GOOD "x",
		GOOD GOOD, "{",      "\xef\xbb\xbf" GOOD,
	};
	ObjectBundle b;

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		if (read_db(&b, bodies[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bodies[i]);
		CHECK(why[0] != '\0');
	}
}

static void test_a_long_content_type(void)
{
	char body[4096];
	ObjectBundle b;

	(void)snprintf(body, sizeof(body),
		       "{" ID ",\"value\":\"\",\"contentType\":\"%0*d\"}",
		       (int)CONTENT_TYPE_MAX, 7);
	CHECK_OK(read_db(&b, body));
	CHECK_EQ(strlen(b.content_type), CONTENT_TYPE_MAX);
	object_bundle_done(&b);
	(void)snprintf(body, sizeof(body),
		       "{" ID ",\"value\":\"\",\"contentType\":\"%0*d\"}",
		       (int)CONTENT_TYPE_MAX + 1, 7);
	CHECK_EQ(read_db(&b, body), MODEL_E_UNTRUSTED);
}

#define HOST "https://demo.vault.azure.net"
#define SAS_TYPE "\"contentType\":\"application/vnd.ms-sastoken-storage\""

/* As recorded in 2018: no version, and no slash behind the host. */
static void test_a_sas_token(void)
{
	static const char *const bad[] = {
		"\"id\":\"" HOST "secrets/acc-all\"," SAS_TYPE,
		"\"id\":\"" HOST "secrets/acc-all\",\"managed\":true",
		"\"id\":\"" HOST "secrets/other\",\"managed\":true," SAS_TYPE,
		"\"id\":\"" HOST "secrets/acc-all/" V1
		"\",\"managed\":true," SAS_TYPE,
	};
	ObjectBundle b;

	CHECK_OK(read_of(&b, "acc-all", NULL,
			 "{\"value\":\"?sig=x\",\"managed\":true," SAS_TYPE
			 ",\"id\":\"" HOST "secrets/acc-all\","
			 "\"attributes\":{\"exp\":1529963970}}"));
	CHECK(object_bundle_is_sas_token(&b));
	CHECK(!b.has_version);
	CHECK_STR(b.version, b.digest);
	CHECK_STR(b.host, "demo.vault.azure.net");
	CHECK_STR(secret_bytes(b.value), "?sig=x");
	CHECK_EQ(b.attributes.expires_s, 1529963970);
	object_bundle_done(&b);
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body), "{\"value\":\"\",%s}",
			       bad[i]);
		if (read_of(&b, "acc-all", NULL, body) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bad[i]);
	}
	CHECK_OK(read_db(&b, GOOD));
	CHECK(!object_bundle_is_sas_token(&b));
	CHECK_STR(b.digest, "");
	CHECK(b.has_version);
	object_bundle_done(&b);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_a_whole_bundle);
	RUN(test_what_may_be_absent);
	RUN(test_recovery_level_in_any_case);
	RUN(test_ids);
	RUN(test_the_version_that_was_asked_for);
	RUN(test_values_that_are_none);
	RUN(test_the_largest_value);
	RUN(test_other_members);
	RUN(test_bodies_that_are_none);
	RUN(test_a_long_content_type);
	RUN(test_a_sas_token);
	return check_report();
}
