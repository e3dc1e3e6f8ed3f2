/* SPDX-License-Identifier: MIT */

/* A refusal, the token and the management plane together name the cause. */

#include "check.h"
#include "vault/doctor-access.h"

#define APP "aaaaaaaa-1111-1111-1111-111111111111"
#define OID "bbbbbbbb-1111-1111-1111-111111111111"
#define NOW_S INT64_C(1764064800) /* 2025-11-25T10:00:00Z */

static Finding finding;
static Claims claims;
static VaultError error;
static ArmVault arm;
static AccessFacts facts;

static void arm_begin(bool rbac, const char *policies, const char *roles)
{
	cJSON_Delete(arm.policies);
	cJSON_Delete(arm.roles);
	arm = (ArmVault){
		.id = {.subscription = "s", .group = "rg", .vault = "demo"},
		.rbac = rbac,
		.policies = cJSON_Parse(policies),
		.roles = cJSON_Parse(roles),
	};
}

static void begin(int status, const char *inner)
{
	char body[512];
	HttpResponse response = {
		.status = status,
		.body = body,
		.request_id = "r-1",
	};
	VaultTopic topic = {.vault = "demo"};

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"Code\",\"message\":\"Caller: "
		       "appid=" APP ";oid=" OID "\",\"innererror\":{\"code\":"
		       "\"%s\"}}}",
		       inner);
	response.body_size = strlen(body);
	vault_error_read(&error, &response, &topic);
	if (status == 200)
		error = (VaultError){.status = 200};
	claims = (Claims){
		.app_id = APP,
		.object_id = OID,
		.kind = "app",
		.issued_s = NOW_S - 3600,
	};
	facts = (AccessFacts){
		.stage = "list",
		.vault = "demo",
		.verb = "list",
		.noun = "secrets",
		.host = "demo.vault.azure.net",
		.error = &error,
		.claims = &claims,
		.seen_as = "203.0.113.7",
		.now_s = NOW_S,
	};
}

static const char *code(void)
{
	doctor_access(&finding, &facts);
	return finding.code;
}

static bool says(const char *words)
{
	if (strstr(finding.sentence, words))
		return true;
	(void)fprintf(stderr, "sentence: %s\n", finding.sentence);
	return false;
}

static void test_all_is_well(void)
{
	begin(200, "");
	CHECK_STR(code(), "access-ok");
	CHECK_STR(finding.sentence, "this identity may list secrets");
	CHECK(!finding_fact_text(&finding, "caller"));
}

static void test_no_role(void)
{
	begin(403, "ForbiddenByRbac");
	CHECK_STR(code(), "access-role");
	CHECK_EQ(finding.exit, FINDING_EXIT_REFUSED);
	CHECK(says("You are the application " APP " (object " OID "); this "
		   "identity has no data-plane role on the vault demo"));
	CHECK(says("Owner and Contributor"));
	CHECK(strncmp(finding.command,
		      "az role assignment create --role "
		      "\"Key Vault Secrets User\" "
		      "--assignee-object-id " OID,
		      80) == 0);
	CHECK_STR(finding_fact_text(&finding, "inner_error"),
		  "ForbiddenByRbac");
	facts.claims = NULL;
	CHECK_STR(code(), "access-role");
	CHECK(says("You are appid=" APP ";oid=" OID));
}

static void test_a_role_that_is_new(void)
{
	begin(403, "ForbiddenByRbac");
	arm_begin(true, "[]",
		  "[{\"principalId\":\"" OID "\",\"role\":\"Owner\"},"
		  "{\"principalId\":\"" OID "\",\"role\":\"Key Vault Secrets "
		  "User\"}]");
	facts.arm = &arm;
	CHECK_STR(code(), "access-role-new");
	CHECK(says("has the role \"Key Vault Secrets User\""));
	CHECK_STR(finding.command, "akvfs doctor demo.vault.azure.net");
	facts.noun = "keys";
	CHECK_STR(code(), "access-role");
	CHECK(says(
		"the role \"Owner\" that this identity has on the vault demo "
		"does not let it list keys"));
	facts.noun = "secrets";
	(void)snprintf(claims.object_id, sizeof(claims.object_id), "other");
	CHECK_STR(code(), "access-role");
}

static void test_a_managed_identity_in_a_group(void)
{
	begin(403, "ForbiddenByRbac");
	facts.is_managed = true;
	CHECK_STR(code(), "access-role-token");
	CHECK(says("is of 2025-11-25T09:00:00Z"));
	CHECK(says("24 hours"));
	claims.issued_s = NOW_S - 60;
	CHECK_STR(code(), "access-role");
}

static void test_policies(void)
{
	static const char policy[] =
		"[{\"objectId\":\"%s\",\"permissions\":{\"secrets\":"
		"[\"get\",\"set\"]}}]";
	char text[256];

	begin(403, "ForbiddenByPolicy");
	CHECK_STR(code(), "access-policy");
	CHECK(says("no access policy of the vault demo gives this identity "
		   "the permission to list secrets"));
	CHECK_STR(finding.command,
		  "az keyvault set-policy --name demo --object-id " OID
		  " --secret-permissions get list");
	(void)snprintf(text, sizeof(text), policy, OID);
	arm_begin(false, text, "[]");
	facts.arm = &arm;
	CHECK_STR(code(), "access-policy-verb");
	CHECK(says("(it has: get, set)"));
	(void)snprintf(text, sizeof(text), policy, APP);
	arm_begin(false, text, "[]");
	CHECK_STR(code(), "access-policy-object");
	CHECK(says("name " OID));
	arm_begin(false, "[{\"objectId\":\"" OID "\"}]", "[]");
	CHECK_STR(code(), "access-policy-verb");
	CHECK(says("(it has: nothing)"));
}

static void test_networks(void)
{
	begin(403, "ForbiddenByFirewall");
	CHECK_STR(code(), "access-firewall");
	CHECK_STR(finding.sentence, "The vault sees you as 203.0.113.7 and "
				    "its firewall does not list it.");
	CHECK(strstr(finding.command, "az keyvault network-rule add"));
	begin(403, "ForbiddenByConnection");
	CHECK_STR(code(), "access-private");
	CHECK_STR(finding.command, "getent hosts demo.vault.azure.net");
}

static void test_another_identity(void)
{
	begin(403, "ForbiddenByPolicy");
	facts.doubt = "AZURE_CLIENT_ID is not set";
	CHECK_STR(code(), "access-identity");
	CHECK(says("may not list secrets in the vault demo. Is it the one that "
		   "you meant? AZURE_CLIENT_ID is not set."));
	CHECK(strstr(finding.command, "client_id="));
	begin(403, "ForbiddenByFirewall");
	facts.doubt = "AZURE_CLIENT_ID is not set";
	CHECK_STR(code(), "access-firewall");
}

static void test_get_without_list(void)
{
	begin(403, "ForbiddenByPolicy");
	facts.can_get = true;
	CHECK_STR(code(), "access-no-list");
	CHECK_EQ(finding.state, FINDING_WARNING);
	CHECK(says("reading by name works"));
}

static void test_a_secret_by_name(void)
{
	begin(403, "SecretDisabled");
	facts.name = "off";
	CHECK_STR(code(), "access-disabled");
	CHECK_STR(finding.command, "az keyvault secret set-attributes "
				   "--vault-name demo --name off --enabled "
				   "true");
	begin(404, "");
	facts.name = "off";
	CHECK_STR(code(), "access-absent");
	CHECK(says("no secret of that name"));
	CHECK_STR(finding.command, "az keyvault secret list --vault-name demo");
}

static void test_the_rest(void)
{
	static const struct {
		int status;
		const char *inner, *code;
		enum finding_exit exit;
	} cases[] = {
		{401, "AKV10022", "access-audience",
		 FINDING_EXIT_AUTHENTICATION},
		{401, "AKV10032", "access-tenant", FINDING_EXIT_AUTHENTICATION},
		{401, "AKV10000", "access-no-token",
		 FINDING_EXIT_AUTHENTICATION},
		{401, "x", "access-token", FINDING_EXIT_AUTHENTICATION},
		{401, "AKV10046", "access-key", FINDING_EXIT_NETWORK},
		{403, "x", "access-forbidden", FINDING_EXIT_REFUSED},
		{403, "SecretDisabled", "access-disabled",
		 FINDING_EXIT_REFUSED},
		{404, "", "access-absent", FINDING_EXIT_REFUSED},
		{429, "", "access-throttled", FINDING_EXIT_NETWORK},
		{503, "", "access-failing", FINDING_EXIT_NETWORK},
		{302, "", "access-refused", FINDING_EXIT_REFUSED},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		begin(cases[i].status, cases[i].inner);
		CHECK_STR(code(), cases[i].code);
		CHECK_EQ(finding.exit, cases[i].exit);
		CHECK_EQ(finding.state, FINDING_FAILED);
		CHECK(!strstr(finding.sentence, ": az "));
	}
	begin(404, "");
	(void)code();
	CHECK_STR(finding.command, "az keyvault secret list --vault-name demo");
}

static void test_the_management_plane(void)
{
	begin(404, "");
	doctor_arm(&finding, NULL, &error, &claims);
	CHECK_STR(finding.code, "arm-unseen");
	CHECK_EQ(finding.state, FINDING_SKIPPED);
	arm_begin(true, "[]",
		  "[{\"principalId\":\"" OID "\",\"role\":\"Reader\"}]");
	doctor_arm(&finding, &arm, &error, &claims);
	CHECK_STR(finding.code, "arm-ok");
	CHECK_STR(finding_fact_text(&finding, "own_role"), "Reader");
	CHECK_STR(finding_fact_text(&finding, "access"), "roles");
	CHECK(strstr(finding_fact_text(&finding, "id"), "/vaults/demo"));
	doctor_arm(&finding, &arm, &error, NULL);
	CHECK_STR(finding_fact_text(&finding, "own_role"), "none");
	arm_begin(false, "[{}]", "null");
	doctor_arm(&finding, &arm, &error, &claims);
	CHECK_STR(finding_fact_text(&finding, "policies"), "1");
}

static void test_roles(void)
{
	CHECK(role_reads("Key Vault Administrator", "keys"));
	CHECK(role_reads("Key Vault Secrets Officer", "secrets"));
	CHECK(!role_reads("Key Vault Secrets User", "keys"));
	CHECK(!role_reads("Key Vault Reader", "secrets"));
	CHECK(!role_reads("Owner", "secrets"));
}

int main(void)
{
	RUN(test_all_is_well);
	RUN(test_no_role);
	RUN(test_a_role_that_is_new);
	RUN(test_a_managed_identity_in_a_group);
	RUN(test_policies);
	RUN(test_networks);
	RUN(test_another_identity);
	RUN(test_get_without_list);
	RUN(test_a_secret_by_name);
	RUN(test_the_rest);
	RUN(test_the_management_plane);
	RUN(test_roles);
	arm_begin(false, "", "");
	return check_report();
}
