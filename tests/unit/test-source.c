/* SPDX-License-Identifier: MIT */

/* What a person may type as SOURCE, and what is never sent a token. */

#include "check.h"
#include "vault/source.h"

static char why[512];

static int parse(Source *ret, const char *text, const char *cloud)
{
	why[0] = '\0';
	return source_parse(ret, text, cloud, why, sizeof(why));
}

static void test_every_form_of_one_vault(void)
{
	static const char *const texts[] = {
		"myvault",
		"MyVault",
		"myvault.vault.azure.net",
		"MyVault.Vault.Azure.Net",
		"https://myvault.vault.azure.net",
		"https://myvault.vault.azure.net/",
		"https://myvault.vault.azure.net:443",
		"HTTPS://MYVAULT.vault.azure.net/",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		Source source;

		CHECK_OK(parse(&source, texts[i], NULL));
		CHECK_STR(source.vault, "myvault");
		CHECK_STR(source.origin.scheme, "https");
		CHECK_STR(source.origin.host, "myvault.vault.azure.net");
		CHECK_EQ(source.origin.port, 443);
		CHECK_STR(source.cloud->name, "public");
		CHECK_STR(source.resource, "https://vault.azure.net");
		CHECK(!source.has_collection);
	}
}

static void test_a_collection(void)
{
	Source source;

	CHECK_OK(parse(&source, "https://myvault.vault.azure.net/secrets",
		       NULL));
	CHECK(source.has_collection);
	CHECK_EQ(source.collection, COLLECTION_SECRETS);
	CHECK_OK(parse(&source, "https://myvault.vault.azure.net/secrets/",
		       NULL));
	CHECK(source.has_collection);
	CHECK_OK(parse(&source, "https://myvault.vault.azure.net/keys", NULL));
	CHECK_EQ(source.collection, COLLECTION_KEYS);
	CHECK_OK(parse(&source, "https://myvault.vault.azure.net/certificates",
		       NULL));
	CHECK_EQ(source.collection, COLLECTION_CERTIFICATES);
	CHECK_OK(parse(&source, "https://myvault.vault.azure.net/storage/",
		       NULL));
	CHECK(source.has_collection);
	CHECK_EQ(source.collection, COLLECTION_STORAGE);
	for (int i = 0; i < COLLECTIONS; i++)
		CHECK(source_can_hold(&source, (enum collection)i));
}

static void test_managed_hsms(void)
{
	Source source;

	CHECK_OK(parse(&source, "myhsm.managedhsm.azure.net", NULL));
	CHECK(source.is_hsm);
	CHECK_STR(source.vault, "myhsm");
	CHECK_STR(source.origin.host, "myhsm.managedhsm.azure.net");
	CHECK_STR(source.resource, "https://managedhsm.azure.net");
	CHECK(!source.has_collection);
	CHECK(source_can_hold(&source, COLLECTION_KEYS));
	CHECK(!source_can_hold(&source, COLLECTION_SECRETS));
	CHECK(!source_can_hold(&source, COLLECTION_CERTIFICATES));
	CHECK(!source_can_hold(&source, COLLECTION_STORAGE));
	CHECK_OK(
		parse(&source, "https://myhsm.managedhsm.azure.cn/keys", NULL));
	CHECK_STR(source.cloud->name, "china");
	CHECK_STR(source.resource, "https://managedhsm.azure.cn");
	CHECK_EQ(source.collection, COLLECTION_KEYS);
	CHECK_EQ(parse(&source, "https://myhsm.managedhsm.azure.net/secrets",
		       NULL),
		 SOURCE_E_INVALID);
	CHECK(strstr(why, "holds keys only") != NULL);
	CHECK_EQ(parse(&source, "https://myhsm.managedhsm.azure.net", "china"),
		 SOURCE_E_INVALID);
	CHECK_OK(parse(&source, "myvault", NULL));
	CHECK(!source.is_hsm);
}

static void test_clouds(void)
{
	Source source;

	CHECK_OK(parse(&source, "myvault", "usgov"));
	CHECK_STR(source.origin.host, "myvault.vault.usgovcloudapi.net");
	CHECK_STR(source.resource, "https://vault.usgovcloudapi.net");
	CHECK_OK(parse(&source, "myvault.vault.azure.cn", NULL));
	CHECK_STR(source.cloud->name, "china");
	CHECK_OK(parse(&source, "https://myvault.vault.azure.cn", "china"));
	CHECK_OK(parse(&source, "old.vault.microsoftazure.de", NULL));
	CHECK_STR(source.cloud->name, "germany");
	CHECK_OK(parse(&source, "myvault.vault.sovcloud-api.fr", NULL));
	CHECK_STR(source.resource, "https://vault.sovcloud-api.fr");
	CHECK_EQ(parse(&source, "myvault.vault.azure.cn", "public"),
		 SOURCE_E_INVALID);
	CHECK(strstr(why, "\"china\"") != NULL);
	CHECK(strstr(why, "cloud=public") != NULL);
	CHECK_EQ(parse(&source, "myvault", "nowhere"), SOURCE_E_INVALID);
	CHECK(strstr(why, "usgov") != NULL);
}

static void test_hosts_that_are_no_vault(void)
{
	static const char *const texts[] = {
		"https://evilvault.azure.net",
		"https://vault.azure.net",
		"vault.azure.net",
		"myvault.vault.azure.net.evil.example",
		"myvault.vault.azure.com",
		"https://example.com",
		"https://192.0.2.1",
		"https://[::1]",
		"localhost.localdomain",
		"a.b.vault.azure.net",
		"myvault.region.vault.azure.net",
		"https://my--vault.vault.azure.net",
		"https://1vault.vault.azure.net",
		"https://ab.vault.azure.net",
		"https://vault-.vault.azure.net",
		"https://abcdefghijklmnopqrstuvwxy.vault.azure.net",
		"myvault.vault.azure.net..",
		".vault.azure.net",
		"https://myvault.privatelink.vaultcore.azure.net",
		"https://1hsm.managedhsm.azure.net",
		"https://a.b.managedhsm.azure.net",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		Source source = {.vault = "untouched"};

		if (parse(&source, texts[i], NULL) != SOURCE_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK_STR(source.vault, "untouched");
		CHECK(strstr(why, "myvault.vault.azure.net") != NULL);
	}
}

static void test_urls_that_are_no_source(void)
{
	static const char *const texts[] = {
		"http://myvault.vault.azure.net",
		"ftp://myvault.vault.azure.net",
		"file:///secrets",
		"https://myvault.vault.azure.net:8443",
		"https://myvault.vault.azure.net:0",
		"https://user@myvault.vault.azure.net",
		"https://user:password@myvault.vault.azure.net/secrets",
		"https://myvault.vault.azure.net/deletedkeys",
		"https://myvault.vault.azure.net/keysx",
		"https://myvault.vault.azure.net/secrets/a",
		"https://myvault.vault.azure.net/Secrets",
		"https://myvault.vault.azure.net/secrets//",
		"https://myvault.vault.azure.net//",
		"https://myvault.vault.azure.net/secrets?a=b",
		"https://myvault.vault.azure.net?a=b",
		"https://myvault.vault.azure.net/#x",
		"https://",
		"://",
		"myvault.vault.azure.net:443",
		"myvault.vault.azure.net/secrets",
		"myvault/secrets",
		"//myvault.vault.azure.net",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		Source source;

		if (parse(&source, texts[i], NULL) != SOURCE_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
		CHECK(strstr(why, "https://myvault.vault.azure.net") != NULL);
	}
}

static void test_names_that_are_none(void)
{
	static const char *const texts[] = {
		"",
		"ab",
		"1abc",
		"-abc",
		"abc-",
		"a--b",
		"my_vault",
		"my vault",
		"myvault\n",
		"abcdefghijklmnopqrstuvwxy",
		"sch\xc3\xb6n",
	};
	Source source;

	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++)
		if (parse(&source, texts[i], NULL) != SOURCE_E_INVALID)
			CHECK_FAIL("was taken: %s", texts[i]);
	CHECK_OK(parse(&source, "abc", NULL));
	CHECK_OK(parse(&source, "abcdefghijklmnopqrstuvwx", NULL));
	CHECK_OK(parse(&source, "a-b-1", NULL));
}

static void test_a_very_long_text(void)
{
	char text[20000];
	Source source;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK_EQ(parse(&source, text, NULL), SOURCE_E_INVALID);
	memcpy(text, "https://", 8);
	CHECK_EQ(parse(&source, text, NULL), SOURCE_E_INVALID);
}

/* A vault of a cloud that is in no table is below that cloud's suffix. */
static void test_a_cloud_that_is_stated(void)
{
	static const Cloud custom = {
		.name = "custom",
		.vault_suffix = "vault.example.org",
		.vault_resource = "https://vault.example.org",
	};
	static const char *const good[] = {
		"demo",
		"demo.vault.example.org",
		"https://Demo.vault.example.org/",
	};
	static const char *const bad[] = {
		"https://demo.vault.azure.net",
		"https://demo.evilvault.example.org",
		"https://demo.vault.example.org.evil.example",
		"https://vault.example.org",
		"https://a.b.vault.example.org",
		"http://demo.vault.example.org",
	};
	Source source;

	for (size_t i = 0; i < AKV_ARRAY_LEN(good); i++) {
		CHECK_OK(source_parse_of(&source, good[i], &custom, why,
					 sizeof(why)));
		CHECK_STR(source.origin.host, "demo.vault.example.org");
		CHECK_STR(source.vault, "demo");
		CHECK_STR(source.resource, custom.vault_resource);
		CHECK(source.cloud == &custom && !source.is_hsm);
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		CHECK_EQ(source_parse_of(&source, bad[i], &custom, why,
					 sizeof(why)),
			 SOURCE_E_INVALID);
}

int main(void)
{
	RUN(test_every_form_of_one_vault);
	RUN(test_a_collection);
	RUN(test_managed_hsms);
	RUN(test_clouds);
	RUN(test_hosts_that_are_no_vault);
	RUN(test_urls_that_are_no_source);
	RUN(test_names_that_are_none);
	RUN(test_a_very_long_text);
	RUN(test_a_cloud_that_is_stated);
	return check_report();
}
