/* SPDX-License-Identifier: MIT */

/* Each member of header and claims, and the signature as OpenSSL verifies it.
 */

#include "auth/assertion.h"
#include "base/base64.h"
#include "base/json.h"
#include "check.h"
#include "key-material.h"

#define CLIENT "11111111-2222-3333-4444-555555555555"
#define AUDIENCE "https://login.microsoftonline.com/t/oauth2/v2.0/token"
#define WALL_S INT64_C(1763953200)

static EVP_PKEY *key;
static KeyFile key_file;

typedef struct Parts {
	Secret *whole;
	size_t signed_n; /* header and claims, with the dot between */
	cJSON *header, *claims;
	Buf signature;
} Parts;

static void parts_take(Parts *parts, const AssertionWish *wish)
{
	AKV_BUF Buf header = BUF_INIT(BUF_MAX_FORM);
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_FORM);
	const char *text, *first, *second;

	*parts = (Parts){.signature = BUF_INIT(BUF_MAX_FORM)};
	CHECK_OK(assertion_make(&parts->whole, &key_file, wish));
	text = secret_bytes(parts->whole);
	first = strchr(text, '.');
	CHECK(first != NULL);
	second = strchr(first + 1, '.');
	CHECK(second != NULL && !strchr(second + 1, '.'));
	parts->signed_n = (size_t)(second - text);
	CHECK_OK(base64_decode(&header, BASE64_URL, text,
			       (size_t)(first - text)));
	CHECK_OK(base64_decode(&claims, BASE64_URL, first + 1,
			       (size_t)(second - first - 1)));
	CHECK_OK(base64_decode(&parts->signature, BASE64_URL, second + 1,
			       strlen(second + 1)));
	CHECK_OK(json_parse(&parts->header, header.p, header.n, NULL));
	CHECK_OK(json_parse(&parts->claims, claims.p, claims.n, NULL));
}

static void parts_done(Parts *parts)
{
	(void)secret_unref(parts->whole);
	cJSON_Delete(parts->header);
	cJSON_Delete(parts->claims);
	buf_done(&parts->signature);
}

static void check_member(const cJSON *object, const char *name,
			 const char *expected)
{
	const char *text = "";

	CHECK_OK(json_get_string(&text, object, name));
	CHECK_STR(text, expected);
}

/* The salt has to be of exactly 32 bytes: a longer one is refused. */
static bool verifies(const Parts *parts, bool pss)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	bool ok;

	ok = EVP_DigestVerifyInit(context, &parameters, EVP_sha256(), NULL,
				  key) == 1;
	if (ok && pss)
		ok = EVP_PKEY_CTX_set_rsa_padding(parameters,
						  RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) == 1;
	ok = ok && EVP_DigestVerify(
			   context, (const unsigned char *)parts->signature.p,
			   parts->signature.n, secret_bytes(parts->whole),
			   parts->signed_n) == 1;
	EVP_MD_CTX_free(context);
	return ok;
}

static const AssertionWish plain = {
	.client_id = CLIENT,
	.audience = AUDIENCE,
	.wall_s = WALL_S,
};

static void test_header(void)
{
	AKV_BUF Buf thumb = BUF_INIT(BUF_MAX_LINE);
	unsigned char digest[32];
	unsigned n = 0;
	Parts parts;

	CHECK_EQ(
		X509_digest(key_file.certificates[0], EVP_sha256(), digest, &n),
		1);
	CHECK_OK(base64_encode(&thumb, BASE64_URL, digest, n));
	parts_take(&parts, &plain);
	check_member(parts.header, "alg", "PS256");
	check_member(parts.header, "typ", "JWT");
	check_member(parts.header, "x5t#S256", thumb.p);
	CHECK_EQ(strlen(thumb.p), 43);
	CHECK_EQ(cJSON_GetArraySize(parts.header), 3);
	parts_done(&parts);
}

static void test_claims(void)
{
	int64_t from = 0, until = 0, issued = 0;
	const char *first = "", *second = "";
	Parts parts, more;

	parts_take(&parts, &plain);
	check_member(parts.claims, "aud", AUDIENCE);
	check_member(parts.claims, "iss", CLIENT);
	check_member(parts.claims, "sub", CLIENT);
	CHECK_OK(json_get_int64(&from, parts.claims, "nbf"));
	CHECK_OK(json_get_int64(&issued, parts.claims, "iat"));
	CHECK_OK(json_get_int64(&until, parts.claims, "exp"));
	CHECK_EQ(from, WALL_S - 60);
	CHECK_EQ(issued, from);
	CHECK_EQ(until - from, 600);
	CHECK_EQ(cJSON_GetArraySize(parts.claims), 7);
	parts_take(&more, &plain);
	CHECK_OK(json_get_string(&first, parts.claims, "jti"));
	CHECK_OK(json_get_string(&second, more.claims, "jti"));
	CHECK_EQ(strlen(first), 36);
	CHECK(strcmp(first, second) != 0);
	parts_done(&parts);
	parts_done(&more);
}

static void test_signature(void)
{
	AssertionWish wish = plain;
	Parts parts;

	parts_take(&parts, &wish);
	CHECK(verifies(&parts, true));
	CHECK(!verifies(&parts, false));
	parts_done(&parts);
	wish.rs256 = true;
	parts_take(&parts, &wish);
	check_member(parts.header, "alg", "RS256");
	CHECK(verifies(&parts, false));
	CHECK(!verifies(&parts, true));
	parts_done(&parts);
}

static void test_chain(void)
{
	AssertionWish wish = plain;
	const cJSON *chain = NULL;
	Parts parts;

	wish.send_chain = true;
	parts_take(&parts, &wish);
	CHECK_OK(json_get_array(&chain, parts.header, "x5c"));
	CHECK_EQ(cJSON_GetArraySize(chain), 2);
	for (int i = 0; i < 2; i++) {
		const char *text = cJSON_GetArrayItem(chain, i)->valuestring;
		AKV_BUF Buf der = BUF_INIT(BUF_MAX_FORM);
		const unsigned char *p;
		X509 *certificate;

		CHECK_OK(base64_decode(&der, BASE64_STANDARD, text,
				       strlen(text)));
		p = (const unsigned char *)der.p;
		certificate = d2i_X509(NULL, &p, (long)der.n);
		CHECK(certificate != NULL);
		CHECK_EQ(X509_cmp(certificate, key_file.certificates[i]), 0);
		X509_free(certificate);
	}
	CHECK(verifies(&parts, true));
	parts_done(&parts);
}

static void test_what_is_not_ours_is_escaped(void)
{
	AssertionWish wish = plain;
	Parts parts;

	wish.client_id = "a\"b\\c";
	parts_take(&parts, &wish);
	check_member(parts.claims, "iss", "a\"b\\c");
	parts_done(&parts);
}

int main(void)
{
	EVP_PKEY *stranger;

	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	key = key_rsa();
	stranger = key_rsa();
	key_file = (KeyFile){
		.key = key,
		.certificates = {key_certificate(key, "own"),
				 key_certificate(stranger, "other")},
		.n = 2,
	};
	RUN(test_header);
	RUN(test_claims);
	RUN(test_signature);
	RUN(test_chain);
	RUN(test_what_is_not_ours_is_escaped);
	key_file_done(&key_file);
	EVP_PKEY_free(stranger);
	return check_report();
}
