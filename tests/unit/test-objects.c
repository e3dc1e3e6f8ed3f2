/* SPDX-License-Identifier: MIT */

/* The requests for objects, and what becomes of answers that are 200. */

#include "object-test.h"

typedef struct Got {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	Secret *value;
	char name[NAME_MAX_LENGTH + 1], version[VERSION_LENGTH + 1];
} Got;

static void got(void *data, const ObjectBundle *bundle, const VaultError *error)
{
	Got *g = data;

	g->calls++;
	g->error = *error;
	if (!!bundle != (error->answer == VAULT_OK))
		abort();
	if (!bundle)
		return;
	g->value = secret_ref(bundle->value);
	(void)snprintf(g->name, sizeof(g->name), "%s", bundle->name);
	(void)snprintf(g->version, sizeof(g->version), "%s", bundle->version);
}

static int get(Got *g, const char *name, const char *version)
{
	ObjectKey key;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		return -EPROTO;
	return objects_get(vault, &g->call, &key, version,
			   clock_now_us() + 5 * S, got, g);
}

static void test_get(void)
{
	Got g = {0};
	size_t used;

	begin();
	CHECK_OK(get(&g, "DB", NULL));
	grant();
	used = secret_heap_used();
	CHECK_STR(fake_http_last()->url, HOST "/secrets/db?api-version=7.5");
	CHECK_STR(fake_http_last()->authorization, "Bearer t1");
	CHECK(fake_http_last()->body_max >= SECRET_VALUE_MAX);
	CHECK_EQ(g.calls, 0);
	answer(200, BUNDLE);
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_OK);
	CHECK_STR(g.name, "db");
	CHECK_STR(g.version, V1);
	CHECK_STR(secret_bytes(g.value), "v");
	g.value = secret_unref(g.value); /* the last reference */
	CHECK_EQ(secret_heap_used(), used);
	end();
}

static void test_get_a_version(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", V1));
	grant();
	CHECK_STR(fake_http_last()->url,
		  HOST "/secrets/db/" V1 "?api-version=7.5");
	answer(200, BUNDLE);
	CHECK_EQ(g.error.answer, VAULT_OK);
	g.value = secret_unref(g.value);
	CHECK_OK(get(&g, "db", "ffffffffffffffffffffffffffffffff"));
	answer(200, BUNDLE);
	CHECK_EQ(g.error.answer, VAULT_E_UNTRUSTED);
	end();
}

static void test_what_may_not_be_asked(void)
{
	ObjectKey key = {.name = "a/../b"};
	VaultCall *call = NULL;
	Got g = {0};

	begin();
	CHECK_EQ(objects_get(vault, &call, &key, NULL, CLOCK_NEVER, got, &g),
		 -EINVAL);
	CHECK_EQ(get(&g, "db", "1"), -EINVAL);
	CHECK_EQ(get(&g, "db", ""), -EINVAL);
	CHECK_EQ(fake_http_count(), 0);
	end();
}

static void test_an_answer_that_cannot_be_believed(void)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"{}",
		"{\"value\":\"v\"}",
		"{\"value\":\"a\\u0000b\",\"id\":\"" HOST "/secrets/db/" V1
		"\"}",
		"{\"value\":\"v\",\"id\":\"" HOST "/secrets/other/" V1 "\"}",
	};
	Got warm = {0};

	begin();
	CHECK_OK(get(&warm, "db", NULL));
	grant();
	answer(404, "");
	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		Got g = {0};

		CHECK_OK(get(&g, "db", NULL));
		answer(200, bodies[i]);
		CHECK_EQ(g.calls, 1);
		CHECK_EQ(g.error.answer, VAULT_E_UNTRUSTED);
		CHECK_EQ(g.error.status, 200);
		CHECK_STR(g.error.request_id, "request-1");
		CHECK(strstr(g.error.sentence, "demo") != NULL);
	}
	end();
}

static void test_a_refusal(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	grant();
	answer(403, "{\"error\":{\"code\":\"Forbidden\",\"message\":"
		    "\"Operation get is not allowed on a disabled secret.\","
		    "\"innererror\":{\"code\":\"SecretDisabled\"}}}");
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_E_DISABLED);
	CHECK_STR(g.error.inner, "SecretDisabled");
	end();
}

/* Values wait in locked memory, of which there is only so much. */
static void test_no_room_for_a_value(void)
{
	Secret *all[64];
	size_t n = 0;
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	grant();
	while (n < AKV_ARRAY_LEN(all) && secret_new_blank(&all[n], 60000) == 0)
		n++;
	CHECK(n < AKV_ARRAY_LEN(all));
	for (size_t size = 32768; size > 0 && n < AKV_ARRAY_LEN(all); size /= 2)
		while (n < AKV_ARRAY_LEN(all) &&
		       secret_new_blank(&all[n], size) == 0)
			n++;
	answer(200, BUNDLE);
	for (; n > 0; n--)
		(void)secret_unref(all[n - 1]);
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_E_UNAVAILABLE);
	CHECK(strstr(g.error.sentence, "LimitMEMLOCK") != NULL);
	end();
}

static void test_cancel_a_get(void)
{
	Got g = {0};

	begin();
	CHECK_OK(get(&g, "db", NULL));
	vault_cancel(g.call);
	grant();
	CHECK_OK(get(&g, "db", NULL));
	vault_cancel(g.call);
	CHECK_EQ(g.calls, 0);
	end(); /* the leak checkers look */
}

/* --- of every kind ------------------------------------------------------ */

static int get_part(Got *g, enum collection collection, enum part part,
		    const char *name)
{
	ObjectKey key;

	if (object_key_init_part(&key, collection, part, name, strlen(name)))
		return -EPROTO;
	return objects_get(vault, &g->call, &key, NULL, clock_now_us() + 5 * S,
			   got, g);
}

/* A vault that has its token. */
static void begin_warm(const char *source, const char *api_version)
{
	Got warm = {0};

	begin_at(source, api_version);
	CHECK_OK(get_part(&warm, COLLECTION_KEYS, PART_OBJECT, "warm"));
	grant();
	answer(404, "");
}

static void test_each_kind(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *name, *url, *body;
	} rows[] = {
		{COLLECTION_KEYS, PART_OBJECT, "K", "/keys/k?api-version=7.5",
		 "{\"key\":{\"kid\":\"" HOST "/keys/k/" V1
		 "\",\"kty\":\"oct\"}}"},
		{COLLECTION_KEYS, PART_ROTATION, "k",
		 "/keys/k/rotationpolicy?api-version=7.5", "{}"},
		{COLLECTION_CERTIFICATES, PART_OBJECT, "c",
		 "/certificates/c?api-version=7.5",
		 "{\"id\":\"" HOST "/certificates/c/" V1 "\"}"},
		{COLLECTION_CERTIFICATES, PART_PENDING, "c",
		 "/certificates/c/pending?api-version=7.5",
		 "{\"id\":\"" HOST "/certificates/c/pending\"}"},
		{COLLECTION_CERTIFICATES, PART_DELETED, "c",
		 "/deletedcertificates/c?api-version=7.5",
		 "{\"id\":\"" HOST "/certificates/c/" V1 "\"}"},
		{COLLECTION_STORAGE, PART_OBJECT, "a",
		 "/storage/a?api-version=7.5",
		 "{\"id\":\"" HOST "storage/a\"}"},
		{COLLECTION_STORAGE, PART_SAS, "a-s",
		 "/storage/a/sas/s?api-version=7.5",
		 "{\"id\":\"" HOST "/storage/a/sas/s\"}"},
	};

	begin_warm("demo", "7.5");
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Got g = {0};

		CHECK_OK(get_part(&g, rows[i].collection, rows[i].part,
				  rows[i].name));
		CHECK(strncmp(fake_http_last()->url, HOST, strlen(HOST)) == 0);
		CHECK_STR(fake_http_last()->url + strlen(HOST), rows[i].url);
		answer(200, rows[i].body);
		CHECK_EQ(g.error.answer, VAULT_OK);
		CHECK_STR(secret_bytes(g.value), rows[i].body);
		g.value = secret_unref(g.value);
	}
	end();
}

/* Right in all but the host. */
static void test_objects_of_another_vault(void)
{
	static const char *const hosts[] = {
		"https://evil.vault.azure.net",
		"https://demo.vault.azure.net.evil.example",
		"https://demo.vault.azure.cn",
	};

	begin_warm("demo", "7.5");
	for (size_t i = 0; i < AKV_ARRAY_LEN(hosts); i++) {
		Got g = {0};
		char body[512];

		CHECK_OK(get_part(&g, COLLECTION_KEYS, PART_OBJECT, "k"));
		(void)snprintf(body, sizeof(body),
			       "{\"key\":{\"kid\":\"%s/keys/k/" V1
			       "\",\"kty\":\"oct\"}}",
			       hosts[i]);
		answer(200, body);
		CHECK_EQ(g.error.answer, VAULT_E_UNTRUSTED);
		CHECK(strstr(g.error.sentence, "another vault") != NULL);
	}
	end();
}

/* The answer comes from the loop, and nobody is asked. */
static void absent_unasked(enum collection collection, enum part part,
			   const char *name)
{
	unsigned before = (unsigned)fake_http_count();
	Got g = {0};

	CHECK_OK(get_part(&g, collection, part, name));
	CHECK_EQ(g.calls, 0);
	fake_loop_pass(0);
	CHECK_EQ(g.calls, 1);
	CHECK_EQ(g.error.answer, VAULT_E_ABSENT);
	CHECK_EQ(fake_http_count(), before);
}

static void test_what_the_version_does_not_have(void)
{
	begin_warm("demo", "7.2");
	absent_unasked(COLLECTION_KEYS, PART_ROTATION, "k");
	end();
	begin_warm("demo", "2015-06-01");
	absent_unasked(COLLECTION_SECRETS, PART_DELETED, "db");
	absent_unasked(COLLECTION_STORAGE, PART_OBJECT, "a");
	end();
}

static void test_what_a_managed_hsm_does_not_have(void)
{
	Got g = {0};

	begin_warm("demo.managedhsm.azure.net", "7.5");
	absent_unasked(COLLECTION_SECRETS, PART_OBJECT, "db");
	absent_unasked(COLLECTION_CERTIFICATES, PART_OBJECT, "c");
	CHECK_OK(get_part(&g, COLLECTION_KEYS, PART_OBJECT, "k"));
	answer(200, "{\"key\":{\"kid\":"
		    "\"https://demo.managedhsm.azure.net/keys/k/" V1
		    "\",\"kty\":\"oct-HSM\"}}");
	CHECK_EQ(g.error.answer, VAULT_OK);
	g.value = secret_unref(g.value);
	end();
}

/* Newer versions of the interface have no storage accounts. */
static void test_the_version_that_has_storage(void)
{
	Got g = {0};

	begin_warm("demo", "2026-04-01");
	CHECK_OK(get_part(&g, COLLECTION_STORAGE, PART_OBJECT, "a"));
	CHECK_STR(fake_http_last()->url,
		  HOST "/storage/a?api-version=2025-07-01");
	answer(400, "{\"error\":{\"code\":\"BadParameter\"}}");
	CHECK_EQ(g.error.answer, VAULT_E_ABSENT);
	CHECK_OK(get_part(&g, COLLECTION_STORAGE, PART_OBJECT, "a"));
	answer(404, "{\"error\":{\"code\":\"StorageAccountNotFound\"}}");
	CHECK_EQ(g.error.answer, VAULT_E_NOT_FOUND);
	end();
}

/* Reading it takes a right of its own, which many do not have. */
static void test_a_rotation_policy_that_may_not_be_read(void)
{
	Got g = {0};

	begin_warm("demo", "7.5");
	CHECK_OK(get_part(&g, COLLECTION_KEYS, PART_ROTATION, "k"));
	answer(403, "{\"error\":{\"code\":\"Forbidden\",\"innererror\":{"
		    "\"code\":\"ForbiddenByPolicy\"}}}");
	CHECK_EQ(g.error.answer, VAULT_E_ABSENT);
	CHECK(strstr(g.error.sentence, "--key-permissions "
				       "getrotationpolicy") != NULL);
	CHECK_OK(get_part(&g, COLLECTION_KEYS, PART_ROTATION, "k"));
	answer(400, "{\"error\":{\"code\":\"NotSupported\"}}");
	CHECK_EQ(g.error.answer, VAULT_E_ABSENT);
	CHECK_OK(get_part(&g, COLLECTION_KEYS, PART_OBJECT, "k"));
	answer(403, "{\"error\":{\"code\":\"Forbidden\"}}");
	CHECK_EQ(g.error.answer, VAULT_E_FORBIDDEN);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_get);
	RUN(test_get_a_version);
	RUN(test_what_may_not_be_asked);
	RUN(test_an_answer_that_cannot_be_believed);
	RUN(test_a_refusal);
	RUN(test_no_room_for_a_value);
	RUN(test_cancel_a_get);
	RUN(test_each_kind);
	RUN(test_objects_of_another_vault);
	RUN(test_what_the_version_does_not_have);
	RUN(test_what_a_managed_hsm_does_not_have);
	RUN(test_the_version_that_has_storage);
	RUN(test_a_rotation_policy_that_may_not_be_read);
	return check_report();
}
