/* SPDX-License-Identifier: MIT */

/* Tokens of lists: there and back, and nothing else gets in. */

#include "base/base64.h"
#include "emulator/pages.h"
#include "tests/unit/check.h"

static void test_there_and_back(void)
{
	static const char *const keys[] = {"A", "DB-PASSWORD", "X/0123abcd",
					   "~"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		AKV_BUF Buf token = BUF_INIT(BUF_MAX_LINE);
		char key[PAGE_KEY_SIZE];
		bool empty = i % 2 == 0;

		CHECK_OK(page_token_append(&token, "secret", keys[i], !empty));
		CHECK_OK(page_token_parse(key, &empty, "secret", token.p));
		CHECK_STR(key, keys[i]);
		CHECK_EQ(empty, i % 2 != 0);
	}
}

/* As a real one, decoded: {"NextMarker":"2!80!MDAw...","TargetLocation":0} */
static void test_looks_like_the_service_s(void)
{
	AKV_BUF Buf token = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf json = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(
		page_token_append(&token, "certificate", "31374356525", false));
	CHECK_OK(base64_decode(&json, BASE64_URL, token.p, token.n));
	CHECK_STR(json.p,
		  "{\"NextMarker\":\"2!92!MDAwMDIzIWNlcnRpZmljYXRlLzMxMzc0MzU2"
		  "NTI1ITAwMDAyOCE5OTk5LTEyLTMxVDIzOjU5OjU5Ljk5OTk5OTlaIQ--\","
		  "\"TargetLocation\":0}");
}

static void test_of_another_list(void)
{
	AKV_BUF Buf token = BUF_INIT(BUF_MAX_LINE);
	char key[PAGE_KEY_SIZE];
	bool empty;

	CHECK_OK(page_token_append(&token, "secret", "A", false));
	CHECK_EQ(page_token_parse(key, &empty, "key", token.p), PAGE_E_INVALID);
	CHECK_EQ(page_token_parse(key, &empty, "certificate", token.p),
		 PAGE_E_INVALID);
}

static void test_cut_or_changed(void)
{
	AKV_BUF Buf token = BUF_INIT(BUF_MAX_LINE);
	char key[PAGE_KEY_SIZE];
	bool empty;

	CHECK_OK(page_token_append(&token, "secret", "NAME", false));
	for (size_t n = 0; n < token.n; n++) {
		AKV_BUF Buf part = BUF_INIT(BUF_MAX_LINE);

		CHECK_OK(buf_append(&part, token.p, n));
		CHECK_EQ(page_token_parse(key, &empty, "secret", part.p),
			 PAGE_E_INVALID);
	}
	CHECK_EQ(page_token_parse(key, &empty, "secret", "bm9uc2Vuc2U"),
		 PAGE_E_INVALID);
}

static int page_of(Page *page, const char *uri)
{
	Exchange exchange;
	int r = exchange_init(&exchange, uri);

	if (r == 0)
		r = page_parse(page, &exchange, "secret");
	exchange_done(&exchange);
	return r;
}

static void test_maxresults(void)
{
	Page page = {0};

	CHECK_OK(page_of(&page, "/secrets?api-version=7.4"));
	CHECK_EQ(page.max, PAGE_MAX);
	CHECK(!page.max_given);
	CHECK_OK(page_of(&page, "/secrets?maxresults=1"));
	CHECK_EQ(page.max, 1);
	CHECK(page.max_given);
	CHECK_OK(page_of(&page, "/secrets?MaxResults=25"));
	CHECK_EQ(page_of(&page, "/secrets?maxresults=0"), PAGE_E_INVALID);
	CHECK_EQ(page_of(&page, "/secrets?maxresults=26"), PAGE_E_INVALID);
	CHECK_EQ(page_of(&page, "/secrets?maxresults=-1"), PAGE_E_INVALID);
	CHECK_EQ(page_of(&page, "/secrets?maxresults="), PAGE_E_INVALID);
	CHECK_EQ(page_of(&page, "/secrets?%24skiptoken=x"), PAGE_E_INVALID);
}

int main(void)
{
	RUN(test_there_and_back);
	RUN(test_looks_like_the_service_s);
	RUN(test_of_another_list);
	RUN(test_cut_or_changed);
	RUN(test_maxresults);
	return check_report();
}
