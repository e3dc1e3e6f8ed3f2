/* SPDX-License-Identifier: MIT */

/* What a person reads, for messages that the service has been seen to send. */

#include "check.h"
#include "vault/answer.h"

#define OID "11111111-2222-3333-4444-555555555555"
#define ARM_ID                                                 \
	"/subscriptions/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/" \
	"resourcegroups/rg-(1)/providers/microsoft.keyvault/vaults/demo"

static VaultTopic demo = {.vault = "demo"};
static VaultError error;

static void read_message(int status, const char *inner, const char *message)
{
	char body[2048];
	HttpResponse response = {
		.result = HTTP_OK,
		.status = status,
		.body = body,
		.network_info = "conn_type=Ipv4;addr=203.0.113.10;"
				"act_addr_fam=InterNetwork;",
	};

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"Code\",\"message\":\"%s\","
		       "\"innererror\":{\"code\":\"%s\"}}}",
		       message, inner);
	response.body_size = strlen(body);
	vault_error_read(&error, &response, &demo);
}

static bool says(const char *words)
{
	if (strstr(error.sentence, words))
		return true;
	(void)fprintf(stderr, "sentence: %s\n", error.sentence);
	return false;
}

static void test_no_role(void)
{
	read_message(
		403, "ForbiddenByRbac",
		"Caller is not authorized to perform action on resource."
		"\\r\\nIf role assignments were changed recently, please "
		"observe propagation time.\\r\\nCaller: appid=app-1;oid=" OID
		";iss=https://sts.windows.net/t/\\r\\nAction: "
		"'Microsoft.KeyVault/vaults/secrets/getSecret/action'"
		"\\r\\nResource: '" ARM_ID "/secrets/db'\\r\\n"
		"Assignment: (not found)\\r\\n");
	CHECK(says("appid=app-1;oid=" OID));
	CHECK(says("az role assignment create --role \"Key Vault Secrets "
		   "User\" --assignee-object-id " OID " --scope \"" ARM_ID
		   "\""));
	CHECK(!strstr(error.sentence, "/secrets/db"));
}

static void test_no_role_and_little_said(void)
{
	read_message(403, "ForbiddenByRbac", "no");
	CHECK(says("--assignee-object-id OBJECT-ID --scope \"VAULT-ID\""));
	read_message(403, "ForbiddenByRbac",
		     "oid=" OID "\\r\\nResource: '/subscriptions/a'; reboot "
		     "/providers/microsoft.keyvault/vaults/demo'");
	CHECK(says("--scope \"VAULT-ID\""));
	CHECK(!strstr(error.sentence, "reboot"));
}

static void test_facts_that_are_too_long(void)
{
	char message[1500];

	(void)snprintf(message, sizeof(message),
		       "Resource: '/subscriptions/%01000d/providers/"
		       "microsoft.keyvault/vaults/demo'",
		       1);
	read_message(403, "ForbiddenByRbac", message);
	CHECK(says("--scope \"VAULT-ID\""));
	(void)snprintf(message, sizeof(message), "Client address: %01000d", 1);
	read_message(403, "ForbiddenByFirewall", message);
	CHECK(says("--ip-address 203.0.113.10"));
}

static void test_no_policy(void)
{
	static const char command[] =
		"az keyvault set-policy --name demo --object-id " OID
		" --secret-permissions get list";

	read_message(403, "AccessDenied",
		     "The user, group or application 'appid=app-1;oid=" OID
		     ";iss=x' does not have secrets get permission on key "
		     "vault 'demo;location=eastus'.");
	CHECK(says(command));
	read_message(403, "ForbiddenByPolicy", "Caller: oid=" OID);
	CHECK(says(command));
	read_message(403, "",
		     "Access denied. Caller was not found on any access "
		     "policy.\\r\\nCaller: appid=app-1;oid=" OID ";");
	CHECK(says(command));
	CHECK(says("appid=app-1;oid=" OID));
}

static void test_the_firewall(void)
{
	read_message(403, "ForbiddenByFirewall",
		     "Client address is not authorized and caller is not a "
		     "trusted service.\\r\\nClient address: 198.51.100.7"
		     "\\r\\nCaller: x");
	CHECK(says("az keyvault network-rule add --name demo --ip-address "
		   "198.51.100.7"));
	/* not in the message: what the header says */
	read_message(403, "ForbiddenByFirewall", "no");
	CHECK(says("--ip-address 203.0.113.10"));
	read_message(
		403, "ForbiddenByConnection",
		"Public network access is disabled and request is not "
		"from a trusted service nor via an approved private link.");
	CHECK(says("private endpoint"));
}

static void test_other_403(void)
{
	read_message(403, "SecretDisabled",
		     "Operation get is not allowed on a disabled secret.");
	CHECK(says("--enabled true"));
	read_message(403, "SomethingNew", "The moon is in the wrong phase.");
	CHECK(says("SomethingNew"));
	CHECK(!says("The moon is in the wrong phase."));
}

static void test_audiences(void)
{
	read_message(401, "",
		     "AKV10022: Invalid audience. Expected "
		     "https://vault.azure.net, found: "
		     "https://vault.azure.net/.");
	CHECK(says("https://vault.azure.net/ ends in '/'"));
	CHECK(says("ask for the resource https://vault.azure.net"));
	read_message(401, "",
		     "AKV10022: Invalid audience. Expected "
		     "https://vault.azure.net, found: "
		     "https://management.azure.com/.");
	CHECK(says("is for https://management.azure.com/, and"));
	CHECK(says("one for https://vault.azure.net:"));
	read_message(401, "", "AKV10022: Invalid audience.");
	CHECK(says("another resource"));
}

static void test_issuers(void)
{
	read_message(401, "",
		     "AKV10032: Invalid issuer. Expected one of "
		     "https://sts.windows.net/tenant-1/, found "
		     "https://sts.windows.net/tenant-2/.");
	CHECK(says("issued by the tenant tenant-2"));
	CHECK(says("tenant_id=tenant-1"));
}

/* The header of a token is part of a token. */
static void test_a_401_is_not_quoted(void)
{
	read_message(401, "",
		     "AKV10046: Unable to resolve the key used for signature "
		     "validation. EncodedJwtHeader:'eyJ0eXAi'");
	CHECK(says("AKV10046"));
	CHECK(!strstr(error.sentence, "eyJ0eXAi"));
	read_message(401, "", "AKV19999: EncodedJwtHeader:'eyJ0eXAi'");
	CHECK(says("AKV19999"));
	CHECK(!strstr(error.sentence, "eyJ0eXAi"));
	read_message(401, "", "[TokenExpired] Error validating token");
	CHECK(says("clock"));
	read_message(401, "",
		     "AKV10000: Request is missing a Bearer or PoP token.");
	CHECK(says("Authorization"));
}

static void test_the_rest(void)
{
	read_message(404, "", "Secret not found: db");
	CHECK(says("no such object"));
	read_message(429, "", "Request was not processed");
	CHECK(says("ttl="));
	read_message(503, "", "x");
	CHECK(says("HTTP 503"));
	read_message(400, "",
		     "The specified version (9.9) is not recognized. Consider "
		     "using the latest supported version (7.6).");
	CHECK(says("api_version="));
	CHECK(says("(7.6)"));
	read_message(302, "", "");
	CHECK(says("redirect"));
	read_message(409, "", "Busy.");
	CHECK(says("HTTP 409 Code)"));
	/* It may name the object. */
	CHECK(!says("Busy"));
	read_message(204, "", "");
	CHECK(says("HTTP 204"));
}

static void test_no_answer(void)
{
	HttpResponse response = {
		.result = HTTP_E_RESOLVE,
		.reason = "Could not resolve host",
	};

	vault_error_read(&error, &response, &demo);
	CHECK(says("does not resolve"));
	response.result = HTTP_E_TLS;
	response.reason = "certificate has\x07 expired";
	vault_error_read(&error, &response, &demo);
	CHECK(says("certificate has? expired"));
	CHECK(says("cafile="));
	response.result = HTTP_E_CONNECT;
	response.reason = "Connection refused";
	vault_error_read(&error, &response, &demo);
	CHECK(says("(Connection refused)"));
}

int main(void)
{
	RUN(test_no_role);
	RUN(test_no_role_and_little_said);
	RUN(test_facts_that_are_too_long);
	RUN(test_no_policy);
	RUN(test_the_firewall);
	RUN(test_other_403);
	RUN(test_audiences);
	RUN(test_issuers);
	RUN(test_a_401_is_not_quoted);
	RUN(test_the_rest);
	RUN(test_no_answer);
	return check_report();
}
