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

/* --- what is not about secrets ------------------------------------------ */

static void test_roles_and_permissions(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *role, *permissions;
	} rows[] = {
		{COLLECTION_SECRETS, PART_DELETED, "Key Vault Secrets User",
		 "--secret-permissions get list"},
		{COLLECTION_KEYS, PART_OBJECT, "Key Vault Crypto User",
		 "--key-permissions get list"},
		{COLLECTION_KEYS, PART_ROTATION, "Key Vault Reader",
		 "--key-permissions getrotationpolicy"},
		{COLLECTION_CERTIFICATES, PART_PENDING,
		 "Key Vault Certificate User",
		 "--certificate-permissions get list"},
		{COLLECTION_STORAGE, PART_SAS, "Key Vault Reader",
		 "--storage-permissions get list getsas listsas"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		demo.collection = rows[i].collection;
		demo.part = rows[i].part;
		read_message(403, "ForbiddenByRbac", "Caller: oid=" OID);
		CHECK(says(rows[i].role));
		read_message(403, "ForbiddenByPolicy", "Caller: oid=" OID);
		CHECK(says(rows[i].permissions));
		CHECK(!strstr(error.sentence, "recover"));
	}
	demo = (VaultTopic){.vault = "demo"};
}

/* Of 2020, without an innererror. */
static void test_permissions_by_message(void)
{
	static const char *const nouns[] = {"secrets", "keys", "certificates",
					    "storage"};

	for (int i = 0; i < COLLECTIONS; i++) {
		char message[256];

		demo.collection = (enum collection)i;
		(void)snprintf(message, sizeof(message),
			       "The user, group or application 'oid=" OID
			       "' does not have %s get permission on key "
			       "vault 'demo'.",
			       nouns[i]);
		read_message(403, "", message);
		CHECK(says("az keyvault set-policy --name demo"));
	}
	demo = (VaultTopic){.vault = "demo"};
}

static void test_what_is_not_there(void)
{
	static const struct {
		enum collection collection;
		enum part part;
		const char *command;
	} rows[] = {
		{COLLECTION_SECRETS, PART_OBJECT, "az keyvault secret list "},
		{COLLECTION_SECRETS, PART_DELETED,
		 "az keyvault secret list-deleted "},
		{COLLECTION_KEYS, PART_OBJECT, "az keyvault key list "},
		{COLLECTION_CERTIFICATES, PART_DELETED,
		 "az keyvault certificate list-deleted "},
		{COLLECTION_STORAGE, PART_OBJECT, "az keyvault storage list "},
		{COLLECTION_STORAGE, PART_SAS,
		 "az keyvault storage sas-definition list "},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		demo.collection = rows[i].collection;
		demo.part = rows[i].part;
		read_message(404, "", "not found");
		CHECK(says(rows[i].command));
		CHECK(says("--vault-name demo"));
	}
	demo = (VaultTopic){.vault = "demo", .collection = COLLECTION_KEYS};
	read_message(403, "KeyDisabled", "x");
	CHECK(says("az keyvault key set-attributes"));
	demo = (VaultTopic){.vault = "demo"};
}

/* It has no access policies, roles of its own, and keys only. */
static void test_a_managed_hsm(void)
{
	VaultTopic topic = {
		.vault = "demo",
		.is_hsm = true,
		.collection = COLLECTION_SECRETS,
	};

	demo = topic;
	demo.collection = COLLECTION_KEYS;
	read_message(403, "AccessDenied", "Caller: oid=" OID);
	CHECK(says("az keyvault role assignment create --hsm-name demo"));
	CHECK(says("--assignee-object-id " OID " --scope /keys"));
	CHECK(!strstr(error.sentence, "set-policy"));
	read_message(403, "ForbiddenByRbac", "x");
	CHECK(says("--hsm-name demo"));
	read_message(404, "", "x");
	CHECK(says("az keyvault key list --hsm-name demo"));
	vault_error_absent(&error, &topic);
	CHECK_STR(error.sentence, "the managed HSM demo holds keys only");
	demo = (VaultTopic){.vault = "demo"};
}

static void test_what_is_absent(void)
{
	VaultTopic topic = {.vault = "demo", .collection = COLLECTION_STORAGE};

	vault_error_absent(&error, &topic);
	CHECK_EQ(error.answer, VAULT_E_ABSENT);
	CHECK(says("the vault demo knows no storage accounts, or not in this "
		   "version of its interface (api_version=)"));
	topic.part = PART_DELETED;
	vault_error_absent(&error, &topic);
	CHECK(says("no deleted storage accounts"));
	topic = (VaultTopic){
		.vault = "demo",
		.collection = COLLECTION_KEYS,
		.part = PART_ROTATION,
	};
	vault_error_absent(&error, &topic);
	CHECK(says("no rotation policies"));
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
	RUN(test_roles_and_permissions);
	RUN(test_permissions_by_message);
	RUN(test_what_is_not_there);
	RUN(test_a_managed_hsm);
	RUN(test_what_is_absent);
	RUN(test_audiences);
	RUN(test_issuers);
	RUN(test_a_401_is_not_quoted);
	RUN(test_the_rest);
	RUN(test_no_answer);
	return check_report();
}
