/* SPDX-License-Identifier: MIT */

/* The attributes of every kind of object, and what stands where they would. */

#include "model-test.h"
#include "vault/object-attributes.h"

static int read_text(ObjectAttributes *ret, const char *text)
{
	AKV_JSON cJSON *object = json_of(text);

	return object_attributes_read(ret, object, &why);
}

static void test_all_of_them(void)
{
	ObjectAttributes a = {0};

	CHECK_OK(read_text(
		&a, "{\"managed\":true,\"attributes\":{\"enabled\":false,"
		    "\"nbf\":10,\"exp\":20,\"created\":30,\"updated\":40,"
		    "\"recoveryLevel\":\"Purgeable\",\"recoverableDays\":7,"
		    "\"exportable\":true,\"hsmPlatform\":\"2\"}}"));
	CHECK(!a.enabled);
	CHECK(a.managed);
	CHECK_EQ(a.not_before_s, 10);
	CHECK_EQ(a.expires_s, 20);
	CHECK_EQ(a.created_s, 30);
	CHECK_EQ(a.updated_s, 40);
	CHECK_STR(a.recovery_level, "Purgeable");
}

/* The items of certificates have no recoveryLevel; policies null attributes. */
static void test_what_may_be_absent(void)
{
	static const char *const texts[] = {
		"{}",
		"{\"attributes\":null}",
		"{\"attributes\":{}}",
		"{\"attributes\":{\"exp\":null,\"enabled\":null}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		ObjectAttributes a = {0};

		CHECK_OK(read_text(&a, texts[i]));
		CHECK(a.enabled);
		CHECK(!a.managed);
		CHECK_EQ(a.expires_s, -1);
		CHECK_EQ(a.created_s, -1);
		CHECK_STR(a.recovery_level, "");
	}
}

static void test_what_is_wrong(void)
{
	static const char *const texts[] = {
		"{\"managed\":1}",
		"{\"attributes\":[]}",
		"{\"attributes\":{\"enabled\":\"true\"}}",
		"{\"attributes\":{\"nbf\":-1}}",
		"{\"attributes\":{\"created\":1,\"created\":1}}",
		"{\"attributes\":{\"recoveryLevel\":7}}",
		"{\"attributes\":{\"recoveryLevel\":\"a\\nb\"}}",
		"{\"attributes\":{\"recoveryLevel\":\"a\","
		"\"recoverylevel\":\"a\"}}",
		"{\"attributes\":{\"recoveryLevel\":\"0123456789012345678901234"
		"567890123456789012345678901234567890123\"}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		ObjectAttributes a = {.created_s = 7};

		if (read_text(&a, texts[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK_EQ(a.created_s, 7);
		CHECK(why_text[0] != '\0');
	}
}

int main(void)
{
	RUN(test_all_of_them);
	RUN(test_what_may_be_absent);
	RUN(test_what_is_wrong);
	return check_report();
}
