/* SPDX-License-Identifier: MIT */

/* What is said of a token, and where it works. */

#include "check.h"
#include "fs/token-report.h"

#define NOW_S 1800000000

static Buf text = BUF_INIT(BUF_MAX_FORM);

static TokenFacts facts_of(const char *audience)
{
	TokenFacts facts = {
		.now_s = NOW_S,
		.expires_s = -1,
		.claims = {.issued_s = -1,
			   .not_before_s = NOW_S - 60,
			   .expires_s = NOW_S + 3600},
	};

	(void)snprintf(facts.claims.audience, sizeof(facts.claims.audience),
		       "%s", audience);
	return facts;
}

static const char *said(const TokenFacts *facts)
{
	buf_reset(&text);
	return token_report_text(&text, facts) == 0 ? text.p : "";
}

static const char *json(const TokenFacts *facts)
{
	buf_reset(&text);
	return token_report_json(&text, facts) == 0 ? text.p : "";
}

#define CHECK_SAID(facts, part)                                            \
	do {                                                               \
		if (!strstr(said(facts), part))                            \
			CHECK_FAIL("\"%s\" is not in:\n%s", part, text.p); \
	} while (0)

static void test_a_token_that_works(void)
{
	TokenFacts facts = facts_of("https://vault.azure.net");

	CHECK_SAID(&facts, "Claims (unverified):\n");
	CHECK_SAID(&facts, "  audience         https://vault.azure.net\n");
	CHECK_SAID(&facts, "  not before       2027-01-15T07:59:00Z (1 minute "
			   "ago)\n");
	CHECK_SAID(&facts, "  expires          2027-01-15T09:00:00Z (in 1 "
			   "hour)\n");
	CHECK_SAID(&facts, "It works on the data plane of vaults in the cloud "
			   "public, and not on the management plane.\n");
	CHECK(!strstr(text.p, "Signed in"));
	facts.name = "client secret";
	facts.identity = "the-id";
	CHECK_SAID(&facts, "Signed in by client secret, the-id.\n");
	facts.identity = "";
	CHECK_SAID(&facts, "Signed in by client secret.\n");
}

static void test_planes(void)
{
	TokenFacts facts = facts_of("https://management.azure.com/");

	CHECK_SAID(&facts, "It works on the management plane of the cloud "
			   "public, and not on the data plane: it is for Azure "
			   "Resource Manager");
	facts = facts_of("https://graph.microsoft.com");
	CHECK_SAID(&facts, "It works neither on the data plane nor on the "
			   "management plane: it is for Microsoft Graph");
	facts = facts_of("https://managedhsm.azure.net");
	CHECK_SAID(&facts, "It works on the data plane of managed HSMs");
	facts.home = cloud_by_name("public");
	CHECK_SAID(&facts, "it is for managed HSMs");
	facts.is_hsm = true;
	CHECK_SAID(&facts, "It works on the data plane of managed HSMs");
	facts = facts_of("https://vault.azure.cn");
	CHECK_SAID(&facts, "in the cloud china");
	facts.home = cloud_by_name("public");
	CHECK_SAID(&facts, "set cloud=china");
	facts = facts_of("https://vault.example");
	facts.resource = "https://vault.example";
	CHECK_SAID(&facts, "It works on the data plane");
}

/* The right audience is no use then. */
static void test_times(void)
{
	TokenFacts facts = facts_of("https://vault.azure.net");

	facts.claims.expires_s = NOW_S;
	CHECK_SAID(&facts, "It works neither on the data plane nor on the "
			   "management plane: it is over since 2027-01-15T0");
	facts.claims.expires_s = NOW_S + 3600;
	facts.claims.not_before_s = NOW_S + 300;
	CHECK_SAID(&facts, "It works on the data plane");
	facts.claims.not_before_s = NOW_S + 301;
	CHECK_SAID(&facts, "it is not valid before 2027-01-15T08:05:01Z: set "
			   "this machine's clock");
}

static void test_an_opaque_token(void)
{
	TokenFacts facts = facts_of("");

	facts.answer = CLAIMS_E_OPAQUE;
	facts.expires_s = NOW_S + 90;
	CHECK_SAID(&facts, "(in 1 minute 30 seconds)");
	CHECK_SAID(&facts, "What it is for cannot be said: it is opaque");
	CHECK(!strstr(text.p, "Claims"));
	CHECK(strstr(json(&facts), "\"jwt\": false"));
	CHECK(strstr(text.p, "\"remaining_s\": 90"));
	CHECK(strstr(text.p, "\"data_plane\": false"));
	CHECK(!strstr(text.p, "audience_fault"));
}

static void test_json(void)
{
	TokenFacts facts = facts_of("https://vault.azure.net/");

	(void)snprintf(facts.claims.user, sizeof(facts.claims.user), "%s",
		       "\"***@contoso.com");
	CHECK(strstr(json(&facts), "\"audience_fault\": \"slash\""));
	CHECK(strstr(text.p, "\"data_plane\": false"));
	CHECK(strstr(text.p, "\"user_masked\": \"\\\"***@contoso.com\""));
	CHECK(!strstr(text.p, "\"iat\""));
	CHECK(!strstr(text.p, "signed_in_by"));
}

static void test_durations(void)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{0, "0 seconds"},
		{1, "1 second"},
		{59, "59 seconds"},
		{60, "1 minute"},
		{61, "1 minute 1 second"},
		{3599, "59 minutes 59 seconds"},
		{7199, "1 hour 59 minutes"},
		{86400, "1 day"},
		{86400 * 3 + 7200 + 5, "3 days 2 hours"},
		{86400 + 59, "1 day"},
	};
	char said_as[DURATION_TEXT_SIZE];

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		duration_text(said_as, rows[i].s);
		CHECK_STR(said_as, rows[i].text);
	}
}

int main(void)
{
	RUN(test_a_token_that_works);
	RUN(test_planes);
	RUN(test_times);
	RUN(test_an_opaque_token);
	RUN(test_json);
	RUN(test_durations);
	buf_done(&text);
	return check_report();
}
