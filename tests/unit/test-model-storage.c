/* SPDX-License-Identifier: MIT */

/* Storage accounts and SAS definitions before they are handed on. */

#include "model-test.h"
#include "vault/model-storage.h"

static int check(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);

	return model_storage_check(object, &why);
}

static int check_sas(const char *text)
{
	AKV_JSON cJSON *object = json_of(text);

	return model_sas_check(object, &why);
}

static void test_accounts(void)
{
	static const char *const bad[] = {
		"{\"resourceId\":7}",
		"{\"activeKeyName\":{}}",
		"{\"autoRegenerateKey\":\"true\"}",
		"{\"regenerationPeriod\":30}",
		"{\"resourceId\":\"a\",\"resourceId\":\"b\"}",
	};

	CHECK_OK(check("{\"resourceId\":\"/subscriptions/s/resourceGroups/g/"
		       "providers/Microsoft.Storage/storageAccounts/a\","
		       "\"activeKeyName\":\"key1\",\"autoRegenerateKey\":true,"
		       "\"regenerationPeriod\":\"P30D\"}"));
	CHECK_OK(check("{}"));
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		if (check(bad[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bad[i]);
}

static void test_definitions(void)
{
	static const char *const bad[] = {
		"{\"sid\":7}",
		"{\"templateUri\":[]}",
		"{\"sasType\":true}",
		"{\"validityPeriod\":2}",
		"{\"parameters\":\"a\"}",
	};

	CHECK_OK(check_sas("{\"sid\":\"https://v.vault.azure.netsecrets/a-b\","
			   "\"templateUri\":\"sv=2015-12-11&sig=x\","
			   "\"sasType\":\"account\",\"validityPeriod\":"
			   "\"PT2H\"}"));
	CHECK_OK(check_sas("{\"parameters\":{\"sasType\":\"account\"}}"));
	CHECK_OK(check_sas("{}"));
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		if (check_sas(bad[i]) != MODEL_E_UNTRUSTED)
			CHECK_FAIL("was taken: %s", bad[i]);
}

int main(void)
{
	RUN(test_accounts);
	RUN(test_definitions);
	return check_report();
}
