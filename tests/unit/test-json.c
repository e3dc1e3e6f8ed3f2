/* SPDX-License-Identifier: MIT */

/*
 * json_parse() and the getters. The first test has a row for each thing that
 * cJSON 1.7.15 was seen to take wrongly: here it is refused, or read exactly.
 */

#include "base/buf.h"
#include "base/json.h"
#include "tests/unit/check.h"

#define PARSE(ret, literal) json_parse(ret, literal, sizeof(literal) - 1, NULL)

typedef struct Row {
	const char *p;
	size_t n;
} Row;

#define ROW(literal)                         \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void what_cjson_takes_wrongly(void)
{
	static const Row rows[] = {
		ROW("{\"value\":\"ab\\u0000cd\"}"), /* cut to "ab" */
		ROW("{\"value\":\"ab\0cd\"}"),
		ROW("{\"value\\u0000x\":\"evil\",\"value\":\"good\"}"),
		ROW("{} garbage"),
		ROW("{}{}"),
		ROW("{}\0"),
		ROW("\xef\xbb\xbf{}"),
		ROW("\x0b{}"),
		ROW("\0{}"),
		ROW("{\"value\":\"\xff\"}"),
		ROW("{\"value\":\"\xc0\xaf\"}"),
		ROW("{\"value\":\"\xed\xa0\x80\"}"),
		ROW("{\"value\":\"\x01\"}"),
		ROW("{\"value\":\"a\nb\"}"),
		ROW("{\"value\":\"\\ud800\"}"),
		ROW("{\"value\":\"\\udc00\"}"),
		ROW("{\"value\":\"\\q\"}"),
		ROW("{\"value\":\"cut"),
		ROW("{\"value\":1,}"),
		ROW("{\"value\":NaN}"),
		ROW("{\"value\":+1}"),
		ROW("{\"value\":\"\\u00zz\"}"), /* read as "" */
		ROW("{\"value\":0123}"),
		ROW("{\"value\":1.}"),
		ROW("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"),
		ROW(""),
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		cJSON *value = NULL;
		JsonFault fault = {0};
		int r = json_parse(&value, rows[i].p, rows[i].n, &fault);

		cJSON_Delete(value);
		if (r != JSON_E_INVALID || value || !fault.what)
			CHECK_FAIL("row %zu: %d", i, r);
	}
}

/* Half a million nodes of 1 MiB of text never come to be. */
static void a_bomb_of_numbers_is_refused(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE + 8);
	cJSON *value = NULL;

	CHECK_OK(buf_append_char(&text, '['));
	while (text.n < BUF_MAX_FILE)
		CHECK_OK(buf_append_string(&text, "1,"));
	CHECK_OK(buf_append_string(&text, "1]"));
	CHECK_EQ(json_parse(&value, text.p, text.n, NULL), JSON_E_INVALID);
	CHECK(!value);
}

static void the_first_of_duplicates_is_not_taken(void)
{
	AKV_JSON cJSON *value = NULL;
	const cJSON *found = NULL;
	const char *text = NULL;

	CHECK_OK(PARSE(&value, "{\"a\":\"x\",\"b\":1,\"a\":\"y\","
			       "\"n\":null,\"n\":1}"));
	CHECK_EQ(json_get(&found, value, "a"), JSON_E_DUPLICATE);
	CHECK_EQ(json_get_string(&text, value, "a"), JSON_E_DUPLICATE);
	CHECK_EQ(json_get(&found, value, "n"), JSON_E_DUPLICATE);
	CHECK(!found && !text);
	CHECK_OK(json_get(&found, value, "b"));
}

/* The same name, once escaped, is the same name. */
static void an_escaped_name_is_no_other_name(void)
{
	AKV_JSON cJSON *value = NULL;
	const char *text = NULL;

	CHECK_OK(PARSE(&value, "{\"\\u0076alue\":\"x\",\"value\":\"y\"}"));
	CHECK_EQ(json_get_string(&text, value, "value"), JSON_E_DUPLICATE);
	CHECK(!text);
}

static void names_are_case_sensitive(void)
{
	AKV_JSON cJSON *value = NULL;
	const char *text = NULL;

	CHECK_OK(PARSE(&value, "{\"Value\":\"x\",\"value\":\"y\","
			       "\"VALU\":\"z\"}"));
	CHECK_OK(json_get_string(&text, value, "value"));
	CHECK_STR(text, "y");
	CHECK_OK(json_get_string(&text, value, "Value"));
	CHECK_STR(text, "x");
	CHECK_EQ(json_get_string(&text, value, "VALUE"), JSON_E_ABSENT);
	CHECK_STR(text, "x");
}

static void text_need_not_be_terminated(void)
{
	char *text = malloc(7);
	AKV_JSON cJSON *value = NULL;
	int64_t number = 0;

	CHECK(text);
	memcpy(text, "{\"a\":1}", 7);
	CHECK_OK(json_parse(&value, text, 7, NULL));
	free(text);
	CHECK_OK(json_get_int64(&number, value, "a"));
	CHECK_EQ(number, 1);
}

static void strings_come_out_exact(void)
{
	AKV_JSON cJSON *value = NULL;
	const char *text = NULL;

	CHECK_OK(PARSE(&value, "{\"a\":\"\\ud83d\\ude00\\u00e4\\n\\/\\\"\\\\\","
			       "\"b\":\"\",\"c\":\"\xf4\x8f\xbf\xbf\x7f\"}"));
	CHECK_OK(json_get_string(&text, value, "a"));
	CHECK_STR(text, "\xf0\x9f\x98\x80\xc3\xa4\n/\"\\");
	CHECK_OK(json_get_string(&text, value, "b"));
	CHECK_STR(text, "");
	CHECK_OK(json_get_string(&text, value, "c"));
	CHECK_STR(text, "\xf4\x8f\xbf\xbf\x7f");
}

/* Each member of this object is of one type; each getter takes its own. */
static const char typed[] = "{\"s\":\"x\",\"o\":{},\"a\":[],\"t\":true,"
			    "\"f\":false,\"i\":5,\"n\":null}";

static void check_type(const cJSON *object, const char *name)
{
	const cJSON *value = NULL;
	const char *text = NULL;
	bool truth = false;
	int64_t number = 0;
	char kind = name[0];

	CHECK_EQ(json_get_string(&text, object, name),
		 kind == 's' ? 0 : JSON_E_TYPE);
	CHECK_EQ(json_get_object(&value, object, name),
		 kind == 'o' ? 0 : JSON_E_TYPE);
	CHECK_EQ(json_get_array(&value, object, name),
		 kind == 'a' ? 0 : JSON_E_TYPE);
	CHECK_EQ(json_get_bool(&truth, object, name),
		 kind == 't' || kind == 'f' ? 0 : JSON_E_TYPE);
	CHECK_EQ(truth, kind == 't');
	CHECK_EQ(json_get_int64(&number, object, name),
		 kind == 'i' ? 0 : JSON_E_TYPE);
	CHECK_EQ(json_get_int64_loose(&number, object, name),
		 kind == 'i' ? 0 : JSON_E_TYPE);
	CHECK_EQ(number, kind == 'i' ? 5 : 0);
	CHECK_OK(json_get(&value, object, name));
}

static void getters_take_their_type_only(void)
{
	AKV_JSON cJSON *value = NULL;

	CHECK_OK(PARSE(&value, typed));
	for (const char *name = "soatfi"; *name; name++)
		check_type(value, (const char[]){*name, '\0'});
}

static void check_all_return(const cJSON *object, const char *name,
			     int expected)
{
	const cJSON *value = NULL;
	const char *text = NULL;
	bool truth = false;
	int64_t number = 7;

	CHECK_EQ(json_get(&value, object, name), expected);
	CHECK_EQ(json_get_string(&text, object, name), expected);
	CHECK_EQ(json_get_object(&value, object, name), expected);
	CHECK_EQ(json_get_array(&value, object, name), expected);
	CHECK_EQ(json_get_bool(&truth, object, name), expected);
	CHECK_EQ(json_get_int64(&number, object, name), expected);
	CHECK_EQ(json_get_int64_loose(&number, object, name), expected);
	CHECK(!value && !text && !truth);
	CHECK_EQ(number, 7);
}

static void absent_null_and_no_object(void)
{
	AKV_JSON cJSON *value = NULL;
	AKV_JSON cJSON *array = NULL;

	CHECK_OK(PARSE(&value, typed));
	CHECK_OK(PARSE(&array, "[{\"s\":1}]"));
	check_all_return(value, "n", JSON_E_ABSENT);
	check_all_return(value, "missing", JSON_E_ABSENT);
	check_all_return(value, "", JSON_E_ABSENT);
	check_all_return(array, "s", JSON_E_TYPE);
	check_all_return(NULL, "s", JSON_E_TYPE);
}

static void check_number(const char *written, int expected, int64_t number)
{
	AKV_JSON cJSON *value = NULL;
	AKV_BUF Buf text = BUF_INIT(256);
	int64_t got = 7;

	CHECK_OK(buf_printf(&text, "{\"a\":%s}", written));
	CHECK_OK(json_parse(&value, text.p, text.n, NULL));
	if (json_get_int64(&got, value, "a") != expected || got != number)
		CHECK_FAIL("%s gives %lld", written, (long long)got);
}

static void numbers_are_whole_and_exact(void)
{
	check_number("0", 0, 0);
	check_number("-0", 0, 0);
	check_number("2147483648", 0, INT64_C(2147483648));
	check_number("9999999999", 0, INT64_C(9999999999));
	check_number("-9999999999", 0, INT64_C(-9999999999));
	check_number("9007199254740991", 0, INT64_C(9007199254740991));
	check_number("-9007199254740991", 0, INT64_C(-9007199254740991));
	check_number("1e3", 0, 1000);
	check_number("1.50e1", 0, 15);
	check_number("1.5", JSON_E_TYPE, 7);
	check_number("9007199254740992", JSON_E_TYPE, 7);
	check_number("9007199254740993", JSON_E_TYPE, 7); /* reads as ..2 */
	check_number("-9007199254740993", JSON_E_TYPE, 7);
	check_number("1e400", JSON_E_TYPE, 7);
	check_number("-1e400", JSON_E_TYPE, 7);
	check_number("9223372036854775808", JSON_E_TYPE, 7);
	check_number("1e-400", 0, 0);
}

static void numbers_in_strings_are_digits(void)
{
	AKV_JSON cJSON *value = NULL;
	int64_t number = 7;

	CHECK_OK(PARSE(&value, "{\"a\":\"3599\",\"b\":\"-1\",\"c\":\"1e3\","
			       "\"d\":\"\",\"e\":\" 1\",\"f\":86399,"
			       "\"g\":\"9007199254740992\",\"h\":1.5}"));
	CHECK_OK(json_get_int64_loose(&number, value, "a"));
	CHECK_EQ(number, 3599);
	CHECK_OK(json_get_int64_loose(&number, value, "f"));
	CHECK_EQ(number, 86399);
	for (const char *name = "bcdegh"; *name; name++)
		CHECK_EQ(json_get_int64_loose(&number, value,
					      (const char[]){*name, '\0'}),
			 JSON_E_TYPE);
	CHECK_EQ(json_get_int64(&number, value, "a"), JSON_E_TYPE);
	CHECK_EQ(number, 86399);
}

static void answers_have_words(void)
{
	CHECK_STR(json_answer_text(JSON_E_ABSENT), "is missing");
	CHECK_STR(json_answer_text(JSON_E_TYPE), "has the wrong type");
	CHECK_STR(json_answer_text(JSON_E_DUPLICATE),
		  "is there more than once");
	CHECK_STR(json_answer_text(JSON_E_INVALID), "is not valid JSON");
}

int main(void)
{
	RUN(what_cjson_takes_wrongly);
	RUN(a_bomb_of_numbers_is_refused);
	RUN(the_first_of_duplicates_is_not_taken);
	RUN(an_escaped_name_is_no_other_name);
	RUN(names_are_case_sensitive);
	RUN(text_need_not_be_terminated);
	RUN(strings_come_out_exact);
	RUN(getters_take_their_type_only);
	RUN(absent_null_and_no_object);
	RUN(numbers_are_whole_and_exact);
	RUN(numbers_in_strings_are_digits);
	RUN(answers_have_words);
	return check_report();
}
