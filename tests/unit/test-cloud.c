/* SPDX-License-Identifier: MIT */

/* The table is what keeps a token where it belongs. */

#include "auth/cloud.h"
#include "base/url.h"
#include "check.h"

static void test_names(void)
{
	static const char *const names[] = {"public",  "usgov", "china",
					    "germany", "bleu",  "delos"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		const Cloud *cloud = cloud_by_name(names[i]);

		CHECK(cloud != NULL);
		CHECK(cloud == cloud_at(i));
		CHECK_STR(cloud->name, names[i]);
	}
	CHECK(cloud_at(AKV_ARRAY_LEN(names)) == NULL);
	CHECK(cloud_by_name("USGov") == cloud_by_name("usgov"));
	CHECK(cloud_by_name("") == NULL);
	CHECK(cloud_by_name("publi") == NULL);
}

static bool ends_in_slash(const char *text)
{
	return text && text[0] != '\0' && text[strlen(text) - 1] == '/';
}

/* A resource with a trailing slash is refused with AKV10022. */
static void test_no_row_has_a_slash_at_its_end(void)
{
	const Cloud *cloud;

	for (size_t i = 0; (cloud = cloud_at(i)); i++) {
		CHECK(!ends_in_slash(cloud->authority));
		CHECK(!ends_in_slash(cloud->vault_resource));
		CHECK(!ends_in_slash(cloud->hsm_resource));
		CHECK(!ends_in_slash(cloud->arm));
		CHECK(!ends_in_slash(cloud->graph));
	}
}

static void test_a_resource_is_the_suffix_with_https(void)
{
	const Cloud *cloud;

	for (size_t i = 0; (cloud = cloud_at(i)); i++) {
		CHECK(strncmp(cloud->authority, "https://login.", 14) == 0);
		CHECK(strncmp(cloud->vault_resource, "https://", 8) == 0);
		CHECK_STR(cloud->vault_resource + 8, cloud->vault_suffix);
		CHECK(strncmp(cloud->hsm_resource, "https://", 8) == 0);
		CHECK_STR(cloud->hsm_resource + 8, cloud->hsm_suffix);
	}
}

static void test_hosts(void)
{
	const char *resource = "untouched";

	CHECK(cloud_by_host("a.vault.azure.net", &resource) == cloud_at(0));
	CHECK_STR(resource, "https://vault.azure.net");
	CHECK(cloud_by_host("A.VAULT.AZURE.NET", NULL) == cloud_at(0));
	CHECK(cloud_by_host("a.managedhsm.azure.net", &resource) ==
	      cloud_at(0));
	CHECK_STR(resource, "https://managedhsm.azure.net");
	CHECK(cloud_by_host("a.vault.usgovcloudapi.net", &resource) ==
	      cloud_by_name("usgov"));
	CHECK_STR(resource, "https://vault.usgovcloudapi.net");
	CHECK(cloud_by_host("a.vault.azure.cn", NULL) ==
	      cloud_by_name("china"));
	CHECK(cloud_by_host("a.vault.microsoftazure.de", NULL) ==
	      cloud_by_name("germany"));
	CHECK(cloud_by_host("a.vault.sovcloud-api.fr", NULL) ==
	      cloud_by_name("bleu"));
	CHECK(cloud_by_host("a.vault.sovcloud-api.de", NULL) ==
	      cloud_by_name("delos"));
}

static void test_hosts_that_only_look_alike(void)
{
	static const char *const hosts[] = {
		"evilvault.azure.net",
		"vault.azure.net",
		"a.vault.azure.net.evil",
		"a.vault.azure.com",
		"example.com",
		"",
		".",
		"a.vault.azure.net.",
		"vault.azure.net.a",
	};
	const char *resource = "untouched";

	for (size_t i = 0; i < AKV_ARRAY_LEN(hosts); i++)
		CHECK(cloud_by_host(hosts[i], &resource) == NULL);
	CHECK_STR(resource, "untouched");
}

static char why[256];

static int state(Cloud *ret, const char *suffix, const char *resource,
		 const char *authority)
{
	return cloud_state(ret, suffix, resource, authority, why, sizeof(why));
}

#define AUTHORITY "https://login.example.org"

static void test_a_cloud_that_is_stated(void)
{
	static const char *const resources[] = {
		"https://vault.example.org",
		"https://example.org",
		"https://vault.example.org/1b2c",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(resources); i++) {
		Cloud cloud;

		CHECK_OK(state(&cloud, "vault.example.org", resources[i],
			       AUTHORITY));
		CHECK_STR(cloud.vault_suffix, "vault.example.org");
		CHECK_STR(cloud.vault_resource, resources[i]);
		CHECK_STR(cloud.authority, AUTHORITY);
		CHECK(!cloud.arm && !cloud.hsm_suffix);
		CHECK(!cloud_is_known(&cloud));
	}
	CHECK(cloud_is_known(cloud_at(0)));
}

static void test_a_cloud_that_cannot_be_stated(void)
{
	static const struct {
		const char *suffix, *resource, *authority, *said;
	} rows[] = {
		{"vault", "https://vault", AUTHORITY, "vault_suffix= is what"},
		{".example.org", "https://example.org", AUTHORITY, "is what"},
		{"a..example", "https://a.example", AUTHORITY, "is what"},
		{"Vault.example", "https://vault.example", AUTHORITY,
		 "lower case"},
		{"vault.example:1", "https://vault.example", AUTHORITY,
		 "is what"},
		{"vault.azure.net", "https://vault.azure.net", AUTHORITY,
		 "\"public\""},
		{"azure.net", "https://azure.net", AUTHORITY, "\"public\""},
		{"evil.vault.azure.cn", "https://vault.azure.cn", AUTHORITY,
		 "\"china\""},
		{"managedhsm.azure.net", "https://managedhsm.azure.net",
		 AUTHORITY, "\"public\""},
		{"vault.example.org", "", AUTHORITY, "needs resource="},
		{"vault.example.org", "https://vault.example.org", "",
		 "authority="},
		{"vault.example.org", "https://vault.example.org/", AUTHORITY,
		 "ends in '/'"},
		/* A token for others' vaults. */
		{"vault.example.org", "https://vault.azure.net", AUTHORITY,
		 "must not go"},
		{"vault.example.org", "https://management.azure.com", AUTHORITY,
		 "must not go"},
		{"vault.example.org", "https://a.vault.example.org", AUTHORITY,
		 "must not go"},
		{"evilvault.example.org", "https://vault.example.org",
		 AUTHORITY, "must not go"},
		{"vault.example.org", "http://vault.example.org", AUTHORITY,
		 "must not go"},
		{"vault.example.org", "vault.example.org", AUTHORITY,
		 "must not go"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Cloud cloud = {.name = "untouched"};

		CHECK_EQ(state(&cloud, rows[i].suffix, rows[i].resource,
			       rows[i].authority),
			 CLOUD_E_INVALID);
		CHECK(strstr(why, rows[i].said) != NULL);
		CHECK_STR(cloud.name, "untouched");
	}
}

static void test_resources_that_are_typed(void)
{
	static const char *const bad[] = {
		"",
		"https://vault.azure.net/",
		"https://vault.azure.net//",
		"https://vault.azure.net/.default",
		"https://vault.azure.net https://a",
		"https://vault\nazure.net",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK(resource_fault(bad[i]) != NULL);
	for (size_t i = 0; cloud_at(i); i++)
		CHECK(!resource_fault(cloud_at(i)->vault_resource));
	CHECK(!resource_fault("cfa8b339-82a2-471a-a3c9-0fc0be7a4093"));
	CHECK(!resource_fault("api://vault"));
}

int main(void)
{
	RUN(test_names);
	RUN(test_no_row_has_a_slash_at_its_end);
	RUN(test_a_resource_is_the_suffix_with_https);
	RUN(test_hosts);
	RUN(test_hosts_that_only_look_alike);
	RUN(test_a_cloud_that_is_stated);
	RUN(test_a_cloud_that_cannot_be_stated);
	RUN(test_resources_that_are_typed);
	return check_report();
}
