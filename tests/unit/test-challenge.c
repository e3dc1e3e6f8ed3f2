/* SPDX-License-Identifier: MIT */

/*
 * Challenges that vaults, gateways and emulators send, and those that only an
 * attacker or a broken proxy would.
 */

#include "auth/challenge.h"
#include "check.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"

static int parse(Challenge *ret, const char *header)
{
	return challenge_parse(ret, &header, 1);
}

static void test_the_one_that_vaults_send(void)
{
	Challenge c;

	CHECK_OK(parse(
		&c, "Bearer authorization=\"https://login.windows.net/" TENANT
		    "\", resource=\"https://vault.azure.net\""));
	CHECK_STR(c.tenant, TENANT);
	CHECK_STR(c.resource, "https://vault.azure.net");
	CHECK_STR(c.claims, "");
}

static void test_other_spellings(void)
{
	static const char *const headers[] = {
		"bearer AUTHORIZATION=\"https://login.windows.net/" TENANT
		"\",resource=\"https://vault.azure.net\"",
		"Bearer resource=\"https://vault.azure.net\", "
		"authorization_uri=\"https://login.windows.net/" TENANT "/\"",
		"Bearer scope=\"https://vault.azure.net/.default\" , "
		"authorization=\"https://x.example/" TENANT "/oauth2\"",
		"BEARER  authorization = \"https://login.windows.net/" TENANT
		"\" ,\t resource=\t\"https://vault.azure.net/\"",
		/* a scheme without parameters follows */
		"Bearer authorization=\"https://a.example/" TENANT
		"\", resource=\"https://vault.azure.net\", Negotiate",
		", , Bearer ,authorization=\"https://a.example/" TENANT
		"\",,resource=\"https://vault.azure.net\", ",
		"Bearer authorization=\"https:\\/\\/a.example/" TENANT
		"\", resource=\"https://vault.azure.ne\\t\"",
		"Bearer authorization=\"https://a.example/" TENANT
		"\", scope=\"https://other\", "
		"resource=\"https://vault.azure.net\"",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(headers); i++) {
		Challenge c;

		CHECK_OK(parse(&c, headers[i]));
		CHECK_STR(c.tenant, TENANT);
		CHECK_STR(c.resource, "https://vault.azure.net");
	}
}

/* Exactly one "/.default" and one slash go. */
static void test_scopes(void)
{
	Challenge c;

	CHECK_OK(parse(&c, "Bearer authorization=\"https://a.example/t\", "
			   "scope=\"https://v//.default\""));
	CHECK_STR(c.resource, "https://v");
	CHECK_OK(parse(&c, "Bearer authorization=\"https://a.example/t\", "
			   "scope=\"https://v/.default/.default\""));
	CHECK_STR(c.resource, "https://v/.default");
	CHECK_OK(parse(&c, "Bearer authorization=\"https://a.example/t\", "
			   "resource=\"https://v/.default\""));
	CHECK_STR(c.resource, "https://v/.default");
}

static void test_several_challenges(void)
{
	static const char *const two_headers[] = {
		"Basic realm=\"a, b\", Negotiate YWJj==, NTLM",
		"Digest nonce=\"x\", qop=\"auth,auth-int\", "
		"Bearer authorization=\"https://a.example/first\", "
		"PoP authorization=\"https://a.example/pop\", "
		"Bearer authorization=\"https://a.example/second\"",
	};
	Challenge c;

	CHECK_OK(challenge_parse(&c, two_headers, 2));
	CHECK_STR(c.tenant, "first");
	CHECK_EQ(challenge_parse(&c, two_headers, 1), CHALLENGE_E_NONE);
	CHECK_EQ(challenge_parse(&c, two_headers, 0), CHALLENGE_E_NONE);
}

/* An unusable one does not hide a usable one. */
static void test_the_first_usable_one(void)
{
	static const char *const headers[] = {
		"Bearer authorization=\"http://a.example/clear\"",
		"Bearer",
		("Bearer realm=\"x\", error=\"invalid_token\", Bearer "
		 "authorization=\"https://a.example/good\""),
	};
	Challenge c;

	CHECK_EQ(challenge_parse(&c, headers, 1), CHALLENGE_E_INVALID);
	CHECK_EQ(challenge_parse(&c, headers, 2), CHALLENGE_E_INVALID);
	CHECK_OK(challenge_parse(&c, headers, 3));
	CHECK_STR(c.tenant, "good");
}

/* These words name no tenant; ARM names none at all. */
static void test_no_tenant(void)
{
	static const char *const paths[] = {
		"common/oauth2/authorize",
		"Common",
		"organizations/",
		"consumers",
		"adfs",
		"dstsv2/7a433bfc-2514-4697-b467-e0933190487f/",
		"",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(paths); i++) {
		char header[256];
		Challenge c;

		(void)snprintf(header, sizeof(header),
			       "Bearer authorization_uri=\"https://"
			       "login.windows.net/%s\"",
			       paths[i]);
		CHECK_OK(parse(&c, header));
		CHECK_STR(c.tenant, "");
	}
	{
		Challenge c;

		CHECK_OK(parse(&c,
			       "Bearer authorization=\"https://a.example\""));
		CHECK_STR(c.tenant, "");
	}
}

static void test_none(void)
{
	static const char *const headers[] = {
		"",
		" ",
		",",
		"Basic realm=\"x\"",
		"Negotiate",
		"Bearer",
		"Bearer realm=\"\"",
		"Bearer YWJj",
		"PoP authorization=\"https://a.example/t\"",
		"Bearers authorization=\"https://a.example/t\"",
	};
	Challenge c = {.tenant = "untouched"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(headers); i++)
		CHECK_EQ(parse(&c, headers[i]), CHALLENGE_E_NONE);
	CHECK_STR(c.tenant, "untouched");
}

static void test_broken_grammar(void)
{
	static const char *const headers[] = {
		"Bearer authorization=\"https://a.example/t",
		"Bearer authorization=\"https://a.example/t\\",
		"Bearer authorization=\"https://a.example/t\" resource=\"x\"",
		"Bearer authorization=\"https://a.example/t\"resource",
		"Bearer authorization=",
		"Bearer authorization",
		"Bearer authorization=https://a.example/t",
		"Bearer =\"x\"",
		"Bearer;authorization=\"https://a.example/t\"",
		"Bearer\"authorization\"",
		"authorization=\"https://a.example/t\"",
		"Bearer authorization=\"https://a.example/t\x01\"",
		"Bearer authorization=\"https://a.example/t\", x=\"",
		"\x80",
	};
	Challenge c = {.tenant = "untouched"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(headers); i++)
		if (parse(&c, headers[i]) == 0)
			CHECK_FAIL("was taken: %s", headers[i]);
	CHECK_STR(c.tenant, "untouched");
}

static void test_what_cannot_be_believed(void)
{
	static const char *const headers[] = {
		/* which of the two? */
		"Bearer authorization=\"https://a.example/t\", "
		"authorization=\"https://a.example/u\"",
		"Bearer authorization=\"https://a.example/t\", "
		"Authorization=\"https://a.example/t\"",
		"Bearer authorization=\"http://a.example/t\"",
		"Bearer authorization=\"a.example/t\"",
		"Bearer authorization=\"https://user@a.example/t\"",
		"Bearer authorization=\"https://a.example/t%2e\"",
		"Bearer authorization=\"https://a.example/azure_tenant\"",
		"Bearer authorization=\"https://a.example/..t?x=1#y\"",
		"Bearer authorization=\"https://a.example/"
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789\"",
		"Bearer authorization=\"https://a.example/t\", "
		"resource=\"https://sch\xc3\xb6n\"",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(headers); i++) {
		Challenge c;

		if (parse(&c, headers[i]) != CHALLENGE_E_INVALID)
			CHECK_FAIL("was not refused: %s", headers[i]);
	}
}

static void test_too_much(void)
{
	char header[8192];
	Challenge c;
	size_t n;

	n = (size_t)snprintf(header, sizeof(header),
			     "Bearer authorization=\"https://a.example/t\"");
	for (unsigned i = 0; i < CHALLENGE_PARAMETERS_MAX - 1; i++)
		n += (size_t)snprintf(header + n, sizeof(header) - n, ",a=b");
	CHECK_OK(parse(&c, header));
	(void)snprintf(header + n, sizeof(header) - n, ",a=b");
	CHECK_EQ(parse(&c, header), CHALLENGE_E_INVALID);

	n = (size_t)snprintf(header, sizeof(header),
			     "Bearer authorization=\"https://a.example/t\", "
			     "resource=\"%0300d\"",
			     1);
	CHECK_EQ(parse(&c, header), CHALLENGE_E_INVALID);
	/* but what is not ours may be of any length */
	n = (size_t)snprintf(header, sizeof(header),
			     "Bearer authorization=\"https://a.example/t\", "
			     "msg=\"%06000d\"",
			     1);
	CHECK(n < sizeof(header));
	CHECK_OK(parse(&c, header));
	CHECK_STR(c.tenant, "t");
}

static int claims_of(Buf *buf, const char *error, const char *claims)
{
	char header[512];
	Challenge c;
	int r;

	(void)snprintf(header, sizeof(header),
		       "Bearer realm=\"\", authorization_uri=\"https://"
		       "login.microsoftonline.com/common/oauth2/authorize\", "
		       "error=\"%s\", claims=\"%s\"",
		       error, claims);
	r = parse(&c, header);
	if (r != 0)
		return r;
	if (c.tenant[0] != '\0')
		return -EPROTO;
	return c.claims[0] != '\0' ? challenge_claims(&c, buf) : -ENODATA;
}

/* {"access_token":{"nbf":{"value":"1"}}}, {"a":"??>"}: base64 of each kind. */
static void test_claims(void)
{
	AKV_BUF Buf buf = BUF_INIT(BUF_MAX_LINE);

	CHECK_OK(claims_of(
		&buf, "insufficient_claims",
		"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="));
	CHECK_STR(buf.p, "{\"access_token\":{\"nbf\":{\"value\":\"1\"}}}");
	buf_reset(&buf);
	CHECK_OK(claims_of(&buf, "invalid_token", "eyJhIjoiPz8-In0"));
	CHECK_STR(buf.p, "{\"a\":\"?\?>\"}");
	buf_reset(&buf);
	CHECK_OK(claims_of(&buf, "insufficient_claims", "eyJhIjoiPz8+In0="));
	CHECK_STR(buf.p, "{\"a\":\"?\?>\"}");
}

static void test_claims_that_are_none(void)
{
	AKV_BUF Buf buf = BUF_INIT(BUF_MAX_LINE);

	CHECK_EQ(claims_of(&buf, "insufficient_claims", "e30*"),
		 CHALLENGE_E_INVALID);
	CHECK_EQ(claims_of(&buf, "insufficient_claims", "WzFd"), /* [1] */
		 CHALLENGE_E_INVALID);
	CHECK_EQ(claims_of(&buf, "insufficient_claims", "e30x"), /* {}1 */
		 CHALLENGE_E_INVALID);
	CHECK_EQ(claims_of(&buf, "insufficient_claims", ""), -ENODATA);
	CHECK_EQ(claims_of(&buf, "other", "e30"), -ENODATA);
	CHECK_EQ(buf.n, 0);
}

static void test_tenants(void)
{
	CHECK(tenant_is_valid(TENANT));
	CHECK(tenant_is_valid("contoso.onmicrosoft.com"));
	CHECK(!tenant_is_valid(""));
	CHECK(!tenant_is_valid(".."));
	CHECK(!tenant_is_valid("a/b"));
	CHECK(!tenant_is_valid("a_b"));
	CHECK(!tenant_is_valid("a b"));
	CHECK(!tenant_is_valid("a%2fb"));
}

int main(void)
{
	RUN(test_the_one_that_vaults_send);
	RUN(test_other_spellings);
	RUN(test_scopes);
	RUN(test_several_challenges);
	RUN(test_the_first_usable_one);
	RUN(test_no_tenant);
	RUN(test_none);
	RUN(test_broken_grammar);
	RUN(test_what_cannot_be_believed);
	RUN(test_too_much);
	RUN(test_claims);
	RUN(test_claims_that_are_none);
	RUN(test_tenants);
	return check_report();
}
