/* SPDX-License-Identifier: MIT */

/* What is read of a token, and what is no token. */

#include "auth/claims.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/parse.h"
#include "check.h"

static Claims claims;

static int read_payload(const char *payload)
{
	AKV_BUF Buf token = BUF_INIT(BUF_MAX_FORM);

	if (buf_append_string(&token, "eyJhbGciOiJSUzI1NiJ9.") != 0 ||
	    base64_encode(&token, BASE64_URL, payload, strlen(payload)) != 0 ||
	    buf_append_string(&token, ".c2lnbmF0dXJl") != 0)
		abort();
	return claims_read(&claims, token.p, token.n);
}

static void test_an_application(void)
{
	CHECK_OK(read_payload(
		"{\"aud\":\"https://vault.azure.net\",\"iss\":"
		"\"https://sts.windows.net/t/\",\"tid\":\"t\",\"appid\":\"a\","
		"\"oid\":\"o\",\"idtyp\":\"app\",\"appidacr\":\"2\",\"ver\":"
		"\"1.0\",\"uti\":\"u\",\"xms_mirid\":\"/subscriptions/s\","
		"\"iat\":10,\"nbf\":11,\"exp\":12,\"roles\":[\"x\",\"y\"],"
		"\"wids\":[\"z\"],\"secret\":\"never\"}"));
	CHECK_STR(claims.audience, "https://vault.azure.net");
	CHECK_STR(claims.issuer, "https://sts.windows.net/t/");
	CHECK_STR(claims.tenant, "t");
	CHECK_STR(claims.app_id, "a");
	CHECK_STR(claims.object_id, "o");
	CHECK_STR(claims.kind, "app");
	CHECK_STR(claims.proof, "2");
	CHECK_STR(claims.version, "1.0");
	CHECK_STR(claims.unique_id, "u");
	CHECK_STR(claims.managed_id, "/subscriptions/s");
	CHECK_EQ(claims.issued_s, 10);
	CHECK_EQ(claims.not_before_s, 11);
	CHECK_EQ(claims.expires_s, 12);
	CHECK_EQ(claims.roles, 2);
	CHECK_EQ(claims.directory_roles, 1);
}

static void test_what_is_not_there(void)
{
	CHECK_OK(read_payload("{\"azp\":\"b\",\"exp\":\"12\",\"iat\":-1,"
			      "\"roles\":\"x\",\"aud\":[\"a\"]}"));
	CHECK_STR(claims.app_id, "b");
	CHECK_STR(claims.audience, "");
	CHECK_EQ(claims.expires_s, -1);
	CHECK_EQ(claims.issued_s, -1);
	CHECK_EQ(claims.roles, 0);
}

/* It is shown on terminals. */
static void test_text_is_made_printable(void)
{
	CHECK_OK(read_payload("{\"aud\":\"a\\u001b[31mb\\nc\"}"));
	CHECK(ascii_is_printable(claims.audience));
	CHECK_STR(claims.audience, "a?[31mb?c");
}

/* One that only looks like the right one is not shown as that. */
static void test_no_byte_of_an_audience_is_left_out(void)
{
	CHECK_OK(read_payload("{\"aud\":\" https://vault.azure.net \"}"));
	CHECK_STR(claims.audience, " https://vault.azure.net ");
	CHECK_OK(read_payload("{\"aud\":\"https://vault.\u00adazure.net\"}"));
	CHECK_STR(claims.audience, "https://vault.??azure.net");
	CHECK_OK(read_payload("{\"ver\":\"1.00000000\"}"));
	CHECK_STR(claims.version, "1.00...");
	CHECK_OK(read_payload("{\"aud\":\"a\",\"aud\":\"b\"}"));
	CHECK_STR(claims.audience, "");
}

static void test_a_person_is_not_named(void)
{
	CHECK_OK(read_payload("{\"upn\":\"anna@contoso.com\"}"));
	CHECK_STR(claims.user, "a***@contoso.com");
	CHECK_OK(read_payload("{\"preferred_username\":\"bob@fabrikam.com\","
			      "\"upn\":\"anna@contoso.com\"}"));
	CHECK_STR(claims.user, "b***@fabrikam.com");
	CHECK_OK(read_payload("{\"upn\":\"live.com#anna@x@contoso.com\"}"));
	CHECK_STR(claims.user, "l***@contoso.com");
	CHECK_OK(read_payload("{\"upn\":\"anna\"}"));
	CHECK_STR(claims.user, "a***");
	CHECK_OK(read_payload("{\"upn\":\"@contoso.com\"}"));
	CHECK_STR(claims.user, "***@contoso.com");
	CHECK_OK(read_payload("{\"upn\":\"\"}"));
	CHECK_STR(claims.user, "***");
	CHECK_OK(read_payload("{\"unique_name\":\"anna@contoso.com\"}"));
	CHECK_STR(claims.user, "");
}

static void test_capabilities(void)
{
	CHECK_OK(read_payload("{\"xms_cc\":[\"CP1\"]}"));
	CHECK_STR(claims.capabilities, "CP1");
	CHECK_OK(read_payload("{\"xms_cc\":[\"CP1\",2,\"\\n\",{}]}"));
	CHECK_STR(claims.capabilities, "CP1 ?");
	CHECK_OK(read_payload("{\"xms_cc\":\"CP1\"}"));
	CHECK_STR(claims.capabilities, "CP1");
	CHECK_OK(read_payload("{\"xms_cc\":1}"));
	CHECK_STR(claims.capabilities, "");
}

static void test_what_is_no_token(void)
{
	static const char *const opaque[] = {
		"", ".", "a.b", "a.e30", "a.e30.b.c", "opaque-token",
	};
	static const char *const invalid[] = {
		"..",      "a.e30=.b", "a.!!.b",       "a.e30 .b",
		"a.W10.b", "a.ImEi.b", "a.eyJhIjox.b", "a.e31.b",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(opaque); i++) {
		if (claims_read(&claims, opaque[i], strlen(opaque[i])) !=
		    CLAIMS_E_OPAQUE)
			CHECK_FAIL("is not opaque: %s", opaque[i]);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(invalid); i++) {
		if (claims_read(&claims, invalid[i], strlen(invalid[i])) !=
		    CLAIMS_E_INVALID)
			CHECK_FAIL("was taken: %s", invalid[i]);
	}
	CHECK_EQ(read_payload("{\"a\":1}x"), CLAIMS_E_INVALID);
	/* Deeper than any claim is. */
	CHECK_EQ(read_payload("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"),
		 CLAIMS_E_INVALID);
}

static void test_the_longest(void)
{
	static char text[CLAIMS_TOKEN_MAX + 1];

	memset(text, 'a', sizeof(text));
	memcpy(text, "a.e30.", 6);
	CHECK_OK(claims_read(&claims, text, CLAIMS_TOKEN_MAX));
	CHECK_EQ(claims_read(&claims, text, CLAIMS_TOKEN_MAX + 1),
		 CLAIMS_E_TOO_LONG);
	for (int answer = 1; answer <= CLAIMS_E_TOO_LONG; answer++)
		CHECK(strlen(claims_answer_text(answer)) > 0);
}

int main(void)
{
	RUN(test_an_application);
	RUN(test_what_is_not_there);
	RUN(test_text_is_made_printable);
	RUN(test_no_byte_of_an_audience_is_left_out);
	RUN(test_a_person_is_not_named);
	RUN(test_capabilities);
	RUN(test_what_is_no_token);
	RUN(test_the_longest);
	return check_report();
}
