/* SPDX-License-Identifier: MIT */

/* The same values give the same text, and what cannot be said is refused. */

#include "check.h"
#include "fs/json-text.h"

static Buf text = BUF_INIT(BUF_MAX_FILE);

static int write_anew(const char *json)
{
	AKV_JSON cJSON *value = cJSON_Parse(json);

	if (!value)
		abort();
	buf_reset(&text);
	return json_text_append(&text, value);
}

static void test_form(void)
{
	CHECK_OK(write_anew("{\"b\":[1,{\"d\":null,\"c\":true}],\"a\":\"x\"}"));
	CHECK_STR(text.p, "{\n"
			  "  \"a\": \"x\",\n"
			  "  \"b\": [\n"
			  "    1,\n"
			  "    {\n"
			  "      \"c\": true,\n"
			  "      \"d\": null\n"
			  "    }\n"
			  "  ]\n"
			  "}\n");
	CHECK_OK(write_anew("{}"));
	CHECK_STR(text.p, "{}\n");
	CHECK_OK(write_anew("[[],{}]"));
	CHECK_STR(text.p, "[\n  [],\n  {}\n]\n");
	CHECK_OK(write_anew("\"a\\\"\\u0001\\u20ac\""));
	CHECK_STR(text.p, "\"a\\\"\\u0001\xe2\x82\xac\"\n");
}

/* By bytes, whatever the locale; and arrays stay as they are. */
static void test_order(void)
{
	static const char *const same[] = {
		"{\"B\":1,\"a\":2,\"\xc3\xa9\":3,\"\":4,\"aa\":[3,1,2]}",
		"{\"aa\":[3,1,2],\"\":4,\"\xc3\xa9\":3,\"a\":2,\"B\":1}",
	};
	char first[256];

	CHECK_OK(write_anew(same[0]));
	(void)snprintf(first, sizeof(first), "%s", text.p);
	CHECK_STR(first, "{\n  \"\": 4,\n  \"B\": 1,\n  \"a\": 2,\n"
			 "  \"aa\": [\n    3,\n    1,\n    2\n  ],\n"
			 "  \"\xc3\xa9\": 3\n}\n");
	CHECK_OK(write_anew(same[1]));
	CHECK_STR(text.p, first);
}

static void test_two_of_one_name(void)
{
	CHECK_EQ(write_anew("{\"a\":1,\"b\":2,\"a\":1}"), JSON_TEXT_E_INVALID);
	CHECK_EQ(write_anew("[{\"x\":{\"a\":1,\"a\":2}}]"),
		 JSON_TEXT_E_INVALID);
	CHECK_OK(write_anew("{\"a\":1,\"A\":2}"));
}

/* Two objects around what is as deep as may be read, and not one more. */
static void test_depth(void)
{
	char json[256];
	size_t n = JSON_DEPTH_MAX + 3;

	memset(json, '[', n);
	json[n] = '1';
	memset(json + n + 1, ']', n);
	json[2 * n + 1] = '\0';
	CHECK_EQ(write_anew(json), JSON_TEXT_E_INVALID);
	json[2 * n] = '\0';
	CHECK_OK(write_anew(json + 1));
}

static void test_no_room(void)
{
	AKV_JSON cJSON *value = cJSON_Parse("{\"a\":\"a text of some size\"}");
	AKV_BUF Buf small = BUF_INIT(16);

	CHECK(json_text_append(&small, value) < 0);
}

int main(void)
{
	RUN(test_form);
	RUN(test_order);
	RUN(test_two_of_one_name);
	RUN(test_depth);
	RUN(test_no_room);
	buf_done(&text);
	return check_report();
}
