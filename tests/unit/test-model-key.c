/* SPDX-License-Identifier: MIT */

/* Keys and rotation policies: what is checked before it is handed on. */

#include "base/buf.h"
#include "model-test.h"
#include "vault/model-key.h"

#define KID "\"kid\":\"https://demo.vault.azure.net/keys/k/v\""

static int check(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);
	const char *id = NULL;
	int r = model_key_check(&id, object, &why);

	if (r == 0 && strcmp(id, "https://demo.vault.azure.net/keys/k/v") != 0)
		return -EPROTO;
	return r;
}

/* "key" with these members besides its kid. */
static int check_with(const char *members)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "{\"key\":{" KID ",%s}}", members);
	return check(text);
}

static void test_every_type(void)
{
	CHECK_OK(check_with("\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\","
			    "\"key_ops\":[\"encrypt\",\"sign\"]"));
	CHECK_OK(check_with("\"kty\":\"EC-HSM\",\"crv\":\"P-256K\",\"x\":"
			    "\"AQAB\",\"y\":\"AQAB\",\"key_ops\":[]"));
	CHECK_OK(check_with("\"kty\":\"oct-HSM\",\"key_ops\":[\"wrapKey\"]"));
	CHECK_OK(check_with("\"kty\":\"OKP-HSM\",\"crv\":\"Ed25519\","
			    "\"x\":\"AQAB\""));
	CHECK_OK(check_with("\"kty\":\"AKP\",\"alg\":\"ML-DSA-65\",\"pub\":"
			    "\"AQAB\",\"new\":{\"a\":1}"));
}

static void test_what_is_wrong(void)
{
	static const char *const members[] = {
		"\"crv\":\"P-256\"",
		"\"kty\":7",
		"\"kty\":\"\"",
		"\"kty\":\"R\\u001bSA\"",
		"\"kty\":\"RSA\",\"kty\":\"EC\"",
		"\"kty\":\"RSA\",\"n\":\"AQAB=\"",
		"\"kty\":\"RSA\",\"n\":\"A+AB\"",
		"\"kty\":\"RSA\",\"n\":\"\"",
		"\"kty\":\"RSA\",\"n\":7",
		"\"kty\":\"RSA\",\"e\":\"AQ\\nAB\"",
		"\"kty\":\"EC\",\"crv\":[\"P-256\"]",
		"\"kty\":\"EC\",\"x\":\"AQAB\",\"x\":\"AQAC\"",
		"\"kty\":\"RSA\",\"key_ops\":\"sign\"",
		"\"kty\":\"RSA\",\"key_ops\":[7]",
		"\"kty\":\"RSA\",\"key_ops\":{\"a\":1}",
		("\"kty\":\"RSA\"," KID),
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(members); i++) {
		if (check_with(members[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", members[i]);
		CHECK(why_text[0] != '\0');
	}
	CHECK_EQ(check("{}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(check("{\"key\":null}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(check("{\"key\":[]}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(check("{\"key\":{\"kty\":\"RSA\"}}"), MODEL_E_UNTRUSTED);
}

/* The service never sends one, and what we hand on is public. */
static void test_private_numbers(void)
{
	static const char *const names[] = {
		"d", "p", "q", "dp", "dq", "qi", "oth", "k", "key_hsm",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		char members[64];

		(void)snprintf(members, sizeof(members),
			       "\"kty\":\"RSA\",\"%s\":\"AQAB\"", names[i]);
		CHECK_EQ(check_with(members), MODEL_E_UNTRUSTED);
		CHECK_STR(why_text, "its key has a private part");
	}
}

static void test_sizes(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);

	CHECK_OK(buf_append_string(&text, "{\"key\":{" KID
					  ",\"kty\":\"RSA\",\"n\":\""));
	for (int i = 0; i < (KEY_NUMBER_MAX + 2) / 3 + 1; i++)
		CHECK_OK(buf_append_string(&text, "AAAA"));
	CHECK_OK(buf_append_string(&text, "\"}}"));
	CHECK_EQ(check(text.p), MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"n\" is too long");
	buf_reset(&text);
	CHECK_OK(buf_append_string(&text, "{\"key\":{" KID
					  ",\"kty\":\"RSA\",\"key_ops\":["));
	for (int i = 0; i <= KEY_OPERATIONS_MAX; i++)
		CHECK_OK(buf_append_string(&text, i ? ",\"a\"" : "\"a\""));
	CHECK_OK(buf_append_string(&text, "]}}"));
	CHECK_EQ(check(text.p), MODEL_E_UNTRUSTED);
	CHECK_STR(why_text, "its \"key_ops\" is too long");
}

static int check_rotation(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);

	return model_rotation_check(object, &why);
}

static void test_rotation_policies(void)
{
	CHECK_OK(check_rotation(
		"{\"lifetimeActions\":[{\"trigger\":{\"timeAfterCreate\":"
		"\"P18M\"},\"action\":{\"type\":\"Rotate\"}},{\"trigger\":{"
		"\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":"
		"\"Notify\"}}],\"attributes\":{\"expiryTime\":\"P48M\","
		"\"created\":1}}"));
	CHECK_OK(check_rotation("{\"lifetimeActions\":[],\"attributes\":"
				"null}"));
	CHECK_OK(check_rotation("{}"));
}

static void test_rotation_policies_that_are_none(void)
{
	static const char *const texts[] = {
		"{\"lifetimeActions\":{}}",
		"{\"lifetimeActions\":[7]}",
		"{\"lifetimeActions\":[null]}",
		"{\"lifetimeActions\":[],\"lifetimeActions\":[]}",
		"{\"lifetimeActions\":[{\"trigger\":\"P1D\"}]}",
		"{\"lifetimeActions\":[{\"trigger\":{\"timeAfterCreate\":1}}]}",
		"{\"lifetimeActions\":[{\"action\":\"Rotate\"}]}",
		"{\"lifetimeActions\":[{\"action\":{\"type\":\"a\\tb\"}}]}",
		"{\"attributes\":[]}",
		"{\"attributes\":{\"expiryTime\":48}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		if (check_rotation(texts[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", texts[i]);
}

int main(void)
{
	RUN(test_every_type);
	RUN(test_what_is_wrong);
	RUN(test_private_numbers);
	RUN(test_sizes);
	RUN(test_rotation_policies);
	RUN(test_rotation_policies_that_are_none);
	return check_report();
}
