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
	CHECK_STR(claims.audience, "a?[31mb c");
}

static void test_what_is_no_token(void)
{
	static const char *const texts[] = {
		"",        ".",         "..",           "a.b",
		"a.e30",   "a.e30.b.c", "a.e30=.b",     "a.!!.b",
		"a.W10.b", "a.ImEi.b",  "opaque-token", "a.eyJhIjox.b",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		if (claims_read(&claims, texts[i], strlen(texts[i])) !=
		    CLAIMS_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
	}
	CHECK_EQ(read_payload("{\"a\":1}x"), CLAIMS_E_INVALID);
}

int main(void)
{
	RUN(test_an_application);
	RUN(test_what_is_not_there);
	RUN(test_text_is_made_printable);
	RUN(test_what_is_no_token);
	return check_report();
}
