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

int main(void)
{
	RUN(test_names);
	RUN(test_no_row_has_a_slash_at_its_end);
	RUN(test_a_resource_is_the_suffix_with_https);
	RUN(test_hosts);
	RUN(test_hosts_that_only_look_alike);
	return check_report();
}
