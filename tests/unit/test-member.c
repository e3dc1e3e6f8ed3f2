/* SPDX-License-Identifier: MIT */

/* Single members: of the right type and size, or named as wrong. */

#include "model-test.h"

static void test_bodies(void)
{
	cJSON *body = NULL;

	CHECK_OK(member_body(&body, "{\"a\":1}", 7, &why));
	cJSON_Delete(body);
	CHECK_EQ(member_body(&body, "{\"a\":1}x", 8, &why), MODEL_E_UNTRUSTED);
	CHECK(strstr(why_text, "at byte 7") != NULL);
	CHECK_EQ(member_body(&body, "{\"a\":\"\\u0000\"}", 14, &why),
		 MODEL_E_UNTRUSTED);
}

static void test_unique_names(void)
{
	static const struct {
		const char *text;
		int r;
	} rows[] = {
		{"{}", 0},
		{"7", 0},
		{"{\"a\":1,\"A\":2,\"b\":{\"a\":3}}", 0},
		{"[{\"a\":1},{\"a\":1}]", 0},
		{"{\"a\":1,\"a\":1}", MODEL_E_UNTRUSTED},
		{"{\"a\":{\"b\":[{\"c\":1,\"d\":2,\"c\":3}]}}",
		 MODEL_E_UNTRUSTED},
		{"[[{\"a\":null,\"a\":null}]]", MODEL_E_UNTRUSTED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_JSON cJSON *value = json_of(rows[i].text);

		if (member_all_unique(value, &why) != rows[i].r)
			CHECK_FAIL("wrong about %s", rows[i].text);
	}
}

static void test_too_many_members(void)
{
	for (int n = MEMBER_COUNT_MAX; n <= MEMBER_COUNT_MAX + 1; n++) {
		AKV_JSON cJSON *object = cJSON_CreateObject();

		for (int i = 0; i < n; i++) {
			char name[16];

			(void)snprintf(name, sizeof(name), "m%d", i);
			cJSON_AddNullToObject(object, name);
		}
		CHECK_EQ(member_all_unique(object, &why),
			 n > MEMBER_COUNT_MAX ? MODEL_E_UNTRUSTED : 0);
	}
}

static void test_times(void)
{
	AKV_JSON cJSON *object = json_of("{\"t\":30,\"zero\":0,\"no\":null,"
					 "\"text\":\"30\",\"less\":-1,"
					 "\"half\":1.5,\"far\":253402300800}");
	static const char *const bad[] = {"text", "less", "half", "far"};
	int64_t t = 7;

	CHECK_OK(member_time(&t, object, "t", &why));
	CHECK_EQ(t, 30);
	CHECK_OK(member_time(&t, object, "zero", &why));
	CHECK_EQ(t, 0);
	CHECK_OK(member_time(&t, object, "no", &why));
	CHECK_EQ(t, -1);
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		t = 7;
		CHECK_EQ(member_time(&t, object, bad[i], &why),
			 MODEL_E_UNTRUSTED);
		CHECK_EQ(t, 7);
		CHECK(strstr(why_text, bad[i]) != NULL);
	}
}

static void test_bools_and_texts(void)
{
	AKV_JSON cJSON *object = json_of("{\"yes\":true,\"text\":\"four\","
					 "\"twice\":\"a\",\"twice\":\"b\"}");
	const char *text = NULL;
	bool value = false;

	CHECK_OK(member_bool(&value, object, "yes", false, &why));
	CHECK(value);
	CHECK_OK(member_bool(&value, object, "none", false, &why));
	CHECK(!value);
	CHECK_EQ(member_bool(&value, object, "text", true, &why),
		 MODEL_E_UNTRUSTED);
	CHECK_OK(member_text(&text, object, "text", MEMBER_NEEDED, 4, &why));
	CHECK_STR(text, "four");
	CHECK_EQ(member_text(&text, object, "text", MEMBER_NEEDED, 3, &why),
		 MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"text\" is too long");
	CHECK_OK(member_text(&text, object, "none", MEMBER_OPTIONAL, 3, &why));
	CHECK_STR(text, "");
	CHECK_EQ(member_text(&text, object, "none", MEMBER_NEEDED, 3, &why),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(member_text(&text, object, "yes", MEMBER_OPTIONAL, 3, &why),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(member_text(&text, object, "twice", MEMBER_OPTIONAL, 3, &why),
		 MODEL_E_UNTRUSTED);
}

static void test_objects(void)
{
	AKV_JSON cJSON *object =
		json_of("{\"o\":{\"a\":1},\"n\":null,\"l\":[]}");
	const cJSON *found = object;

	CHECK_OK(member_object(&found, object, "o", MEMBER_NEEDED, &why));
	CHECK(cJSON_GetObjectItemCaseSensitive(found, "a") != NULL);
	CHECK_OK(member_object(&found, object, "n", MEMBER_OPTIONAL, &why));
	CHECK(found == NULL);
	CHECK_EQ(member_object(&found, object, "n", MEMBER_NEEDED, &why),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(member_object(&found, object, "l", MEMBER_OPTIONAL, &why),
		 MODEL_E_UNTRUSTED);
}

static int base64(const cJSON *object, const char *name,
		  enum base64_variant variant, size_t max)
{
	return member_base64(object, name, variant, MEMBER_OPTIONAL, max, &why);
}

static void test_base64(void)
{
	AKV_JSON cJSON *object =
		json_of("{\"five\":\"aGVsbG8=\",\"url\":\"aGVsbG8\","
			"\"blank\":\"aGVs bG8=\",\"bits\":\"aGVsbG9=\","
			"\"none\":\"\",\"number\":7}");

	CHECK_OK(base64(object, "five", BASE64_STANDARD, 5));
	CHECK_EQ(base64(object, "five", BASE64_STANDARD, 4), MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"five\" is too long");
	CHECK_EQ(base64(object, "five", BASE64_URL, 5), MODEL_E_UNTRUSTED);
	CHECK_OK(base64(object, "url", BASE64_URL, 5));
	CHECK_EQ(base64(object, "url", BASE64_STANDARD, 5), MODEL_E_UNTRUSTED);
	CHECK_EQ(base64(object, "blank", BASE64_STANDARD, 9),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(base64(object, "bits", BASE64_STANDARD, 9), MODEL_E_UNTRUSTED);
	CHECK_EQ(base64(object, "none", BASE64_STANDARD, 9), MODEL_E_UNTRUSTED);
	CHECK_EQ(base64(object, "number", BASE64_STANDARD, 9),
		 MODEL_E_UNTRUSTED);
	CHECK_OK(base64(object, "absent", BASE64_STANDARD, 9));
	CHECK_EQ(member_base64(object, "absent", BASE64_URL, MEMBER_NEEDED, 9,
			       &why),
		 MODEL_E_UNTRUSTED);
}

static void test_lists_of_texts(void)
{
	AKV_JSON cJSON *object =
		json_of("{\"two\":[\"a\",\"bc\"],\"mixed\":[\"a\",7],"
			"\"none\":[],\"text\":\"a\",\"null\":[null]}");

	CHECK_OK(member_texts(object, "two", 2, 2, &why));
	CHECK_OK(member_texts(object, "none", 0, 0, &why));
	CHECK_OK(member_texts(object, "absent", 0, 0, &why));
	CHECK_EQ(member_texts(object, "two", 1, 2, &why), MODEL_E_UNTRUSTED);
	CHECK_EQ(member_texts(object, "two", 2, 1, &why), MODEL_E_UNTRUSTED);
	CHECK_EQ(member_texts(object, "mixed", 9, 9, &why), MODEL_E_UNTRUSTED);
	CHECK_EQ(member_texts(object, "text", 9, 9, &why), MODEL_E_UNTRUSTED);
	CHECK_EQ(member_texts(object, "null", 9, 9, &why), MODEL_E_UNTRUSTED);
}

int main(void)
{
	RUN(test_bodies);
	RUN(test_unique_names);
	RUN(test_too_many_members);
	RUN(test_times);
	RUN(test_bools_and_texts);
	RUN(test_objects);
	RUN(test_base64);
	RUN(test_lists_of_texts);
	return check_report();
}
