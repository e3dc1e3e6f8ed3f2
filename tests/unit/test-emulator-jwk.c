/* SPDX-License-Identifier: MIT */

/* JSON Web Keys of others, and what is said about them. */

#include "base/base64.h"
#include "base/json.h"
#include "emulator/jwk.h"
#include "emulator/key-crypto.h"
#include "tests/unit/check.h"

/* RFC 7515 A.3.1. */
#define EC_PUBLIC                                                \
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC_PRIVATE "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define EC_JWK "{\"kty\":\"EC\",\"crv\":\"P-256\"," EC_PUBLIC "," EC_PRIVATE "}"

static const char ec_digest[] = "IcZzaPQ2V39Ef4BRYsoTuA0Eaj_kZyR-ZepHeqdQ-i4";
static const char ec_signature[] =
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
	"KTUJqPP3-Kg6NU1Q";

/* Made by another program. */
static const char rsa_jwk[] =
	"{\"kty\":\"RSA\""
	",\"n\":\""
	"wVXHxG_sZJkyhvYH25s3D4nR6qsdHrxXsnyZg7VcsXnBe-G7-qJYfAYxL-"
	"77k2Y7DfR9_hNvai7t4w448C1ISRaI4rgp8DvCOhFEBo3f8z4tefO4mhX_VJ7VEl"
	"jdcNlJ8YOAprVzLsdqSegiM7t4eNqX9mhK6MA1iDWB0QQmow0"
	"\""
	",\"e\":\""
	"AQAB"
	"\""
	",\"d\":\""
	"L34F87BWzqN_cP3RElY_oVaGtXHRVnKHzHWlNGCB46r4J5ldFwV4XQccYB0BucS8"
	"LwJnTNmzXc8nasZcoEtPXQ-"
	"M0tca5y9NQpDSz5T8cu93VnvPI0A1Z2s5COgPP_o7vXFL78VMFSe1LFWG8pf5guL"
	"XX2SxVhEoYsUo9ugmNUE"
	"\""
	",\"p\":\""
	"5Wg3AcaIN_-pEpXN-oN63QHmsCFMAeSYT7v54Uwdw6ASXoKOgFFw4ws0RFSWTE12"
	"CrRf_yPfw-I92HjmsA-MvQ"
	"\""
	",\"q\":\""
	"178bsVXu22kbJY3SrmzdtLqUR4ZWRzvNCxyHPHV68Ti4kQ3J0yX_B0UuHgCoP6Lt"
	"Xv_XScx-wtFkMeHP7hRckQ"
	"\""
	",\"dp\":\""
	"A9qdWfVI4o_z-jD0FepRjRb0Fi9pBHsfp-9Dgmpx8ZBl3pqY5ET5_YZ5qVA2ei-"
	"u9P0Uw8eJgdPyMAnP7lNEjQ"
	"\""
	",\"dq\":\""
	"GHI9LxDvqcj1HII_dyg6zvm9R4V_TT8HctTetgkRzzeAIl-"
	"PmO9bQHWkTh4A8oUBpJwUxvX2_xg-5DAUIYQJIQ"
	"\""
	",\"qi\":\""
	"vFFLEfK9WgVLNif2EFplqoAJ_bIV6Knf-"
	"1wx0frvwyqlc_yk67u5SGoyhgRtgQIx7PJYQbzrrtOB7HJVkA2Qfg"
	"\""
	"}";

/* What its owner signs "akvfs" with. */
static const char rsa_signature[] =
	"ns2VUx0KyLsApxsmdD1TVaXbK7_5FLXgNmUGohTp7vPgNJvOvgGN39mVWKObhG2e"
	"1n3p0z_I1BsXqHs6BpWzzGoZ9-mUraWjsrL_DGI86Nt-"
	"4IhrDB8vBRkckpxj9uPIRx4uvbZTDK_AgtMIpWVbf__Np4h3bU1FHxKHIlXEGX4";
static const char rsa_digest[] = "6g-tgDls6Gs4tq3E62INawV7TZgPAQB-DCRpnZ2E39Y";

static int parse(KeyMaterial **ret, const char *text)
{
	AKV_JSON cJSON *jwk = cJSON_Parse(text);

	return jwk ? jwk_parse(ret, jwk, false) : -EINVAL;
}

static int decode(Buf *ret, const char *text)
{
	return base64_decode(ret, BASE64_URL, text, strlen(text));
}

static int verify(bool *ret, const KeyMaterial *key, const char *algorithm,
		  const char *digest_text, const char *signature_text)
{
	AKV_BUF Buf digest = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	int r = decode(&digest, digest_text);

	if (r == 0)
		r = decode(&signature, signature_text);
	if (r == 0)
		r = key_crypto_verify(ret, key, key_algorithm_find(algorithm),
				      &digest, &signature);
	return r;
}

static void test_ec(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	bool good = false;

	CHECK_OK(parse(&key, EC_JWK));
	CHECK_STR(key_material_kty(key), "EC");
	CHECK_OK(verify(&good, key, "ES256", ec_digest, ec_signature));
	CHECK(good);
	CHECK_OK(verify(&good, key, "ES256", rsa_digest, ec_signature));
	CHECK(!good);
	good = true;
	CHECK_OK(verify(&good, key, "ES256", ec_digest, "AAAA"));
	CHECK(!good);
}

static void test_rsa(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_BUF Buf digest = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	bool good = false;

	CHECK_OK(parse(&key, rsa_jwk));
	CHECK_EQ(key->shape.bits, 1024);
	CHECK_OK(verify(&good, key, "RS256", rsa_digest, rsa_signature));
	CHECK(good);
	/* PKCS#1 signatures are always the same. */
	CHECK_OK(decode(&digest, rsa_digest));
	CHECK_OK(key_crypto_sign(&signature, key, key_algorithm_find("RS256"),
				 &digest));
	CHECK_OK(base64_encode(&text, BASE64_URL, signature.p, signature.n));
	CHECK_STR(text.p, rsa_signature);
}

static void test_octets(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	KeyMaterial *none = NULL;

	CHECK_OK(parse(&key, "{\"kty\":\"oct-HSM\",\"k\":"
			     "\"AAECAwQFBgcICQoLDA0ODw\",\"key_ops\":"
			     "[\"wrapKey\"]}"));
	CHECK_EQ(key->operations, KEY_WRAP);
	CHECK_EQ(parse(&none, "{\"kty\":\"oct\",\"k\":\"AAEC\"}"),
		 JWK_E_INVALID);
}

/* Only the public half is ever written. */
static void test_public(void)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *key = NULL;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	Writer writer = WRITER_INIT(&text);

	CHECK_OK(parse(&key, EC_JWK));
	writer_begin(&writer, NULL, '{');
	jwk_write_public(&writer, key);
	writer_end(&writer, '}');
	CHECK_OK(writer.fault);
	CHECK_STR(text.p, "{\"kty\":\"EC\",\"key_ops\":[\"sign\",\"verify\"],"
			  "\"crv\":\"P-256\"," EC_PUBLIC "}");
}

static void test_refused(void)
{
	static const char *const texts[] = {
		"{}",
		"{\"kty\":\"EC\"}",
		"{\"kty\":1}",
		"{\"kty\":\"RSA\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
		/* no private part; one of another key; a point off the curve */
		"{\"kty\":\"EC\",\"crv\":\"P-256\"," EC_PUBLIC "}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\"," EC_PUBLIC ",\"d\":\"AQ\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\","
		"" EC_PRIVATE "}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\"," EC_PUBLIC "," EC_PRIVATE
		"}",
		"{\"kty\":\"EC\",\"crv\":\"P-224\"," EC_PUBLIC "," EC_PRIVATE
		"}",
		/* base64 of the other alphabet; an operation of others */
		"{\"kty\":\"EC\",\"crv\":\"P-256\"," EC_PUBLIC
		",\"d\":\"jpsQnnGQmL+YBIffH1136cspYG6+0iY7X1fCE9+E9LI\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\"," EC_PUBLIC "," EC_PRIVATE
		",\"key_ops\":[\"encrypt\"]}",
	};
	KeyMaterial *none = NULL;

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		CHECK_EQ(parse(&none, texts[i]), JWK_E_INVALID);
	CHECK(!none);
}

/* Each member of an RSA key must be there and fit the others. */
static void test_rsa_is_checked(void)
{
	static const char *const names[] = {"n", "e",  "d",  "p",
					    "q", "dp", "dq", "qi"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		AKV_JSON cJSON *jwk = cJSON_Parse(rsa_jwk);
		KeyMaterial *none = NULL;

		CHECK(cJSON_ReplaceItemInObject(jwk, names[i],
						cJSON_CreateString("Bw")));
		CHECK_EQ(jwk_parse(&none, jwk, false), JWK_E_INVALID);
		cJSON_DeleteItemFromObject(jwk, names[i]);
		CHECK_EQ(jwk_parse(&none, jwk, false), JWK_E_INVALID);
	}
}

int main(void)
{
	RUN(test_ec);
	RUN(test_rsa);
	RUN(test_octets);
	RUN(test_public);
	RUN(test_refused);
	RUN(test_rsa_is_checked);
	return check_report();
}
