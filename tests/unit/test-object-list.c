/* SPDX-License-Identifier: MIT */

/* The requests for lists, and what becomes of their pages. */

#include "object-test.h"

static const ListKey secrets = {.list = LIST_OBJECTS};

typedef struct Listed {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	size_t n;
	char first[NAME_MAX_LENGTH + 1];
	char next[512];
} Listed;

static void listed(void *data, const ObjectItem *items, size_t n,
		   const char *next, const VaultError *error)
{
	Listed *l = data;

	l->calls++;
	l->error = *error;
	l->n = n;
	(void)snprintf(l->first, sizeof(l->first), "%s",
		       n > 0 ? items[0].name : "");
	(void)snprintf(l->next, sizeof(l->next), "%s", next ? next : "");
}

static int list_of(Listed *l, enum list list, enum collection collection,
		   const char *name, const char *page)
{
	ListKey key;

	if (list_key_init(&key, list, collection, name, strlen(name)) != 0)
		return -EPROTO;
	return objects_list(vault, &l->call, &key, page, clock_now_us() + 5 * S,
			    listed, l);
}

static int list(Listed *l, const char *page)
{
	return objects_list(vault, &l->call, &secrets, page,
			    clock_now_us() + 5 * S, listed, l);
}

#define ITEM(name) "{\"id\":\"" HOST "/secrets/" name "\"}"

static void test_list_two_pages(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	CHECK_STR(fake_http_last()->url, HOST "/secrets?api-version=7.5");
	answer(200,
	       "{\"value\":[" ITEM("A") "," ITEM(
		       "b") "],\"nextLink\":\"" HOST
			    ":443/secrets?api-version=7.5&$skiptoken=x\"}");
	CHECK_EQ(l.calls, 1);
	CHECK_EQ(l.error.answer, VAULT_OK);
	CHECK_EQ(l.n, 2);
	CHECK_STR(l.first, "A");
	CHECK_STR(l.next, "/secrets?api-version=7.5&$skiptoken=x");
	CHECK_OK(list(&l, l.next));
	CHECK_STR(fake_http_last()->url,
		  HOST "/secrets?api-version=7.5&$skiptoken=x");
	CHECK_STR(fake_http_last()->authorization, "Bearer t1");
	answer(200, "{\"value\":[],\"nextLink\":null}");
	CHECK_EQ(l.calls, 2);
	CHECK_EQ(l.n, 0);
	CHECK_STR(l.next, "");
	end();
}

static void test_links_that_lead_elsewhere(void)
{
	static const char *const links[] = {
		"https://evil.example/secrets?a=b",
		HOST ".evil.example/secrets?a=b",
		HOST "/keys?a=b",
		"http://demo.vault.azure.net/secrets?a=b",
		HOST "/secrets?api-version=7.5", /* the same page */
	};
	Listed warm = {0};

	begin();
	CHECK_OK(list(&warm, NULL));
	grant();
	answer(403, "");
	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++) {
		Listed l = {0};
		char body[512];

		CHECK_OK(list(&l, NULL));
		(void)snprintf(
			body, sizeof(body),
			"{\"value\":[" ITEM("a") "],\"nextLink\":\"%s\"}",
			links[i]);
		answer(200, body);
		CHECK_EQ(l.calls, 1);
		CHECK_EQ(l.error.answer, VAULT_E_UNTRUSTED);
		CHECK_EQ(l.n, 0);
		CHECK_STR(l.next, "");
		CHECK(strstr(l.error.sentence, "nextLink") != NULL);
	}
	end();
}

static void test_a_list_with_names_that_are_none(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	answer(200, "{\"value\":[" ITEM("a_b") "," ITEM("ok") "]}");
	CHECK_EQ(l.n, 1);
	CHECK_STR(l.first, "ok");
	CHECK(strstr(logged, "lists 1 names") != NULL);
	CHECK(strstr(logged, "a_b") == NULL);
	end();
}

static void test_a_list_that_is_none(void)
{
	Listed l = {0};

	begin();
	CHECK_OK(list(&l, NULL));
	grant();
	answer(200, "{}");
	CHECK_EQ(l.error.answer, VAULT_E_UNTRUSTED);
	CHECK_OK(list(&l, NULL));
	answer(403, "{\"error\":{\"code\":\"Forbidden\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_FORBIDDEN);
	CHECK_EQ(l.calls, 2);
	CHECK_EQ(list(&l, "/keys?a=b"), -EINVAL);
	CHECK_EQ(list(&l, "https://evil.example/secrets?a=b"), -EINVAL);
	CHECK_EQ(list(&l, "/secretsx"), -EINVAL);
	CHECK_OK(list(&l, NULL));
	vault_cancel(l.call);
	CHECK_EQ(l.calls, 2);
	end();
}

/* --- of every kind ------------------------------------------------------ */

static void begin_warm(const char *source, const char *api_version)
{
	Listed warm = {0};

	begin_at(source, api_version);
	CHECK_OK(list_of(&warm, LIST_OBJECTS, COLLECTION_KEYS, "", NULL));
	grant();
	answer(403, "");
}

static void test_each_list(void)
{
	static const struct {
		enum list list;
		enum collection collection;
		const char *name, *url, *id, *first;
	} rows[] = {
		{LIST_OBJECTS, COLLECTION_KEYS, "", "/keys?api-version=7.5",
		 "\"kid\":\"" HOST "/keys/K\"", "K"},
		{LIST_OBJECTS, COLLECTION_CERTIFICATES, "",
		 "/certificates?api-version=7.5&includePending=true",
		 "\"id\":\"" HOST "/certificates/c\"", "c"},
		{LIST_OBJECTS, COLLECTION_STORAGE, "",
		 "/storage?api-version=7.5", "\"id\":\"" HOST "storage/a\"",
		 "a"},
		{LIST_VERSIONS, COLLECTION_SECRETS, "Db",
		 "/secrets/db/versions?api-version=7.5",
		 "\"id\":\"" HOST "/secrets/Db/" V1 "\"", "Db"},
		{LIST_VERSIONS, COLLECTION_CERTIFICATES, "c",
		 "/certificates/c/versions?api-version=7.5",
		 "\"id\":\"" HOST "/certificates/c/" V1 "\"", "c"},
		{LIST_DELETED, COLLECTION_SECRETS, "",
		 "/deletedsecrets?api-version=7.5",
		 "\"id\":\"" HOST "/secrets/db\"", "db"},
		{LIST_DELETED, COLLECTION_CERTIFICATES, "",
		 "/deletedcertificates?api-version=7.5&includePending=true",
		 "\"id\":\"" HOST "/certificates/c\"", "c"},
		{LIST_SAS, COLLECTION_STORAGE, "a",
		 "/storage/a/sas?api-version=7.5",
		 "\"id\":\"" HOST "/storage/a/sas/s\"", "s"},
		{LIST_DELETED_SAS, COLLECTION_STORAGE, "a",
		 "/deletedstorage/a/sas?api-version=7.5",
		 "\"id\":\"" HOST "/storage/a/sas/s\"", "s"},
	};

	begin_warm("demo", "7.5");
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Listed l = {0};
		char body[512];

		CHECK_OK(list_of(&l, rows[i].list, rows[i].collection,
				 rows[i].name, NULL));
		CHECK_STR(fake_http_last()->url + strlen(HOST), rows[i].url);
		(void)snprintf(body, sizeof(body), "{\"value\":[{%s}]}",
			       rows[i].id);
		answer(200, body);
		CHECK_EQ(l.error.answer, VAULT_OK);
		CHECK_EQ(l.n, 1);
		CHECK_STR(l.first, rows[i].first);
	}
	end();
}

/* The link may spell the name as the vault does. */
static void test_the_next_page_of_versions(void)
{
	Listed l = {0};

	begin_warm("demo", "7.5");
	CHECK_OK(list_of(&l, LIST_VERSIONS, COLLECTION_SECRETS, "Db", NULL));
	answer(200, "{\"value\":[],\"nextLink\":\"" HOST
		    ":443/secrets/DB/versions?a=b\"}");
	CHECK_EQ(l.error.answer, VAULT_OK);
	CHECK_STR(l.next, "/secrets/db/versions?a=b");
	CHECK_OK(list_of(&l, LIST_VERSIONS, COLLECTION_SECRETS, "db", l.next));
	answer(200, "{\"value\":[],\"nextLink\":\"" HOST
		    "/secrets/dc/versions?a=b\"}");
	CHECK_EQ(l.error.answer, VAULT_E_UNTRUSTED);
	CHECK_EQ(list_of(&l, LIST_VERSIONS, COLLECTION_SECRETS, "dc",
			 "/secrets/db/versions?a=b"),
		 -EINVAL);
	end();
}

static void absent_unasked(enum list list, enum collection collection,
			   const char *name)
{
	unsigned before = (unsigned)fake_http_count();
	Listed l = {0};

	CHECK_OK(list_of(&l, list, collection, name, NULL));
	CHECK_EQ(l.calls, 0);
	fake_loop_pass(0);
	CHECK_EQ(l.calls, 1);
	CHECK_EQ(l.error.answer, VAULT_E_ABSENT);
	CHECK_EQ(fake_http_count(), before);
}

static void test_lists_that_are_absent(void)
{
	begin_warm("demo.managedhsm.azure.net", "7.5");
	absent_unasked(LIST_OBJECTS, COLLECTION_SECRETS, "");
	absent_unasked(LIST_DELETED, COLLECTION_STORAGE, "");
	absent_unasked(LIST_VERSIONS, COLLECTION_CERTIFICATES, "c");
	end();
	begin_warm("demo", "2015-06-01");
	absent_unasked(LIST_DELETED, COLLECTION_KEYS, "");
	absent_unasked(LIST_OBJECTS, COLLECTION_STORAGE, "");
	end();
}

/* A vault that does not know the collection says so in one of these ways. */
static void test_a_collection_that_is_absent(void)
{
	Listed l = {0};

	begin_warm("demo", "2027-01-01");
	CHECK_OK(list_of(&l, LIST_OBJECTS, COLLECTION_STORAGE, "", NULL));
	CHECK_STR(fake_http_last()->url,
		  HOST "/storage?api-version=2025-07-01");
	answer(404, "");
	CHECK_EQ(l.error.answer, VAULT_E_ABSENT);
	CHECK_OK(list_of(&l, LIST_OBJECTS, COLLECTION_STORAGE, "", NULL));
	answer(400, "{\"error\":{\"code\":\"BadParameter\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_ABSENT);
	CHECK(strstr(l.error.sentence, "storage accounts") != NULL);
	CHECK_OK(list_of(&l, LIST_OBJECTS, COLLECTION_STORAGE, "", NULL));
	answer(403, "{\"error\":{\"code\":\"Forbidden\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_FORBIDDEN);
	CHECK_OK(list_of(&l, LIST_SAS, COLLECTION_STORAGE, "a", NULL));
	answer(404, "{\"error\":{\"code\":\"StorageAccountNotFound\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_NOT_FOUND);
	CHECK_OK(list_of(&l, LIST_DELETED, COLLECTION_SECRETS, "", NULL));
	answer(400, "{\"error\":{\"code\":\"NotSupported\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_ABSENT);
	CHECK(strstr(l.error.sentence, "deleted secrets") != NULL);
	CHECK_OK(list_of(&l, LIST_OBJECTS, COLLECTION_SECRETS, "", NULL));
	answer(400, "{\"error\":{\"code\":\"BadParameter\"}}");
	CHECK_EQ(l.error.answer, VAULT_E_REFUSED);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_list_two_pages);
	RUN(test_links_that_lead_elsewhere);
	RUN(test_a_list_with_names_that_are_none);
	RUN(test_a_list_that_is_none);
	RUN(test_each_list);
	RUN(test_the_next_page_of_versions);
	RUN(test_lists_that_are_absent);
	RUN(test_a_collection_that_is_absent);
	return check_report();
}
