/* SPDX-License-Identifier: MIT */

/*
 * What is JSON and what is not, case by case: the grammar of RFC 8259, the
 * encoding of RFC 3629, and the limits of json-scan.h.
 */

#include "base/buf.h"
#include "base/json-scan.h"
#include "tests/unit/check.h"

/* A text with its length, so that it may hold NUL bytes. */
typedef struct Text {
	const char *p;
	size_t n;
} Text;

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void check_all(const Text *texts, size_t n, int expected)
{
	for (size_t i = 0; i < n; i++) {
		/* A copy of the exact size: a sanitizer sees an overrun. */
		char *copy = malloc(AKV_MAX(texts[i].n, (size_t)1));
		int r;

		CHECK(copy);
		memcpy(copy, texts[i].p, texts[i].n);
		r = json_scan(copy, texts[i].n, NULL);
		free(copy);
		if (r != expected)
			CHECK_FAIL("row %zu, %s: %d", i, texts[i].p, r);
	}
}

static void takes_what_is_json(void)
{
	static const Text good[] = {
		TEXT("{}"),
		TEXT("[]"),
		TEXT("\"\""),
		TEXT("0"),
		TEXT("-0"),
		TEXT("-1.5e+10"),
		TEXT("1E400"),
		TEXT("1e-400"),
		TEXT("0.0"),
		TEXT("0e0"),
		TEXT("9007199254740993"),
		TEXT("true"),
		TEXT("false"),
		TEXT("null"),
		TEXT(" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n"),
		TEXT("{\"a\" : {\"b\":[{},[],\"c\"]}, \"d\":null}"),
		TEXT("{\"\":0}"),
		TEXT("{\"a\":1,\"a\":2}"), /* the getters refuse these */
		TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
		TEXT("\"\\u0001\\u00e4\\uD7FF\\ue000\\uFFFF\""),
		TEXT("\"\\ud83d\\ude00\\uDBFF\\uDFFF\""),
		TEXT("\"\\u0039\\u9000\\uaAfF\\ud800\\udc00\""),
		TEXT("\"a b/c'd\""),
		TEXT("\"\x7f\""),
		TEXT("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"),
	};

	check_all(good, AKV_ARRAY_LEN(good), 0);
}

static void refuses_wrong_structure(void)
{
	static const Text bad[] = {
		TEXT(""),
		TEXT(" "),
		TEXT("\n"),
		TEXT("{"),
		TEXT("["),
		TEXT("}"),
		TEXT("]"),
		TEXT("[}"),
		TEXT("{]"),
		TEXT("[1"),
		TEXT("[1,"),
		TEXT("[1,]"),
		TEXT("[,1]"),
		TEXT("[,]"),
		TEXT("[1,,2]"),
		TEXT("[1 2]"),
		TEXT("[1:2]"),
		TEXT("[]]"),
		TEXT("[1}"),
		TEXT("{\"a\":1]"),
		TEXT("{\"a\""),
		TEXT("{\"a\":"),
		TEXT("{\"a\":}"),
		TEXT("{\"a\":1"),
		TEXT("{\"a\":1,"),
		TEXT("{\"a\":1,}"),
		TEXT("{\"a\" 1}"),
		TEXT("{\"a\",1}"),
		TEXT("{\"a\"}"),
		TEXT("{a:1}"),
		TEXT("{1:1}"),
		TEXT("{'a':1}"),
		TEXT("{null:1}"),
		TEXT("{,}"),
		TEXT("{\"a\"::1}"),
		TEXT("{[]:1}"),
		TEXT("{\"a\":1 \"b\":2}"),
		TEXT("{\"a\":1,\"b\"}"),
		TEXT(","),
		TEXT(":"),
		TEXT("a"),
		TEXT("'a'"),
		TEXT("[a]"),
		TEXT("&"),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static void refuses_what_follows_or_precedes(void)
{
	static const Text bad[] = {
		TEXT("{} {}"),          TEXT("{}x"),      TEXT("1 2"),
		TEXT("{}\0"),           TEXT("\0{}"),     TEXT("{},"),
		TEXT("\xef\xbb\xbf{}"), /* a byte order mark */
		TEXT("{}\xef\xbb\xbf"), TEXT("\x0b{}"),   TEXT("{}\x0b"),
		TEXT("\x0c{}"),         TEXT("[\x0b]"),   TEXT("\xc2\xa0{}"),
		TEXT("\xff\xfe{\0}\0"), TEXT("{\0}\0"),   TEXT("//\n{}"),
		TEXT("/**/{}"),         TEXT("{}//"),     TEXT("{/**/}"),
		TEXT("\"a\"\"b\""),     TEXT("\x1e{}\n"), TEXT(")]}',\n{}"),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static void refuses_wrong_words_and_numbers(void)
{
	static const Text bad[] = {
		TEXT("True"),         TEXT("TRUE"),      TEXT("tru"),
		TEXT("truee"),        TEXT("nul"),       TEXT("nil"),
		TEXT("fals"),         TEXT("undefined"), TEXT("NaN"),
		TEXT("nan"),          TEXT("Infinity"),  TEXT("-Infinity"),
		TEXT("inf"),          TEXT("-"),         TEXT("+1"),
		TEXT("++1"),          TEXT("--1"),       TEXT("-a"),
		TEXT("01"),           TEXT("-01"),       TEXT("00"),
		TEXT("0123"),         TEXT("1."),        TEXT(".5"),
		TEXT("-.5"),          TEXT("1.e1"),      TEXT("1e"),
		TEXT("1e+"),          TEXT("1E-"),       TEXT("1e1.5"),
		TEXT("1.2.3"),        TEXT("0x10"),      TEXT("0b1"),
		TEXT("1_000"),        TEXT("1,000"),     TEXT("1e5e5"),
		TEXT("1f"),           TEXT("- 1"),       TEXT("1 .5"),
		TEXT("\xef\xbc\x91"), TEXT("[1.]"),      TEXT("[-]"),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static void refuses_wrong_strings(void)
{
	static const Text bad[] = {
		TEXT("\""),
		TEXT("\"a"),
		TEXT("\"\\"),
		TEXT("\"\\\""),
		TEXT("\"\\q\""),
		TEXT("\"\\'\""),
		TEXT("\"\\a\""),
		TEXT("\"\\x41\""),
		TEXT("\"\\0\""),
		TEXT("\"\\U0041\""),
		TEXT("\"\\\n\""),
		TEXT("\"\\\0\""),
		TEXT("\"\n\""),
		TEXT("\"\t\""),
		TEXT("\"\x01\""),
		TEXT("\"\x1f\""),
		TEXT("\"a\0b\""),
		TEXT("\"\0\""),
		TEXT("\"\\u\""),
		TEXT("\"\\u1\""),
		TEXT("\"\\u12\""),
		TEXT("\"\\u123\""),
		TEXT("\"\\u00zz\""),
		TEXT("\"\\u"),
		TEXT("\"\\u 041\""),
		TEXT("\"\\u+041\""),
		TEXT("\"\\u12"),
		TEXT("\"\\u-041\""),
		TEXT("\"\\u00g0\""),
		TEXT("\"\\u00@0\""),
		TEXT("\"\\u0000\""),
		TEXT("\"ab\\u0000cd\""),
		TEXT("{\"value\\u0000x\":1}"),
		TEXT("\"\\ud83d\\u0000\""),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static void refuses_lone_surrogates(void)
{
	static const Text bad[] = {
		TEXT("\"\\ud800\""),        TEXT("\"\\udbff\""),
		TEXT("\"\\udc00\""),        TEXT("\"\\uDFFF\""),
		TEXT("\"\\ud800a\""),       TEXT("\"\\ud800\\n\""),
		TEXT("\"\\ud800\\u0041\""), TEXT("\"\\ud800\\ud800\""),
		TEXT("\"\\udc00\\ud800\""), TEXT("\"\\ud800\\\""),
		TEXT("\"\\ud800\\u"),       TEXT("\"\\ud800\\udc0\""),
		TEXT("\"\\ud800\\udc0g\""), TEXT("\"\\ud83d\\ude00\\ude00\""),
		TEXT("\"\\ud800\\ue000\""), TEXT("\"\\ud800 \\udc00\""),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static void takes_utf8_at_its_borders(void)
{
	static const Text good[] = {
		TEXT("\"\xc2\x80\""),         /* U+0080 */
		TEXT("\"\xdf\xbf\""),         /* U+07FF */
		TEXT("\"\xe0\xa0\x80\""),     /* U+0800 */
		TEXT("\"\xed\x9f\xbf\""),     /* U+D7FF */
		TEXT("\"\xee\x80\x80\""),     /* U+E000 */
		TEXT("\"\xef\xbb\xbf\""),     /* U+FEFF, inside */
		TEXT("\"\xef\xbf\xbf\""),     /* U+FFFF */
		TEXT("\"\xf0\x90\x80\x80\""), /* U+10000 */
		TEXT("\"\xf3\xbf\xbf\xbf\""), /* U+FFFFF */
		TEXT("\"\xf4\x8f\xbf\xbf\""), /* U+10FFFF */
		TEXT("\"\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4\""),
		TEXT("{\"\xc3\xa4\":1}"),
	};

	check_all(good, AKV_ARRAY_LEN(good), 0);
}

static void refuses_what_is_not_utf8(void)
{
	static const Text bad[] = {
		TEXT("\"\x80\""), /* continuation alone */
		TEXT("\"\xbf\""),
		TEXT("\"\xc0\x80\""),                 /* overlong NUL */
		TEXT("\"\xc0\xaf\""),                 /* overlong slash */
		TEXT("\"\xc1\xbf\""),                 /* overlong U+007F */
		TEXT("\"\xe0\x80\x80\""),             /* overlong NUL */
		TEXT("\"\xe0\x9f\xbf\""),             /* overlong U+07FF */
		TEXT("\"\xf0\x80\x80\x80\""),         /* overlong NUL */
		TEXT("\"\xf0\x8f\xbf\xbf\""),         /* overlong U+FFFF */
		TEXT("\"\xed\xa0\x80\""),             /* U+D800 */
		TEXT("\"\xed\xbf\xbf\""),             /* U+DFFF */
		TEXT("\"\xed\xa0\xbd\xed\xb8\x80\""), /* a pair of them */
		TEXT("\"\xf4\x90\x80\x80\""),         /* U+110000 */
		TEXT("\"\xf5\x80\x80\x80\""),
		TEXT("\"\xf7\xbf\xbf\xbf\""),
		TEXT("\"\xf8\x88\x80\x80\x80\""),
		TEXT("\"\xfc\x84\x80\x80\x80\x80\""),
		TEXT("\"\xfe\""),
		TEXT("\"\xff\""),
		TEXT("\"\xc3\""), /* cut short by the quote */
		TEXT("\"\xe2\x82\""),
		TEXT("\"\xf0\x9f\x98\""),
		TEXT("\"\xc3"), /* cut short by the end */
		TEXT("\"\xe2\x82"),
		TEXT("\"\xf0\x9f\x98"),
		TEXT("\"\xc3(\""),
		TEXT("\"\xe2(\xa1\""),
		TEXT("\"\xe2\x82(\""),
		TEXT("\"\xf0(\x8c\xbc\""),
		TEXT("\"\xf0\x90(\xbc\""),
		TEXT("\"\xf0\x90\x8c(\""),
		TEXT("\"\xc3\xc3\xa4\""),
		TEXT("\"\xe4\""), /* Latin-1 */
		TEXT("{\"\xff\":1}"),
		TEXT("\xc3\xa4"),
	};

	check_all(bad, AKV_ARRAY_LEN(bad), JSON_E_INVALID);
}

static int scan_nested(unsigned depth, const char *open, const char *inner,
		       const char *close)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r = 0;

	for (unsigned i = 0; i < depth && r == 0; i++)
		r = buf_append_string(&text, open);
	if (r == 0)
		r = buf_append_string(&text, inner);
	for (unsigned i = 0; i < depth && r == 0; i++)
		r = buf_append_string(&text, close);
	return r == 0 ? json_scan(text.p, text.n, NULL) : r;
}

static void depth_is_limited(void)
{
	CHECK_OK(scan_nested(JSON_DEPTH_MAX, "[", "", "]"));
	CHECK_OK(scan_nested(JSON_DEPTH_MAX, "{\"a\":", "1", "}"));
	CHECK_OK(scan_nested(JSON_DEPTH_MAX - 1, "[", "{}", "]"));
	CHECK_EQ(scan_nested(JSON_DEPTH_MAX + 1, "[", "", "]"), JSON_E_INVALID);
	CHECK_EQ(scan_nested(JSON_DEPTH_MAX + 1, "{\"a\":", "1", "}"),
		 JSON_E_INVALID);
	CHECK_EQ(scan_nested(JSON_DEPTH_MAX, "[", "{}", "]"), JSON_E_INVALID);
	CHECK_EQ(scan_nested(100000, "[", "", "]"), JSON_E_INVALID);
	CHECK_EQ(scan_nested(100000, "[", "", ""), JSON_E_INVALID);
}

/* "[1,1,...]" of @n numbers, or the same as members. */
static int scan_many(unsigned n, const char *open, const char *item,
		     const char *close)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r = buf_append_string(&text, open);

	for (unsigned i = 0; i < n && r == 0; i++)
		r = buf_printf(&text, "%s%s", i > 0 ? "," : "", item);
	if (r == 0)
		r = buf_append_string(&text, close);
	return r == 0 ? json_scan(text.p, text.n, NULL) : r;
}

static void tokens_are_limited(void)
{
	/* The array itself is one. */
	CHECK_OK(scan_many(JSON_TOKENS_MAX - 1, "[", "1", "]"));
	CHECK_EQ(scan_many(JSON_TOKENS_MAX, "[", "1", "]"), JSON_E_INVALID);
	/* A member is two: its name and its value. */
	CHECK_OK(scan_many(JSON_TOKENS_MAX / 2 - 1, "{", "\"a\":1", "}"));
	CHECK_EQ(scan_many(JSON_TOKENS_MAX / 2, "{", "\"a\":1", "}"),
		 JSON_E_INVALID);
	CHECK_EQ(scan_many(JSON_TOKENS_MAX, "[", "{}", "]"), JSON_E_INVALID);
	CHECK_EQ(scan_many(JSON_TOKENS_MAX, "[", "[]", "]"), JSON_E_INVALID);
}

static void numbers_have_a_length(void)
{
	char digits[JSON_NUMBER_MAX + 1];

	memset(digits, '7', sizeof(digits));
	CHECK_OK(json_scan(digits, JSON_NUMBER_MAX, NULL));
	CHECK_EQ(json_scan(digits, JSON_NUMBER_MAX + 1, NULL), JSON_E_INVALID);
}

static void fault_says_what_and_where(void)
{
	static const struct {
		const char *text, *what;
		size_t offset;
	} rows[] = {
		{"{} x", "trailing bytes", 3},
		{"", "the text ends early", 0},
		{"[1,", "the text ends early", 3},
		{"\"a", "the text ends in a string", 2},
		{"[tru]", "no such word", 1},
		{"[?]", "no value begins so", 1},
		{"{a}", "a member's name is missing", 1},
		{"{\"a\"}", "a colon is missing", 4},
		{"[1 2]", "a comma or bracket is missing", 3},
		{"\"\xff\"", "not UTF-8", 1},
		{"\"\t\"", "a control character", 1},
		{"\"\\q\"", "no such escape", 2},
		{"1.", "a digit is missing", 2},
		{"[[[[[[[[[[[[[[[[[", "nested too deep", 16},
	};
	JsonFault fault;

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		fault = (JsonFault){0};
		CHECK_EQ(json_scan(rows[i].text, strlen(rows[i].text), &fault),
			 JSON_E_INVALID);
		CHECK_STR(fault.what, rows[i].what);
		CHECK_EQ(fault.offset, rows[i].offset);
	}
	fault = (JsonFault){.offset = 7};
	CHECK_OK(json_scan("{}", 2, &fault));
	CHECK_EQ(fault.offset, 7);
	CHECK(!fault.what);
}

/* No beginning of a container is JSON, and none is read past its end. */
static void every_beginning_is_refused(void)
{
	static const char text[] = "{\"a\":[1.5e3,true,\"\\ud83d\\ude00\","
				   "\"\xf0\x9f\x98\x80\"],\"b\":{\"c\":null}}";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		Text part = {text, n};

		check_all(&part, 1, JSON_E_INVALID);
	}
	CHECK_OK(json_scan(text, sizeof(text) - 1, NULL));
}

int main(void)
{
	RUN(takes_what_is_json);
	RUN(refuses_wrong_structure);
	RUN(refuses_what_follows_or_precedes);
	RUN(refuses_wrong_words_and_numbers);
	RUN(refuses_wrong_strings);
	RUN(refuses_lone_surrogates);
	RUN(takes_utf8_at_its_borders);
	RUN(refuses_what_is_not_utf8);
	RUN(depth_is_limited);
	RUN(tokens_are_limited);
	RUN(numbers_have_a_length);
	RUN(fault_says_what_and_where);
	RUN(every_beginning_is_refused);
	return check_report();
}
