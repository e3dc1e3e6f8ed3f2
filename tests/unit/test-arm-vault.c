/* SPDX-License-Identifier: MIT */

/* What is read of a vault's resource, and what is dropped or refused. */

#include "base/json.h"
#include "check.h"
#include "vault/arm-vault.h"

#define GUID_1 "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define GUID_2 "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
#define ID                                                       \
	"/subscriptions/" GUID_1 "/resourceGroups/rg/providers/" \
	"Microsoft.KeyVault/vaults/demo"

static char why_text[256];
static const Why why = {.text = why_text, .size = sizeof(why_text)};

static int read_text(ArmVault **ret, const char *text)
{
	ArmId id;

	if (arm_id_parse(&id, ID, strlen(ID)) != 0)
		return -EINVAL;
	why_text[0] = '\0';
	return arm_vault_read(ret, &id, text, strlen(text), &why);
}

/* With these members of properties and, unless "", tags. */
static int read_with(ArmVault **ret, const char *properties, const char *tags)
{
	char text[8192];

	(void)snprintf(text, sizeof(text),
		       "{\"id\":\"" ID "\",\"location\":\"westeurope\"%s%s,"
		       "\"properties\":{%s}}",
		       *tags ? ",\"tags\":" : "", tags, properties);
	return read_text(ret, text);
}

/* Is @json printed so? */
static bool is(const cJSON *json, const char *text)
{
	char *printed = cJSON_PrintUnformatted(json);
	bool same = printed && strcmp(printed, text) == 0;

	if (!same)
		(void)fprintf(stderr, "it is %s\n", printed);
	cJSON_free(printed);
	return same;
}

static void test_words(void)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;

	CHECK_OK(read_with(&vault,
			   "\"tenantId\":\"" GUID_2 "\",\"sku\":{\"family\":"
			   "\"A\",\"name\":\"premium\"},\"vaultUri\":\"https://"
			   "demo.vault.azure.net/\",\"enableRbacAuthorization\""
			   ":true,\"enablePurgeProtection\":true,"
			   "\"softDeleteRetentionInDays\":7,"
			   "\"publicNetworkAccess\":\"Disabled\","
			   "\"provisioningState\":\"Succeeded\"",
			   "{\"a\":\"b\",\"\\u00fc\":\"\"}"));
	CHECK_STR(vault->location, "westeurope");
	CHECK_STR(vault->tenant, GUID_2);
	CHECK_STR(vault->sku, "premium");
	CHECK_STR(vault->uri, "https://demo.vault.azure.net/");
	CHECK(vault->rbac && vault->purge_protection);
	CHECK_EQ(vault->soft_delete_days, 7);
	CHECK_STR(vault->public_access, "Disabled");
	CHECK_STR(vault->state, "Succeeded");
	CHECK(is(vault->tags, "{\"a\":\"b\",\"\xc3\xbc\":\"\"}"));
	CHECK_EQ(vault->dropped, 0);
}

/* Old vaults say little: these are what the service does then. */
static void test_defaults(void)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;
	AKV_CLEANUP(arm_vault_freep) ArmVault *hard = NULL;

	CHECK_OK(read_with(&vault, "\"enableRbacAuthorization\":null", ""));
	CHECK(!vault->rbac && !vault->purge_protection);
	CHECK_EQ(vault->soft_delete_days, 90);
	CHECK_STR(vault->public_access, "");
	CHECK(is(vault->tags, "{}"));
	CHECK(is(vault->policies, "[]"));
	CHECK(is(vault->endpoints, "[]"));
	CHECK(is(vault->network_acls,
		 "{\"bypass\":\"AzureServices\",\"defaultAction\":\"Allow\","
		 "\"ipRules\":[],\"virtualNetworkRules\":[]}"));
	CHECK(!vault->roles);
	CHECK_OK(read_with(&hard, "\"enableSoftDelete\":false", ""));
	CHECK_EQ(hard->soft_delete_days, 0);
}

static void test_lists(void)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;

	CHECK_OK(read_with(
		&vault,
		"\"networkAcls\":{\"bypass\":\"None\",\"defaultAction\":"
		"\"Deny\",\"ipRules\":[{\"value\":\"1.2.3.4/32\"},{\"value\":"
		"\"2001:db8::/32\"}],\"virtualNetworkRules\":[{\"id\":\"/s/n\","
		"\"ignoreMissingVnetServiceEndpoint\":true}]},"
		"\"privateEndpointConnections\":[{\"id\":\"/v/c/one\","
		"\"properties\":{\"privateEndpoint\":{\"id\":\"/pe\"},"
		"\"privateLinkServiceConnectionState\":{\"status\":"
		"\"Approved\"}}}],"
		"\"accessPolicies\":[{\"tenantId\":\"" GUID_2
		"\",\"objectId\":\"" GUID_1 "\",\"permissions\":{\"secrets\":"
		"[\"get\",\"List\"],\"storage\":[]},\"more\":1}]",
		""));
	CHECK(is(vault->network_acls,
		 "{\"bypass\":\"None\",\"defaultAction\":\"Deny\",\"ipRules\":["
		 "\"1.2.3.4/32\",\"2001:db8::/32\"],\"virtualNetworkRules\":["
		 "\"/s/n\"]}"));
	CHECK(is(vault->endpoints,
		 "[{\"name\":\"one\",\"endpoint\":\"/pe\",\"status\":"
		 "\"Approved\"}]"));
	CHECK(is(vault->policies,
		 "[{\"objectId\":\"" GUID_1 "\",\"tenantId\":\"" GUID_2
		 "\",\"permissions\":{\"secrets\":[\"get\","
		 "\"List\"],\"storage\":[]}}]"));
	CHECK_EQ(vault->dropped, 0);
}

static void test_dropped_and_counted(void)
{
	static const struct {
		const char *properties, *tags;
		unsigned dropped;
	} rows[] = {
		{"", "{\"a\":1,\"\":\"x\",\"ok\":\"y\"}", 2},
		{"\"networkAcls\":{\"ipRules\":[{\"value\":\"evil\"},{},"
		 "{\"value\":\"1.2.3.4/33\"},{\"value\":\"1.2.3.4\\n\"}]}",
		 "", 4},
		{"\"networkAcls\":{\"virtualNetworkRules\":[{\"id\":\"x\"},"
		 "{\"id\":\"/a\\u0001b\"}]}",
		 "", 2},
		{"\"accessPolicies\":[{},{\"tenantId\":\"" GUID_1
		 "\",\"objectId\":\"me\",\"permissions\":{}},{\"tenantId\":"
		 "\"" GUID_1 "\",\"objectId\":\"" GUID_2 "\"},{\"tenantId\":"
		 "\"" GUID_1 "\",\"objectId\":\"" GUID_2
		 "\",\"permissions\":{\"keys\":[\"g e t\"]}}]",
		 "", 4},
		{"\"privateEndpointConnections\":[1,{\"id\":\"x\"}]", "", 2},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;

		CHECK_OK(read_with(&vault, rows[i].properties, rows[i].tags));
		CHECK_EQ(vault->dropped, rows[i].dropped);
		CHECK(!vault->policies->child && !vault->endpoints->child);
	}
}

static void test_refused(void)
{
	static const char *const properties[] = {
		"\"tenantId\":1",
		"\"location\":\"x\",\"vaultUri\":\"https://a\\u0007\"",
		"\"sku\":[]",
		"\"sku\":{\"name\":true}",
		"\"enableRbacAuthorization\":\"yes\"",
		"\"softDeleteRetentionInDays\":-1",
		"\"softDeleteRetentionInDays\":1e9",
		"\"networkAcls\":[]",
		"\"networkAcls\":{\"ipRules\":{}}",
		"\"networkAcls\":{\"bypass\":\"a\\tb\"}",
		"\"accessPolicies\":{}",
		"\"privateEndpointConnections\":\"\"",
		"\"tenantId\":\"a\",\"tenantId\":\"b\"",
	};
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;

	for (size_t i = 0; i < AKV_ARRAY_LEN(properties); i++) {
		CHECK_EQ(read_with(&vault, properties[i], ""),
			 MODEL_E_UNTRUSTED);
		CHECK(why_text[0] != '\0');
	}
	CHECK_EQ(read_with(&vault, "", "[]"), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_with(&vault, "", "{\"a\":\"1\",\"a\":\"2\"}"),
		 MODEL_E_UNTRUSTED);
	CHECK_EQ(read_text(&vault, ""), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_text(&vault, "[]"), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_text(&vault, "{\"id\":\"" ID "\"}"), MODEL_E_UNTRUSTED);
	CHECK_EQ(read_text(&vault, "{\"id\":\"" ID "x\",\"properties\":{}}"),
		 MODEL_E_UNTRUSTED);
	CHECK(!vault);
}

static int read_roles(ArmVault *vault, const char *text)
{
	return arm_vault_read_roles(vault, text, strlen(text), &why);
}

static int read_names(ArmVault *vault, const char *text)
{
	return arm_vault_read_names(vault, text, strlen(text), &why);
}

#define POLICY                                        \
	"\"accessPolicies\":[{\"tenantId\":\"" GUID_2 \
	"\",\"objectId\":\"" GUID_1 "\",\"permissions\":{}}]"
#define ROLE                                                                   \
	"{\"value\":[{\"properties\":{\"roleDefinitionId\":\"/subscriptions/x" \
	"/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6\","             \
	"\"principalId\":\"" GUID_2 "\",\"scope\":\"/s\"}},"                   \
	"{\"properties\":{\"roleDefinitionId\":\"x\"}}]}"

static void test_roles_and_names(void)
{
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;
	char *body = NULL;

	CHECK_OK(read_with(&vault, POLICY, ""));
	CHECK_OK(read_roles(vault, ROLE));
	CHECK_EQ(vault->dropped, 1);
	CHECK_OK(arm_vault_principals(&body, vault));
	CHECK_STR(body, "{\"ids\":[\"" GUID_1 "\",\"" GUID_2
			"\"],\"types\":[\"user\",\"group\","
			"\"servicePrincipal\"]}");
	cJSON_free(body);
	CHECK_OK(read_names(vault,
			    "{\"value\":[{\"id\":\"72F988BF-86F1-41AF-91AB-"
			    "2D7CD011DB47\",\"displayName\":\"Ada\"},"
			    "{\"id\":\"" GUID_2 "\",\"displayName\":\"Shop\"},"
			    "{\"id\":\"" GUID_2 "\",\"displayName\":\"again\"},"
			    "{\"id\":\"x\",\"displayName\":\"y\"}]}"));
	CHECK_EQ(vault->dropped, 2);
	CHECK(is(vault->policies,
		 "[{\"objectId\":\"" GUID_1 "\",\"tenantId\":\"" GUID_2
		 "\",\"permissions\":{},\"displayName\":"
		 "\"Ada\"}]"));
	CHECK(is(vault->roles,
		 "[{\"principalId\":\"" GUID_2
		 "\",\"roleId\":\"4633458b-17de-408a-b874-0445c86b69e6\","
		 "\"role\":\"Key Vault Secrets User\",\"scope\":\"/s\","
		 "\"displayName\":\"Shop\"}]"));
}

static void test_wrong_roles_and_names(void)
{
	static const char *const texts[] = {"", "{}", "[]", "{\"value\":{}}",
					    "{\"value\":1}"};
	AKV_CLEANUP(arm_vault_freep) ArmVault *vault = NULL;
	char *body = (char *)1;

	CHECK_OK(read_with(&vault, "", ""));
	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		CHECK_EQ(read_roles(vault, texts[i]), MODEL_E_UNTRUSTED);
		CHECK_EQ(read_names(vault, texts[i]), MODEL_E_UNTRUSTED);
	}
	CHECK(!vault->roles);
	/* Nobody is named: nothing is to be asked. */
	CHECK_OK(arm_vault_principals(&body, vault));
	CHECK(!body);
}

int main(void)
{
	RUN(test_words);
	RUN(test_defaults);
	RUN(test_lists);
	RUN(test_dropped_and_counted);
	RUN(test_refused);
	RUN(test_roles_and_names);
	RUN(test_wrong_roles_and_names);
	return check_report();
}
