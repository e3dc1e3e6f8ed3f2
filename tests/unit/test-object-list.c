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

	begin();
	CHECK_OK(list(&(Listed){0}, NULL));
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

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_list_two_pages);
	RUN(test_links_that_lead_elsewhere);
	RUN(test_a_list_with_names_that_are_none);
	RUN(test_a_list_that_is_none);
	return check_report();
}
