/* SPDX-License-Identifier: MIT */

/* Pages of every list: what is taken of them, and what is not believed. */

#include "base/buf.h"
#include "check.h"
#include "vault/page.h"

#define V1 "0123456789abcdef0123456789abcdef"
#define V2 "fedcba9876543210fedcba9876543210"

static const ListKey secrets = {.list = LIST_OBJECTS};
static char why[128];

typedef struct Page {
	ObjectItem *items;
	size_t n, dropped;
	char *next;
} Page;

static int read_list(Page *ret, const ListKey *key, const char *body)
{
	*ret = (Page){0};
	why[0] = '\0';
	return object_page_read(&ret->items, &ret->n, &ret->dropped, &ret->next,
				key, body, strlen(body), why, sizeof(why));
}

static int read_page(Page *ret, const char *body)
{
	*ret = (Page){0};
	why[0] = '\0';
	return object_page_read(&ret->items, &ret->n, &ret->dropped, &ret->next,
				&secrets, body, strlen(body), why, sizeof(why));
}

static void page_done(Page *page)
{
	free(page->items);
	free(page->next);
	*page = (Page){0};
}

#define ITEM(name) "{\"id\":\"https://demo.vault.azure.net/secrets/" name "\"}"

static void test_a_page(void)
{
	Page page;

	CHECK_OK(read_page(
		&page,
		"{\"value\":[{\"contentType\":\"x\",\"id\":"
		"\"https://demo.vault.azure.net/secrets/A\",\"managed\":true,"
		"\"attributes\":{\"enabled\":false,\"updated\":40},"
		"\"tags\":{}}," ITEM("b") "],\"nextLink\":\"https://x/y?z\"}"));
	CHECK_EQ(page.n, 2);
	CHECK_EQ(page.dropped, 0);
	CHECK_STR(page.items[0].name, "A");
	CHECK(!page.items[0].attributes.enabled);
	CHECK(page.items[0].attributes.managed);
	CHECK_EQ(page.items[0].attributes.updated_s, 40);
	CHECK_STR(page.items[1].name, "b");
	CHECK(page.items[1].attributes.enabled);
	CHECK_STR(page.next, "https://x/y?z");
	page_done(&page);
}

/* An empty page in the middle is normal; null, "" or nothing ends the list. */
static void test_pages_without_items_or_a_next_one(void)
{
	static const char *const ends[] = {"", ",\"nextLink\":null",
					   ",\"nextLink\":\"\""};
	Page page;

	CHECK_OK(read_page(&page, "{\"value\":[],\"nextLink\":\"x\"}"));
	CHECK_EQ(page.n, 0);
	CHECK(page.items != NULL);
	CHECK_STR(page.next, "x");
	page_done(&page);
	for (size_t i = 0; i < AKV_ARRAY_LEN(ends); i++) {
		char body[256];

		(void)snprintf(body, sizeof(body),
			       "{\"value\":[" ITEM("a") "]%s}", ends[i]);
		CHECK_OK(read_page(&page, body));
		CHECK_EQ(page.n, 1);
		CHECK_STR(page.next, "");
		page_done(&page);
	}
}

/* They could not be looked up, nor be names of files. */
static void test_names_that_are_none_are_dropped(void)
{
	Page page;

	CHECK_OK(read_page(
		&page,
		"{\"value\":[" ITEM("a_b") "," ITEM("..") "," ITEM("ok") "," ITEM(
			"a/../b") "," ITEM("") "," ITEM("a%2fb") "," ITEM("a/v") "]}"));
	CHECK_EQ(page.n, 1);
	CHECK_STR(page.items[0].name, "ok");
	CHECK_EQ(page.dropped, 6);
	page_done(&page);
}

static void test_pages_that_are_none(void)
{
	static const char *const bodies[] = {
		"",
		"{}",
		"[]",
		"{\"value\":{}}",
		"{\"value\":\"x\"}",
		"{\"value\":[7]}",
		"{\"value\":[null]}",
		"{\"value\":[{}]}",
		"{\"value\":[{\"id\":7}]}",
		"{\"value\":[{\"id\":\"https://x/keys/a\"}]}",
		"{\"value\":[{\"id\":\"a\"}]}",
		"{\"value\":[" ITEM("a/" V1) "]}",
		"{\"value\":[" ITEM("a") "],\"nextLink\":7}",
		"{\"value\":[" ITEM("a") "],\"nextLink\":\"a\",\"nextLink\":"
					 "\"b\"}",
		"{\"value\":[],\"value\":[" ITEM("a") "]}",
		("{\"value\":[{\"id\":\"https://x/secrets/a\",\"attributes\":"
		 "{\"updated\":\"now\"}}]}"),
	};
	Page page;

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		if (read_page(&page, bodies[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bodies[i]);
		CHECK(page.items == NULL);
		CHECK(page.next == NULL);
		CHECK(why[0] != '\0');
	}
}

static void test_the_longest_page(void)
{
	AKV_BUF Buf body = BUF_INIT(BUF_MAX_FILE);
	Page page;

	CHECK_OK(buf_append_string(&body, "{\"value\":["));
	for (unsigned i = 0; i < LIST_ITEMS_MAX; i++)
		CHECK_OK(buf_printf(&body, "%s" ITEM("a%u"), i ? "," : "", i));
	CHECK_OK(buf_append_string(&body, "]}"));
	CHECK_OK(read_page(&page, body.p));
	CHECK_EQ(page.n, LIST_ITEMS_MAX);
	page_done(&page);
	body.n -= 2;
	CHECK_OK(buf_append_string(&body, "," ITEM("b") "]}"));
	CHECK_EQ(read_page(&page, body.p), MODEL_E_UNTRUSTED);
}

/* --- other lists -------------------------------------------------------- */

#define HOST "https://demo.vault.azure.net"

/* As a managed HSM that holds nothing sends it. */
static void test_a_page_that_is_null(void)
{
	Page page;

	CHECK_OK(read_page(&page, "{\"value\":null,\"nextLink\":null}"));
	CHECK_EQ(page.n, 0);
	CHECK(page.items != NULL);
	CHECK_STR(page.next, "");
	page_done(&page);
	CHECK_EQ(read_page(&page, "{\"nextLink\":null}"), MODEL_E_UNTRUSTED);
}

/* The id of a key is its kid. */
static void test_keys(void)
{
	static const ListKey keys = {.collection = COLLECTION_KEYS};
	Page page;

	CHECK_OK(read_list(&page, &keys,
			   "{\"value\":[{\"kid\":\"" HOST
			   "/keys/Sign\",\"managed\":true}]}"));
	CHECK_EQ(page.n, 1);
	CHECK_STR(page.items[0].name, "Sign");
	CHECK_STR(page.items[0].version, "");
	CHECK(page.items[0].attributes.managed);
	page_done(&page);
	CHECK_EQ(read_list(&page, &keys,
			   "{\"value\":[{\"id\":\"" HOST "/keys/a\"}]}"),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(read_list(&page, &keys,
			   "{\"value\":[{\"kid\":\"" HOST "/secrets/a\"}]}"),
		 MODEL_E_UNTRUSTED);
}

static void test_certificates(void)
{
	static const ListKey certificates = {.collection =
						     COLLECTION_CERTIFICATES};
	Page page;

	/* "issuers" would be something else, below /certificates. */
	CHECK_OK(read_list(
		&page, &certificates,
		"{\"value\":[{\"id\":\"" HOST
		"/certificates/site\",\"x5t\":\"AQAB\"},{\"id\":\"" HOST
		"/certificates/issuers\"}]}"));
	CHECK_EQ(page.n, 1);
	CHECK_EQ(page.dropped, 1);
	CHECK_STR(page.items[0].name, "site");
	page_done(&page);
}

#define VERSIONS(items) "{\"value\":[" items "]}"
#define VERSION(rest) "{\"id\":\"" HOST "/secrets/" rest "\"}"

static void test_versions(void)
{
	static const ListKey versions = {.list = LIST_VERSIONS, .name = "db"};
	Page page;

	CHECK_OK(read_list(
		&page, &versions,
		VERSIONS("{\"id\":\"" HOST "/secrets/Db/" V2
			 "\",\"attributes\":{\"created\":7}}"
			 "," VERSION("DB/"
				     "0123456789ABCDEF0123456789ABCD"
				     "EF") "," VERSION("db/"
						       "1") "," VERSION("d"
									"b"))));
	CHECK_EQ(page.n, 2);
	CHECK_EQ(page.dropped, 2);
	CHECK_STR(page.items[0].name, "Db");
	CHECK_STR(page.items[0].version, V2);
	CHECK_EQ(page.items[0].attributes.created_s, 7);
	CHECK_STR(page.items[1].version, V1);
	page_done(&page);
	CHECK_EQ(read_list(&page, &versions, VERSIONS(VERSION("dc/" V1))),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why, "an item's id is of another object");
	CHECK_OK(read_list(&page, &versions,
			   VERSIONS(VERSION("db/" V1 "/" V1))));
	CHECK_EQ(page.dropped, 1);
	page_done(&page);
	CHECK_OK(read_list(&page, &versions, VERSIONS("")));
	CHECK_EQ(page.n, 0);
	page_done(&page);
}

/* Their ids are those that they had. */
static void test_deleted(void)
{
	static const ListKey deleted = {.list = LIST_DELETED};
	Page page;

	CHECK_OK(read_list(
		&page, &deleted,
		"{\"value\":[{\"id\":\"" HOST
		"/secrets/a\",\"recoveryId\":\"" HOST
		"/deletedsecrets/a\",\"deletedDate\":7},{\"id\":\"" HOST
		"/deletedsecrets/b\"}]}"));
	CHECK_EQ(page.n, 2);
	CHECK_STR(page.items[1].name, "b");
	page_done(&page);
	CHECK_EQ(read_page(&page, "{\"value\":[{\"id\":\"" HOST
				  "/deletedsecrets/b\"}]}"),
		 MODEL_E_UNTRUSTED);
}

static void test_storage(void)
{
	static const ListKey storage = {.collection = COLLECTION_STORAGE};
	static const ListKey sas = {.list = LIST_SAS,
				    .collection = COLLECTION_STORAGE,
				    .name = "acc"};
	Page page;

	CHECK_OK(read_list(
		&page, &storage,
		"{\"value\":[{\"id\":\"" HOST "storage/sa1\"},{\"id\":\"" HOST
		"/storage/sa2\"},{\"id\":\"" HOST "/storage/sa-3\"}]}"));
	CHECK_EQ(page.n, 2);
	CHECK_EQ(page.dropped, 1);
	CHECK_STR(page.items[0].name, "sa1");
	page_done(&page);
	CHECK_OK(read_list(&page, &sas,
			   "{\"value\":[{\"id\":\"" HOST
			   "/storage/Acc/sas/All\"},{\"id\":\"" HOST
			   "/storage/acc/sas/a-b\"},{\"id\":\"" HOST
			   "/storage/acc/sas\"}]}"));
	CHECK_EQ(page.n, 1);
	CHECK_EQ(page.dropped, 2);
	CHECK_STR(page.items[0].name, "All");
	page_done(&page);
	CHECK_EQ(read_list(&page, &sas,
			   "{\"value\":[{\"id\":\"" HOST
			   "/storage/other/sas/all\"}]}"),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(read_list(&page, &sas,
			   "{\"value\":[{\"id\":\"" HOST "/storage/acc\"}]}"),
		 MODEL_E_UNTRUSTED);
}

int main(void)
{
	RUN(test_a_page);
	RUN(test_pages_without_items_or_a_next_one);
	RUN(test_names_that_are_none_are_dropped);
	RUN(test_pages_that_are_none);
	RUN(test_the_longest_page);
	RUN(test_a_page_that_is_null);
	RUN(test_keys);
	RUN(test_certificates);
	RUN(test_versions);
	RUN(test_deleted);
	RUN(test_storage);
	return check_report();
}
