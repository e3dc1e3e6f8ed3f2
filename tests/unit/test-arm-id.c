/* SPDX-License-Identifier: MIT */

/* The ids of vaults: what is one, and where a refusal has it. */

#include "check.h"
#include "vault/arm-id.h"

#define GUID "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define ID                                       \
	"/subscriptions/" GUID "/resourceGroups" \
	"/rg-(1)/providers/Microsoft.KeyVault/vaults/Demo"

static int parse(ArmId *ret, const char *text)
{
	return arm_id_parse(ret, text, strlen(text));
}

static void test_parts(void)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_URL);
	ArmId id, same;

	CHECK_OK(parse(&id, ID));
	CHECK_STR(id.subscription, GUID);
	CHECK_STR(id.group, "rg-(1)");
	CHECK_STR(id.vault, "Demo");
	CHECK_OK(parse(&same, "/SUBSCRIPTIONS/" GUID
			      "/resourcegroups/RG-(1)/Providers/"
			      "microsoft.keyvault/VAULTS/demo/secrets/x"));
	CHECK(arm_id_equal(&id, &same));
	CHECK_OK(arm_id_append(&text, &id, false));
	CHECK_STR(text.p, ID);
	buf_reset(&text);
	CHECK_OK(arm_id_append(&text, &id, true));
	CHECK(strstr(text.p, "/rg-%281%29/") != NULL);
}

static void test_other(void)
{
	ArmId a, b;

	CHECK_OK(parse(&a, ID));
	CHECK_OK(parse(&b, "/subscriptions/" GUID
			   "/resourceGroups/rg/providers/Microsoft.KeyVault/"
			   "vaults/Demo"));
	CHECK(!arm_id_equal(&a, &b));
}

static void test_wrong(void)
{
	static const char *const texts[] = {
		"",
		"/",
		"/subscriptions/" GUID,
		"/subscriptions/1/resourceGroups/rg/providers/"
		"Microsoft.KeyVault/vaults/demo",
		"/subscriptions/" GUID "/resourceGroups/../providers/"
		"Microsoft.KeyVault/vaults/demo",
		"/subscriptions/" GUID "/resourceGroups/a%2fb/providers/"
		"Microsoft.KeyVault/vaults/demo",
		"/subscriptions/" GUID "/resourceGroups/rg?x=/providers/"
		"Microsoft.KeyVault/vaults/demo",
		"/subscriptions/" GUID "/resourceGroups/rg/providers/"
		"Microsoft.KeyVault/managedHSMs/demo",
		"/subscriptions/" GUID "/resourceGroups/rg/providers/"
		"Microsoft.KeyVault/vaults/",
		"/subscriptions/" GUID "/resourceGroups/rg/providers/"
		"Microsoft.KeyVault/vaults/demo?x",
		"/subscriptions/" GUID "/resourceGroups/rg/providers/"
		"Microsoft.KeyVault/vaults/abcdefghijklmnopqrstuvwxy",
		"https://management.azure.com/subscriptions/" GUID
		"/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/demo",
	};
	ArmId id = {.vault = "kept"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		CHECK_EQ(parse(&id, texts[i]), ARM_ID_E_INVALID);
	CHECK_STR(id.vault, "kept");
	CHECK_EQ(arm_id_parse(&id, ID, 60), ARM_ID_E_INVALID);
}

static void test_in_a_refusal(void)
{
	ArmId id;

	CHECK_OK(arm_id_find(&id, "Caller is not authorized.\r\nResource: '" ID
				  "'\r\nAssignment: (not found)\r\n"));
	CHECK_STR(id.vault, "Demo");
	CHECK_EQ(arm_id_find(&id, "Resource: " ID), ARM_ID_E_INVALID);
	CHECK_EQ(arm_id_find(&id, "Resource: '/subscriptions/x'"),
		 ARM_ID_E_INVALID);
	CHECK_EQ(arm_id_find(&id, ""), ARM_ID_E_INVALID);
}

int main(void)
{
	RUN(test_parts);
	RUN(test_other);
	RUN(test_wrong);
	RUN(test_in_a_refusal);
	return check_report();
}
