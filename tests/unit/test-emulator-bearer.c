/* SPDX-License-Identifier: MIT */

/* The gate: each wrong token with the words the service has for it. */

#include <openssl/rsa.h>

#include "emulator/bearer.h"
#include "emulator/jwt.h"
#include "tests/unit/check.h"

enum { NOW_S = 1700000000 };

static EVP_PKEY *key;
static BearerCache cache;

static int check_at(const char *host, Caller *caller, char *why,
		    const char *authorization, int64_t now_s)
{
	HostMatch where;
	BearerPolicy policy = {
		.key = key,
		.key_id = "kid",
		.tenant = "t1",
		.now_s = now_s,
	};

	host_match(&where, host);
	policy.cloud = where.cloud;
	policy.resource = where.cloud->vault_resource;
	return bearer_check(caller, why, &cache, &policy, authorization);
}

static int check(Caller *caller, char *why, const char *authorization,
		 int64_t now_s)
{
	return check_at("demo.vault.azure.net", caller, why, authorization,
			now_s);
}

/* "Bearer " and a token with that audience and tenant. */
static int authorize(Buf *ret, const char *audience, const char *tenant)
{
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	int r;

	r = buf_printf(
		&claims,
		"{\"aud\":\"%s\",\"iss\":\"https://sts.windows.net/%s/\","
		"\"nbf\":%d,\"exp\":%d,\"appid\":\"app\",\"oid\":\"obj\","
		"\"tid\":\"%s\"}",
		audience, tenant, NOW_S, NOW_S + 3600, tenant);
	if (r == 0)
		r = buf_append_string(ret, "Bearer ");
	if (r == 0)
		r = jwt_sign(ret, key, "kid", claims.p, claims.n);
	return r;
}

static void test_taken(void)
{
	AKV_BUF Buf header = BUF_INIT(JWT_MAX);
	char why[BEARER_WHY_SIZE];
	Caller caller = {0};

	CHECK_OK(authorize(&header, "https://vault.azure.net", "t1"));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(check(&caller, why, header.p, NOW_S));
		CHECK_STR(caller.client_id, "app");
		CHECK_STR(caller.object_id, "obj");
	}
	header.p[0] = 'b';
	CHECK_OK(check(&caller, why, header.p, NOW_S));
}

static void check_why(const char *audience, const char *tenant, int64_t now_s,
		      const char *expected)
{
	AKV_BUF Buf header = BUF_INIT(JWT_MAX);
	char why[BEARER_WHY_SIZE];
	Caller caller;

	CHECK_OK(authorize(&header, audience, tenant));
	CHECK_EQ(check(&caller, why, header.p, now_s), BEARER_E_DENIED);
	CHECK_STR(why, expected);
}

static void test_audience(void)
{
	check_why("https://vault.azure.net/", "t1", NOW_S,
		  "AKV10022: Invalid audience. Expected "
		  "https://vault.azure.net, found: https://vault.azure.net/.");
	check_why("https://management.azure.com", "t1", NOW_S,
		  "AKV10022: Invalid audience. Expected "
		  "https://vault.azure.net, found: "
		  "https://management.azure.com.");
}

/* By its application id, in tokens of the v2 format only. */
static void test_application_id_is_an_audience(void)
{
	static const char format[] =
		"{\"aud\":\"cfa8b339-82a2-471a-a3c9-0fc0be7a4093\","
		"\"iss\":\"https://login.microsoftonline.com/t1/v2.0\","
		"\"nbf\":%d,\"exp\":%d,\"azp\":\"app\",\"oid\":\"obj\","
		"\"tid\":\"t1\",\"ver\":\"2.0\"}";
	AKV_BUF Buf claims = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf header = BUF_INIT(JWT_MAX);
	char why[BEARER_WHY_SIZE];
	Caller caller;

	CHECK_OK(buf_printf(&claims, format, NOW_S, NOW_S + 3600));
	CHECK_OK(buf_append_string(&header, "Bearer "));
	CHECK_OK(jwt_sign(&header, key, "kid", claims.p, claims.n));
	CHECK_OK(check(&caller, why, header.p, NOW_S));
	CHECK_STR(caller.client_id, "app");

	check_why("cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "t1", NOW_S,
		  "AKV10022: Invalid audience. Expected "
		  "https://vault.azure.net, found: "
		  "cfa8b339-82a2-471a-a3c9-0fc0be7a4093.");
	check_why("spn:cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "t1", NOW_S,
		  "AKV10022: Invalid audience. Expected "
		  "https://vault.azure.net, found: "
		  "spn:cfa8b339-82a2-471a-a3c9-0fc0be7a4093.");
}

/* Each vault takes tokens for the resource of its own cloud, to the letter. */
static void test_clouds(void)
{
	static const char *const suffixes[] = {
		"vault.azure.net",          "vault.azure.cn",
		"vault.usgovcloudapi.net",  "vault.microsoftazure.de",
		"vault.sovcloud-api.fr",    "vault.sovcloud-api.de",
		"managedhsm.azure.net",     "VAULT.azure.net",
		"demo.vault.azure.net",     "management.azure.com",
		"vault.azure.net/.default",
	};
	char host[64], audience[64], why[BEARER_WHY_SIZE];
	Caller caller;

	for (size_t i = 0; i < 6; i++) {
		(void)snprintf(host, sizeof(host), "demo.%s", suffixes[i]);
		for (size_t j = 0; j < AKV_ARRAY_LEN(suffixes); j++) {
			AKV_BUF Buf header = BUF_INIT(JWT_MAX);

			(void)snprintf(audience, sizeof(audience), "https://%s",
				       suffixes[j]);
			CHECK_OK(authorize(&header, audience, "t1"));
			CHECK_EQ(check_at(host, &caller, why, header.p, NOW_S),
				 i == j ? 0 : BEARER_E_DENIED);
			CHECK(i == j || strncmp(why, "AKV10022:", 9) == 0);
		}
	}
}

static void test_issuer(void)
{
	check_why("https://vault.azure.net", "t2", NOW_S,
		  "AKV10032: Invalid issuer. Expected one of "
		  "https://sts.windows.net/t1/, found "
		  "https://sts.windows.net/t2/.");
}

static void test_time(void)
{
	check_why("https://vault.azure.net", "t1", NOW_S + 3600,
		  "[TokenExpired] Error validating token: 'S2S12086'.");
	check_why("https://vault.azure.net", "t1", NOW_S - BEARER_SKEW_S - 1,
		  "[TokenNotYetValid] Error validating token: 'S2S12087'.");
}

static void test_no_token(void)
{
	char why[BEARER_WHY_SIZE];
	Caller caller;

	CHECK_EQ(check(&caller, why, "", NOW_S), BEARER_E_DENIED);
	CHECK_STR(why, "AKV10000: Request is missing a Bearer or PoP token.");
	CHECK_EQ(check(&caller, why, "Basic eDp5", NOW_S), BEARER_E_DENIED);
	CHECK_EQ(check(&caller, why, "Bearer ", NOW_S), BEARER_E_DENIED);
	CHECK_EQ(check(&caller, why, "Bearer abc.def", NOW_S), BEARER_E_DENIED);
	CHECK_STR(why, "AKV10046: Unable to resolve the key used for signature "
		       "validation. EncodedJwtHeader:'abc'");
}

/* More tokens than are remembered: each is still judged rightly. */
static void test_many(void)
{
	char why[BEARER_WHY_SIZE];
	Caller caller;

	for (int i = 0; i < BEARER_CACHE_SIZE + 10; i++) {
		AKV_BUF Buf header = BUF_INIT(JWT_MAX);
		char tenant[16];

		(void)snprintf(tenant, sizeof(tenant), "t%d", i % 2 + 1);
		CHECK_OK(authorize(&header, "https://vault.azure.net", tenant));
		CHECK_EQ(check(&caller, why, header.p, NOW_S), i % 2);
	}
}

int main(void)
{
	key = EVP_RSA_gen(2048);
	if (!key)
		return 1;
	RUN(test_taken);
	RUN(test_audience);
	RUN(test_application_id_is_an_audience);
	RUN(test_clouds);
	RUN(test_issuer);
	RUN(test_time);
	RUN(test_no_token);
	RUN(test_many);
	bearer_cache_done(&cache);
	EVP_PKEY_free(key);
	return check_report();
}
