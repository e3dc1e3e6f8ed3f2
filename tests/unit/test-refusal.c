/* SPDX-License-Identifier: MIT */

/* What a 401 makes us do, and that it ends. */

#include "check.h"
#include "vault/refusal.h"

#define TENANT_1 "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define TENANT_2 "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"

static Source source;
static Challenge challenge;
static RefusalFacts facts;
static char why[512];

/* A learnt tenant, a token that was at hand, and the usual challenge. */
static void begin(void)
{
	if (source_parse(&source, "demo", NULL, why, sizeof(why)) != 0)
		abort();
	challenge = (Challenge){
		.tenant = TENANT_1,
		.resource = "https://vault.azure.net",
	};
	facts = (RefusalFacts){
		.source = &source,
		.challenge = &challenge,
		.tenant = TENANT_1,
	};
}

static enum refusal_act judge(void)
{
	(void)snprintf(why, sizeof(why), "untouched");
	return refusal_judge(&facts, why, sizeof(why));
}

static void test_the_first_one_tells_the_tenant(void)
{
	begin();
	facts.tenant = NULL;
	CHECK_EQ(judge(), REFUSAL_TAKE_TENANT);
	challenge.resource[0] = '\0';
	CHECK_EQ(judge(), REFUSAL_TAKE_TENANT);
}

static void test_one_that_tells_none(void)
{
	begin();
	facts.tenant = NULL;
	challenge.tenant[0] = '\0';
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK(strstr(why, "tenant_id=") != NULL);
	facts.challenge = NULL;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK(strstr(why, "demo") != NULL);
}

/* Whoever answers wants a token for somebody else. */
static void test_another_resource(void)
{
	static const char *const resources[] = {
		"https://management.azure.com",
		"https://azure.net",
		"https://vault.azure.cn",
		"https://managedhsm.azure.net",
		"https://demo.vault.azure.net",
		"https://evil.example",
		"vault.azure.net",
	};

	begin();
	facts.tenant = NULL;
	for (size_t i = 0; i < AKV_ARRAY_LEN(resources); i++) {
		(void)snprintf(challenge.resource, sizeof(challenge.resource),
			       "%s", resources[i]);
		CHECK_EQ(judge(), REFUSAL_FINAL);
		CHECK(strstr(why, resources[i]) != NULL);
	}
	/* The user's own word outweighs it. */
	source.resource = "https://emulator.example";
	CHECK_EQ(judge(), REFUSAL_TAKE_TENANT);
}

/* A managed HSM has a resource of its own, and may ask for no other. */
static void test_the_resource_of_a_managed_hsm(void)
{
	begin();
	facts.tenant = NULL;
	if (source_parse(&source, "demo.managedhsm.azure.net", NULL, why,
			 sizeof(why)) != 0)
		abort();
	(void)snprintf(challenge.resource, sizeof(challenge.resource),
		       "https://managedhsm.azure.net");
	CHECK_EQ(judge(), REFUSAL_TAKE_TENANT);
	(void)snprintf(challenge.resource, sizeof(challenge.resource),
		       "https://vault.azure.net");
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK(strstr(why, "one for https://managedhsm.azure.net only") != NULL);
}

static void test_an_old_token_is_replaced_once(void)
{
	begin();
	CHECK_EQ(judge(), REFUSAL_MINT);
	CHECK_STR(why, "");
	facts.challenge = NULL;
	CHECK_EQ(judge(), REFUSAL_MINT);
	facts.minted = true;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK_STR(why, "");
	begin();
	facts.token_is_fresh = true;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK_STR(why, "");
}

static void test_a_configured_tenant_that_is_another(void)
{
	begin();
	facts.tenant = TENANT_2;
	facts.tenant_is_configured = true;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK(strstr(why, TENANT_1) != NULL);
	CHECK(strstr(why, TENANT_2) != NULL);
	CHECK(strstr(why, "tenant_id=" TENANT_1) != NULL);
	/* the same in other letters */
	facts.tenant = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";
	CHECK_EQ(judge(), REFUSAL_MINT);
	/* a domain may well be the same tenant */
	facts.tenant = "contoso.onmicrosoft.com";
	CHECK_EQ(judge(), REFUSAL_MINT);
}

static void test_tenants_that_are_allowed(void)
{
	static const struct {
		const char *list;
		enum refusal_act act;
	} rows[] = {
		{"", REFUSAL_FINAL},
		{";", REFUSAL_FINAL},
		{TENANT_2, REFUSAL_FINAL},
		{TENANT_1 "0", REFUSAL_FINAL},
		{"**", REFUSAL_FINAL},
		{"*", REFUSAL_TAKE_TENANT},
		{TENANT_1, REFUSAL_TAKE_TENANT},
		{TENANT_2 ";; " TENANT_1, REFUSAL_TAKE_TENANT},
		{"72F988BF-86F1-41AF-91AB-2D7CD011DB47;", REFUSAL_TAKE_TENANT},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		begin();
		facts.tenant = TENANT_2;
		facts.tenant_is_configured = true;
		facts.allowed_tenants = rows[i].list;
		if (judge() != rows[i].act)
			CHECK_FAIL("\"%s\"", rows[i].list);
		/* once: then it is the other one's token that is refused */
		facts.tenant_taken = true;
		CHECK_EQ(judge(), REFUSAL_FINAL);
		CHECK(strstr(why, "allowed_tenants=") != NULL);
	}
}

static void test_the_vault_has_moved(void)
{
	begin();
	facts.tenant = TENANT_2;
	facts.minted = true;
	CHECK_EQ(judge(), REFUSAL_TAKE_TENANT);
	facts.tenant_taken = true;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	CHECK(strstr(why, TENANT_2) != NULL);
	facts.tenant_taken = false;
	(void)snprintf(challenge.resource, sizeof(challenge.resource),
		       "https://evil.example");
	CHECK_EQ(judge(), REFUSAL_FINAL);
}

/* The challenge for claims names "common", which the parser made nothing. */
static void test_claims(void)
{
	begin();
	challenge = (Challenge){.claims = "e30"};
	facts.token_is_fresh = true;
	facts.tenant_is_configured = true;
	CHECK_EQ(judge(), REFUSAL_ANSWER_CLAIMS);
	facts.claims_answered = true;
	CHECK_EQ(judge(), REFUSAL_FINAL);
	/* without a token there is nothing to claim */
	facts.claims_answered = false;
	facts.tenant = NULL;
	CHECK_EQ(judge(), REFUSAL_FINAL);
}

int main(void)
{
	RUN(test_the_first_one_tells_the_tenant);
	RUN(test_one_that_tells_none);
	RUN(test_another_resource);
	RUN(test_the_resource_of_a_managed_hsm);
	RUN(test_an_old_token_is_replaced_once);
	RUN(test_a_configured_tenant_that_is_another);
	RUN(test_tenants_that_are_allowed);
	RUN(test_the_vault_has_moved);
	RUN(test_claims);
	return check_report();
}
