/* SPDX-License-Identifier: MIT */

/* Tokens: what is signed is taken, whatever was changed is not. */

#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/json.h"
#include "emulator/jwt.h"
#include "tests/unit/check.h"

static EVP_PKEY *key, *other_key;
static const char claims_text[] = "{\"aud\":\"https://vault.azure.net\"}";

static int sign(Buf *token)
{
	return jwt_sign(token, key, "kid-1", claims_text,
			sizeof(claims_text) - 1);
}

static void test_signed_is_taken(void)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	AKV_JSON cJSON *claims = NULL;
	const char *audience;

	CHECK_OK(sign(&token));
	CHECK_OK(jwt_verify(&claims, key, "kid-1", token.p, token.n));
	CHECK_OK(json_get_string(&audience, claims, "aud"));
	CHECK_STR(audience, "https://vault.azure.net");
}

static void test_key_of_another_is_not(void)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	cJSON *claims = NULL;

	CHECK_OK(sign(&token));
	CHECK_EQ(jwt_verify(&claims, other_key, "kid-1", token.p, token.n),
		 JWT_E_SIGNATURE);
	CHECK_EQ(jwt_verify(&claims, key, "kid-2", token.p, token.n),
		 JWT_E_KEY);
	CHECK(!claims);
}

/* Every single byte counts. */
static void test_changed_is_not(void)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);

	CHECK_OK(sign(&token));
	for (size_t i = 0; i < token.n; i++) {
		char was = token.p[i];
		cJSON *claims = NULL;

		token.p[i] = was == 'A' ? 'B' : 'A';
		CHECK(jwt_verify(&claims, key, "kid-1", token.p, token.n) > 0);
		CHECK(!claims);
		token.p[i] = was;
	}
}

static void test_cut_short_is_not(void)
{
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);

	CHECK_OK(sign(&token));
	for (size_t n = 0; n < token.n; n++) {
		cJSON *claims = NULL;

		CHECK(jwt_verify(&claims, key, "kid-1", token.p, n) > 0);
		CHECK(!claims);
	}
}

/* The classic: a token that says it needs no signature. */
static void test_algorithm_none_is_not(void)
{
	static const char header[] = "{\"alg\":\"none\",\"kid\":\"kid-1\"}";
	AKV_BUF Buf token = BUF_INIT(JWT_MAX);
	cJSON *claims = NULL;

	CHECK_OK(base64_encode(&token, BASE64_URL, header, sizeof(header) - 1));
	CHECK_OK(buf_append_char(&token, '.'));
	CHECK_OK(base64_encode(&token, BASE64_URL, claims_text,
			       sizeof(claims_text) - 1));
	CHECK_OK(buf_append_char(&token, '.'));
	CHECK_EQ(jwt_verify(&claims, key, "kid-1", token.p, token.n),
		 JWT_E_KEY);
}

static void test_no_token_at_all(void)
{
	static const char *const texts[] = {
		"", ".", "..", "a.b.c", "e30.e30.", "e30.e30", "[].[].[]"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		cJSON *claims = NULL;

		CHECK_EQ(jwt_verify(&claims, key, "kid-1", texts[i],
				    strlen(texts[i])),
			 JWT_E_MALFORMED);
	}
}

int main(void)
{
	key = EVP_RSA_gen(2048);
	other_key = EVP_RSA_gen(2048);
	if (!key || !other_key)
		return 1;
	RUN(test_signed_is_taken);
	RUN(test_key_of_another_is_not);
	RUN(test_changed_is_not);
	RUN(test_cut_short_is_not);
	RUN(test_algorithm_none_is_not);
	RUN(test_no_token_at_all);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return check_report();
}
