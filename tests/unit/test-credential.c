/* SPDX-License-Identifier: MIT */

/* Which kind is taken, and what is said when none can be. */

#include "auth/credential.h"
#include "check.h"

static int store_full(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s", 1);
}

static int store_empty(AKV_UNUSED void *data, AKV_UNUSED Secret **ret)
{
	return -ENOENT;
}

static int make(const char *kind, bool full, const char **ret_name, char *why,
		size_t why_size)
{
	CredentialConfig config = {
		.kind = kind,
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = full ? store_full : store_empty},
	};
	Credential *credential = NULL;
	int r = credential_new(&credential, &config, why, why_size);

	if (credential)
		*ret_name = credential->name;
	credential = credential_free(credential);
	return r;
}

static void test_kinds(void)
{
	const char *name = "";
	char why[256] = "";

	CHECK_OK(make("secret", true, &name, why, sizeof(why)));
	CHECK_STR(name, "client secret");
	CHECK_OK(make("managed", false, &name, why, sizeof(why)));
	CHECK_STR(name, "managed identity");
	CHECK_OK(make("arc", false, &name, why, sizeof(why)));
	CHECK_STR(name, "managed identity (Azure Arc)");
	CHECK_OK(make("cli", false, &name, why, sizeof(why)));
	CHECK_STR(name, "Azure CLI");
	CHECK_OK(make("AZD", false, &name, why, sizeof(why)));
	CHECK_STR(name, "Azure Developer CLI");
	CHECK_OK(make("device", false, &name, why, sizeof(why)));
	CHECK_STR(name, "device code");
	CHECK_OK(make("auto", false, &name, why, sizeof(why)));
	CHECK_STR(name, "auto");
	CHECK_OK(make(NULL, true, &name, why, sizeof(why)));
	CHECK_STR(why, "");
}

/* A kind that is named and has not what it needs says what that is. */
static void test_nothing_is_configured(void)
{
	static const struct {
		const char *kind, *words;
	} rows[] = {
		{"secret", "AZURE_CLIENT_SECRET"},
		{"certificate", "AZURE_CLIENT_CERTIFICATE_PATH"},
		{"workload", "AZURE_FEDERATED_TOKEN_FILE"},
		{"federated", "managed identity"},
		{"pipelines", "SYSTEM_ACCESSTOKEN"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		const char *name = "";
		char why[256] = "";

		CHECK_EQ(make(rows[i].kind, false, &name, why, sizeof(why)),
			 CREDENTIAL_E_UNAVAILABLE);
		CHECK(strstr(why, rows[i].kind) != NULL);
		CHECK(strstr(why, rows[i].words) != NULL);
		CHECK_STR(name, "");
	}
}

static void test_a_preference_that_is_none(void)
{
	CredentialConfig config = {
		.kind = "auto",
		.preference = "AzurePowerShellCredential",
	};
	Credential *credential = NULL;
	char why[256] = "";

	CHECK_EQ(credential_new(&credential, &config, why, sizeof(why)),
		 CREDENTIAL_E_UNKNOWN);
	CHECK(strstr(why, "ManagedIdentityCredential") != NULL);
	config.kind = "cli";
	CHECK_OK(credential_new(&credential, &config, why, sizeof(why)));
	credential = credential_free(credential);
}

static void test_an_unknown_kind(void)
{
	const char *name = "";
	char why[256] = "";

	CHECK_EQ(make("telepathy", true, &name, why, sizeof(why)),
		 CREDENTIAL_E_UNKNOWN);
	CHECK(strstr(why, "auto, secret") != NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_kinds);
	RUN(test_nothing_is_configured);
	RUN(test_a_preference_that_is_none);
	RUN(test_an_unknown_kind);
	return check_report();
}
