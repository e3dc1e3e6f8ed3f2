/* SPDX-License-Identifier: MIT */

/* The sentences that half of the support cases come down to, to the letter. */

#include "auth/doctor-token.h"
#include "check.h"

#define T1 "11111111-1111-1111-1111-111111111111"
#define T2 "22222222-2222-2222-2222-222222222222"
#define APP "aaaaaaaa-1111-1111-1111-111111111111"
#define NOW_S INT64_C(1764064800) /* 2025-11-25T10:00:00Z */

static Finding finding;
static Claims claims;
static TokenStageFacts facts;

#define SET(member, text) (void)snprintf(member, sizeof(member), "%s", text)

static void begin(const char *audience)
{
	claims = (Claims){
		.tenant = T1,
		.issuer = "https://sts.windows.net/" T1 "/",
		.app_id = APP,
		.object_id = "o-1",
		.kind = "app",
		.version = "1.0",
		.issued_s = NOW_S - 60,
		.not_before_s = NOW_S - 60,
		.expires_s = NOW_S + 3600,
	};
	SET(claims.audience, audience);
	facts = (TokenStageFacts){
		.claims = &claims,
		.cloud = cloud_by_name("public"),
		.plane = AUDIENCE_VAULT,
		.vault = "demo",
		.tenant = T1,
		.client_id = APP,
		.kind = "secret",
		.now_s = NOW_S,
	};
}

static const char *code(void)
{
	doctor_token(&finding, &facts);
	return finding.code;
}

static void test_a_good_one(void)
{
	begin("https://vault.azure.net");
	CHECK_STR(code(), "token-ok");
	CHECK_STR(finding.sentence,
		  "you are the application " APP " (object o-1)");
	CHECK_STR(finding_fact_text(&finding, "remaining_s"), "3600");
	CHECK_STR(finding_fact_text(&finding, "expires"),
		  "2025-11-25T11:00:00Z");
	SET(claims.managed_id, "/subscriptions/s/x");
	CHECK(strstr((code(), finding.sentence), "the managed identity"));
	begin("https://vault.azure.net");
	SET(claims.kind, "user");
	SET(claims.user, "a***@contoso.com");
	CHECK_STR((code(), finding.sentence),
		  "you are the user a***@contoso.com (object o-1)");
}

static void test_the_seed_case(void)
{
	begin("https://management.azure.com/");
	CHECK_STR(code(), "token-audience-arm");
	CHECK_STR(finding.sentence,
		  "The token is for Azure Resource Manager (aud "
		  "https://management.azure.com/), the vault wants "
		  "https://vault.azure.net: request that resource.");
	CHECK_EQ(finding.exit, FINDING_EXIT_AUTHENTICATION);
	CHECK_STR(finding.command,
		  "akvfs doctor -o resource=https://vault.azure.net demo");
	facts.kind = "";
	(void)code();
	CHECK(strstr(finding.command, "--resource https://vault.azure.net "));
	CHECK(strstr(finding.command, "| akvfs doctor --token-stdin demo"));
	begin("https://vault.azure.net/");
	CHECK_STR(code(), "token-audience-slash");
	CHECK_STR(finding.sentence,
		  "The token's audience ends in '/', Key Vault requires none: "
		  "use https://vault.azure.net.");
}

static void test_other_audiences(void)
{
	begin("https://demo.vault.azure.net");
	CHECK_STR(code(), "token-audience-vault");
	CHECK(strstr(finding.sentence, "https://vault.azure.net"));
	begin("https://graph.microsoft.com");
	CHECK_STR(code(), "token-audience-graph");
	begin("https://vault.azure.cn");
	CHECK_STR(code(), "token-audience");
	begin("api://something");
	CHECK_STR(code(), "token-audience");
	begin("");
	CHECK_STR(code(), "token-audience");
	begin("https://vault.azure.net");
	facts.plane = AUDIENCE_HSM;
	CHECK_STR(code(), "token-audience");
	CHECK(strstr(finding.command, "https://managedhsm.azure.net"));
}

static void test_tenants(void)
{
	begin("https://vault.azure.net");
	SET(claims.tenant, T2);
	facts.kind = "cli";
	CHECK_STR(code(), "token-tenant");
	CHECK_STR(finding.sentence,
		  "You are signed in to tenant " T2 ", vault belongs to " T1
		  ": az login --tenant " T1 ".");
	CHECK_STR(finding.command, "az login --tenant " T1);
	facts.kind = "secret";
	CHECK_STR((code(), finding.command), "export AZURE_TENANT_ID=" T1);
	SET(claims.tenant, T1);
	SET(claims.issuer, "https://sts.windows.net/" T2 "/");
	CHECK_STR(code(), "token-issuer");
	SET(claims.issuer, "https://login.microsoftonline.com/" T1 "/v2.0");
	CHECK_STR(code(), "token-ok");
	SET(claims.tenant, T2);
	facts.tenant = "";
	CHECK_STR(code(), "token-ok");
}

static void test_times(void)
{
	begin("https://vault.azure.net");
	claims.expires_s = NOW_S;
	CHECK_STR(code(), "token-expired");
	CHECK(strstr(finding.sentence, "2025-11-25T10:00:00Z"));
	claims.expires_s = -1;
	claims.not_before_s = NOW_S + 300;
	CHECK_STR(code(), "token-ok");
	claims.not_before_s = NOW_S + 301;
	CHECK_STR(code(), "token-not-yet");
}

static void test_another_identity(void)
{
	begin("https://vault.azure.net");
	facts.client_id = "another";
	CHECK_STR(code(), "token-identity");
	CHECK_EQ(finding.state, FINDING_WARNING);
	CHECK(strstr(finding.sentence, APP));
	CHECK(strstr(finding.sentence, "not another"));
}

static void test_what_is_no_jwt(void)
{
	begin("");
	facts.result = CLAIMS_E_OPAQUE;
	CHECK_STR(code(), "token-opaque");
	CHECK_EQ(finding.state, FINDING_WARNING);
	CHECK_EQ(finding.n_facts, 0);
	facts.result = CLAIMS_E_INVALID;
	CHECK_STR(code(), "token-damaged");
}

int main(void)
{
	RUN(test_a_good_one);
	RUN(test_the_seed_case);
	RUN(test_other_audiences);
	RUN(test_tenants);
	RUN(test_times);
	RUN(test_another_identity);
	RUN(test_what_is_no_jwt);
	return check_report();
}
