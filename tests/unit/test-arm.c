/* SPDX-License-Identifier: MIT */

/* The run of a get: what is asked of whom, with whose token, and its ends. */

#include "caller.h"
#include "vault/arm.h"

#define GUID "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define ID                                                     \
	"/subscriptions/" GUID "/resourceGroups/rg/providers/" \
	"Microsoft.KeyVault/vaults/demo"
#define ARM_HOST "https://management.azure.com"
#define QUERY                                                   \
	ARM_HOST "/providers/Microsoft.ResourceGraph/resources" \
		 "?api-version=2022-10-01"
#define VAULT_BODY                                                        \
	"{\"id\":\"" ID "\",\"location\":\"westeurope\",\"properties\":{" \
	"\"tenantId\":\"" TENANT_1                                        \
	"\",\"accessPolicies\":[{\"tenantId\":\"" TENANT_1                \
	"\",\"objectId\":\"" GUID "\",\"permissions\":{}}]}}"

typedef struct Taken {
	unsigned calls;
	ArmVault *vault;
	VaultError error;
} Taken;

static Arm *arm;
static Taken taken;

static void taken_done(void *data, ArmVault **found, const VaultError *error)
{
	(void)data;
	taken.calls++;
	taken.error = *error;
	taken.vault = arm_vault_free(taken.vault);
	taken.vault = AKV_TAKE(*found);
	if (!taken.vault != (error->answer != VAULT_OK))
		abort();
}

static void arm_begin(const char *id_text)
{
	ArmId id;

	taken = (Taken){0};
	begin_warm();
	if (id_text && arm_id_parse(&id, id_text, strlen(id_text)) != 0)
		abort();
	if (arm_new(&arm, id_text ? &id : NULL, vault, NULL, NULL, sign_in,
		    TIMEOUT) != 0)
		abort();
}

static void arm_end(void)
{
	taken.vault = arm_vault_free(taken.vault);
	arm = arm_free(arm);
	end();
}

static bool last_begins(const char *url, const char *authorization)
{
	const FakeRequest *request = fake_http_last();

	if (strncmp(request->url, url, strlen(url)) == 0 &&
	    strcmp(request->authorization, authorization) == 0)
		return true;
	(void)fprintf(stderr, "last: %s with \"%s\"\n", request->url,
		      request->authorization);
	return false;
}

static void say(int status, const char *body)
{
	answer(&(FakeAnswer){.status = status, .body = body});
}

static void say_error(int status, const char *code)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"%s\",\"message\":\"m\"}}", code);
	say(status, body);
}

/* Sign in for ARM, whose first request is then under way. */
static bool granted(void)
{
	bool asked = last_is_for_tenant(TENANT_1) &&
		     strstr(fake_http_last()->body,
			    "scope=https%3A%2F%2Fmanagement.azure.com%2F."
			    "default") != NULL;

	grant("arm");
	return asked;
}

static void test_nothing_before_it_is_asked(void)
{
	size_t before;

	arm_begin(NULL);
	before = fake_http_count();
	fake_loop_pass(300 * S);
	CHECK_EQ(fake_http_count(), before);
	arm_end();
}

/* By Resource Graph; then the vault, its roles, and the names. */
static void test_the_whole_way(void)
{
	arm_begin(NULL);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK_EQ(arm_get(arm, taken_done, NULL), -EBUSY);
	CHECK(granted());
	CHECK(last_is(QUERY, "Bearer arm"));
	CHECK_STR(fake_http_last()->method, "POST");
	CHECK_STR(fake_http_last()->content_type, "application/json");
	CHECK(strstr(fake_http_last()->body, "name =~ 'demo'") != NULL);
	say(200, "{\"data\":[{\"id\":\"" ID
		 "\",\"properties_vaultUri\":\"https://demo.vault.azure.net/\""
		 "}]}");
	CHECK(last_is(ARM_HOST ID "?api-version=2026-02-01", "Bearer arm"));
	CHECK_STR(fake_http_last()->method, "GET");
	say(200, VAULT_BODY);
	CHECK(last_begins(ARM_HOST ID "/providers/Microsoft.Authorization/"
				      "roleAssignments?",
			  "Bearer arm"));
	say(200, "{\"value\":[]}");
	/* The third audience, and neither of the other tokens. */
	CHECK(last_is_for_tenant(TENANT_1));
	CHECK(strstr(fake_http_last()->body,
		     "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default") !=
	      NULL);
	grant("graph");
	CHECK(last_is("https://graph.microsoft.com/v1.0/directoryObjects/"
		      "getByIds",
		      "Bearer graph"));
	CHECK(strstr(fake_http_last()->body, GUID) != NULL);
	CHECK_EQ(taken.calls, 0);
	say(200, "{\"value\":[{\"id\":\"" GUID "\",\"displayName\":\"Ada\"}]}");
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_OK);
	CHECK_STR(taken.vault->location, "westeurope");
	CHECK(taken.vault->roles != NULL);
	CHECK(cJSON_GetObjectItem(taken.vault->policies->child,
				  "displayName") != NULL);
	arm_end();
}

/* The id is known then: one question less. */
static void test_the_second_time(void)
{
	arm_begin(ID);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_OK(arm_get(arm, taken_done, NULL));
		if (i == 0)
			CHECK(granted());
		CHECK(last_begins(ARM_HOST ID "?", "Bearer arm"));
		say(200, VAULT_BODY);
		say_error(403, "AuthorizationFailed");
		if (i == 0)
			grant("graph");
		say_error(403, "Authorization_RequestDenied");
		CHECK_EQ(taken.calls, i + 1);
		CHECK_EQ(taken.error.answer, VAULT_OK);
		CHECK(!taken.vault->roles);
	}
	arm_end();
}

static void test_the_id_of_a_refusal(void)
{
	Caller caller = {0};

	arm_begin(NULL);
	CHECK_OK(get(&caller));
	say(403, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Caller is "
		 "not authorized.\\r\\nResource: '/subscriptions/" GUID
		 "/resourcegroups/rg/providers/microsoft.keyvault/vaults/"
		 "demo'\\r\\n\",\"innererror\":{\"code\":\"ForbiddenByRbac\""
		 "}}}");
	CHECK_EQ(caller.error.answer, VAULT_E_FORBIDDEN);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	CHECK(last_begins(ARM_HOST ID "?", "Bearer arm"));
	arm_end();
	CHECK_EQ(taken.calls, 0);
}

/* A refusal about another vault says nothing of this one. */
static void test_the_id_of_another(void)
{
	Caller caller = {0};

	arm_begin(NULL);
	CHECK_OK(get(&caller));
	say(403, "{\"error\":{\"code\":\"Forbidden\",\"message\":"
		 "\"Resource: '" ID "2'\"}}");
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	CHECK(last_is(QUERY, "Bearer arm"));
	arm_end();
}

#define SUBSCRIPTIONS ARM_HOST "/subscriptions?api-version=2022-12-01"
#define RESOURCES ARM_HOST "/subscriptions/" GUID "/resources?"

static void test_by_subscriptions(void)
{
	arm_begin(NULL);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	say_error(403, "AuthorizationFailed");
	CHECK(last_is(SUBSCRIPTIONS, "Bearer arm"));
	say(200, "{\"value\":[{\"subscriptionId\":\"" TENANT_2
		 "\"},{\"subscriptionId\":\"" GUID "\"}]}");
	CHECK(last_begins(ARM_HOST "/subscriptions/" TENANT_2 "/resources?",
			  "Bearer arm"));
	say_error(403, "AuthorizationFailed");
	CHECK(last_begins(RESOURCES "$filter=", "Bearer arm"));
	say(200, "{\"value\":[],\"nextLink\":\"" RESOURCES
		 "$skiptoken=abc&api-version=2015-11-01\"}");
	CHECK(last_begins(RESOURCES "$skiptoken=abc", "Bearer arm"));
	say(200, "{\"value\":[{\"id\":\"" ID "\"}]}");
	CHECK(last_begins(ARM_HOST ID "?", "Bearer arm"));
	arm_end();
}

/* The token goes nowhere else, and a search ends. */
static void test_foreign_links(void)
{
	static const char *const links[] = {
		"https://evil.example/subscriptions/" GUID "/resources?a=b",
		ARM_HOST "/other?a=b",
		"http://management.azure.com/subscriptions/" GUID
		"/resources?a=b",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++) {
		char body[512];

		arm_begin(NULL);
		CHECK_OK(arm_get(arm, taken_done, NULL));
		CHECK(granted());
		say(200, "{\"data\":[]}");
		say(200, "{\"value\":[{\"subscriptionId\":\"" GUID "\"}]}");
		(void)snprintf(body, sizeof(body),
			       "{\"value\":[],\"nextLink\":\"%s\"}", links[i]);
		say(200, body);
		CHECK_EQ(taken.calls, 1);
		CHECK_EQ(taken.error.answer, VAULT_E_NOT_FOUND);
		CHECK(strstr(taken.error.sentence, "arm_id=") != NULL);
		arm_end();
	}
}

static void test_a_search_without_end(void)
{
	char body[512];

	arm_begin(NULL);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	say(200, "{\"data\":[]}");
	say(200, "{\"value\":[{\"subscriptionId\":\"" GUID "\"}]}");
	for (unsigned i = 0; i < ARM_REQUESTS_MAX && taken.calls == 0; i++) {
		(void)snprintf(
			body, sizeof(body),
			"{\"value\":[],\"nextLink\":\"" RESOURCES "p=%u\"}", i);
		say(200, body);
	}
	CHECK_EQ(taken.calls, 1);
	CHECK(taken.error.answer != VAULT_OK);
	arm_end();
}

static void test_an_older_version(void)
{
	arm_begin(ID);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	say_error(400, "NoRegisteredProviderFound");
	CHECK(last_is(ARM_HOST ID "?api-version=2023-07-01", "Bearer arm"));
	say_error(400, "InvalidApiVersionParameter");
	CHECK(last_is(ARM_HOST ID "?api-version=2019-09-01", "Bearer arm"));
	say_error(400, "InvalidApiVersionParameter");
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_E_REFUSED);
	arm_end();
}

static void test_not_permitted(void)
{
	arm_begin(ID);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	say_error(403, "AuthorizationFailed");
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_E_FORBIDDEN);
	CHECK(strstr(taken.error.sentence, "Reader") != NULL);
	arm_end();
}

static void test_no_token_for_it(void)
{
	arm_begin(ID);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(last_is_for_tenant(TENANT_1));
	say(400, "{\"error\":\"invalid_resource\",\"error_description\":"
		 "\"AADSTS500011: no.\"}");
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_E_UNAUTHORIZED);
	arm_end();
}

static void test_hostile_answers(void)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"{\"id\":\"" ID "2\",\"properties\":{}}",
		"{\"id\":\"" ID "\",\"properties\":{\"sku\":1}}",
		"{\"id\":\"" ID "\",\"properties\":{},\"properties\":{}}",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bodies); i++) {
		arm_begin(ID);
		CHECK_OK(arm_get(arm, taken_done, NULL));
		CHECK(granted());
		say(200, bodies[i]);
		CHECK_EQ(taken.calls, 1);
		CHECK_EQ(taken.error.answer, VAULT_E_UNTRUSTED);
		arm_end();
	}
}

/* What is a plus gets half of the time, and does not take the rest along. */
static void test_roles_that_hang(void)
{
	uint64_t now_us;

	arm_begin(ID);
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK(granted());
	now_us = clock_now_us();
	CHECK_EQ(fake_http_last()->deadline_us, now_us + TIMEOUT);
	say(200, VAULT_BODY);
	CHECK_EQ(fake_http_last()->deadline_us, now_us + TIMEOUT / 2);
	answer(&(FakeAnswer){.result = HTTP_E_TIMEOUT});
	fake_loop_pass(TIMEOUT);
	if (taken.calls == 0)
		grant("graph");
	if (taken.calls == 0)
		say(200, "{\"value\":[]}");
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_OK);
	arm_end();
}

static void test_of_an_hsm(void)
{
	taken = (Taken){0};
	begin_at("demo.managedhsm.azure.net", TENANT_1);
	CHECK_OK(arm_new(&arm, NULL, vault, NULL, NULL, sign_in, TIMEOUT));
	CHECK_OK(arm_get(arm, taken_done, NULL));
	CHECK_EQ(taken.calls, 0);
	fake_loop_pass(1);
	CHECK_EQ(taken.calls, 1);
	CHECK_EQ(taken.error.answer, VAULT_E_ABSENT);
	CHECK_EQ(fake_http_count(), 0);
	arm_end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_nothing_before_it_is_asked);
	RUN(test_the_whole_way);
	RUN(test_the_second_time);
	RUN(test_the_id_of_a_refusal);
	RUN(test_the_id_of_another);
	RUN(test_by_subscriptions);
	RUN(test_foreign_links);
	RUN(test_a_search_without_end);
	RUN(test_an_older_version);
	RUN(test_not_permitted);
	RUN(test_no_token_for_it);
	RUN(test_hostile_answers);
	RUN(test_roles_that_hang);
	RUN(test_of_an_hsm);
	return check_report();
}
