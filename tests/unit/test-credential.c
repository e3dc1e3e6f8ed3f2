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
	name = "";
	CHECK_OK(make("auto", true, &name, why, sizeof(why)));
	CHECK_STR(name, "client secret");
	CHECK_OK(make(NULL, true, &name, why, sizeof(why)));
	CHECK_STR(why, "");
}

static void test_nothing_is_configured(void)
{
	const char *name = "";
	char why[256] = "";

	CHECK_EQ(make("auto", false, &name, why, sizeof(why)),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(strstr(why, "auth=auto") != NULL);
	CHECK(strstr(why, "AZURE_CLIENT_SECRET") != NULL);
	CHECK_EQ(make("secret", false, &name, why, sizeof(why)),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(strstr(why, "auth=secret") != NULL);
	CHECK_STR(name, "");
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
	RUN(test_an_unknown_kind);
	return check_report();
}
