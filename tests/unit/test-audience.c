/* SPDX-License-Identifier: MIT */

/* Every audience that a token has been seen with, and where it works. */

#include "auth/audience.h"
#include "check.h"

typedef struct Case {
	const char *text, *version, *cloud;
	enum audience_plane plane;
	enum audience_fault fault;
} Case;

static void check_case(const Case *c)
{
	Audience audience;

	audience_judge(&audience, c->text, c->version, NULL);
	if (audience.fault != c->fault || audience.plane != c->plane)
		CHECK_FAIL("%s: plane %d, fault %s", c->text, audience.plane,
			   audience_fault_word(audience.fault));
	if (c->cloud &&
	    (!audience.cloud || strcmp(audience.cloud->name, c->cloud) != 0))
		CHECK_FAIL("%s: not of %s", c->text, c->cloud);
}

static void check_cases(const Case *cases, size_t n)
{
	for (size_t i = 0; i < n && !check_test_failed; i++)
		check_case(&cases[i]);
}

static void test_the_resources_of_each_cloud(void)
{
	static const Case cases[] = {
		{"https://vault.azure.net", "1.0", "public", AUDIENCE_VAULT, 0},
		{"https://VAULT.azure.net", "1.0", "public", AUDIENCE_VAULT, 0},
		{"https://managedhsm.azure.net", "1.0", "public", AUDIENCE_HSM,
		 0},
		{"https://management.azure.com", "1.0", "public", AUDIENCE_ARM,
		 0},
		{"https://management.azure.com/", "1.0", "public", AUDIENCE_ARM,
		 0},
		{"https://management.core.windows.net/", "1.0", "public",
		 AUDIENCE_ARM, 0},
		{"https://graph.microsoft.com", "1.0", "public", AUDIENCE_GRAPH,
		 0},
		{"https://vault.usgovcloudapi.net", "1.0", "usgov",
		 AUDIENCE_VAULT, 0},
		{"https://managedhsm.usgovcloudapi.net", "1.0", "usgov",
		 AUDIENCE_HSM, 0},
		{"https://management.usgovcloudapi.net", "1.0", "usgov",
		 AUDIENCE_ARM, 0},
		{"https://management.core.usgovcloudapi.net/", "1.0", "usgov",
		 AUDIENCE_ARM, 0},
		{"https://vault.azure.cn", "1.0", "china", AUDIENCE_VAULT, 0},
		{"https://managedhsm.azure.cn", "1.0", "china", AUDIENCE_HSM,
		 0},
		{"https://management.chinacloudapi.cn/", "1.0", "china",
		 AUDIENCE_ARM, 0},
		{"https://vault.microsoftazure.de", "1.0", "germany",
		 AUDIENCE_VAULT, 0},
		{"https://managedhsm.microsoftazure.de", "1.0", "germany",
		 AUDIENCE_HSM, 0},
		{"https://management.microsoftazure.de", "1.0", "germany",
		 AUDIENCE_ARM, 0},
		{"https://vault.sovcloud-api.fr", "1.0", "bleu", AUDIENCE_VAULT,
		 0},
		{"https://managedhsm.sovcloud-api.fr", "1.0", "bleu",
		 AUDIENCE_HSM, 0},
		{"https://vault.sovcloud-api.de", "1.0", "delos",
		 AUDIENCE_VAULT, 0},
		{"https://managedhsm.sovcloud-api.de", "1.0", "delos",
		 AUDIENCE_HSM, 0},
	};

	check_cases(cases, AKV_ARRAY_LEN(cases));
}

static void test_ids_of_applications(void)
{
	static const Case cases[] = {
		{"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "2.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_OK},
		{"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_APP_ID},
		{"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "", "public",
		 AUDIENCE_VAULT, AUDIENCE_APP_ID},
		{"7e7c393b-45d0-48b1-a35e-2905ddf8183c", "2.0", "usgov",
		 AUDIENCE_VAULT, AUDIENCE_OK},
		{"spn:cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "2.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_SPN},
		{"spn:https://vault.azure.net/", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_SPN},
		{"spn:", "1.0", NULL, AUDIENCE_NOWHERE, AUDIENCE_SPN},
		{"00000003-0000-0000-c000-000000000000", "1.0", NULL,
		 AUDIENCE_GRAPH, AUDIENCE_OK},
		{"797f4846-ba00-4fd7-ba43-dac1f8f63013", "2.0", NULL,
		 AUDIENCE_ARM, AUDIENCE_OK},
		{"11111111-1111-1111-1111-111111111111", "2.0", NULL,
		 AUDIENCE_NOWHERE, AUDIENCE_APPLICATION},
		{"api://my-application", "1.0", NULL, AUDIENCE_NOWHERE,
		 AUDIENCE_APPLICATION},
		{"api://AzureADTokenExchange", "1.0", NULL, AUDIENCE_NOWHERE,
		 AUDIENCE_EXCHANGE},
		{"api://AzureADTokenExchangeUSGov", "1.0", NULL,
		 AUDIENCE_NOWHERE, AUDIENCE_EXCHANGE},
	};
	Audience audience;

	check_cases(cases, AKV_ARRAY_LEN(cases));
	/* One id is shared, and one is not. */
	audience_judge(&audience, cases[0].text, "2.0", cloud_by_name("china"));
	CHECK_STR(audience.cloud->name, "china");
	audience_judge(&audience, cases[0].text, "2.0", cloud_by_name("usgov"));
	CHECK_STR(audience.cloud->name, "public");
	CHECK(!audience_works(&audience, AUDIENCE_VAULT,
			      cloud_by_name("usgov")));
}

static void test_what_nearly_is_right(void)
{
	static const Case cases[] = {
		{"https://vault.azure.net/", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_SLASH},
		{"https://vault.azure.net//", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_SLASH},
		{"https://managedhsm.azure.net/", "1.0", "public", AUDIENCE_HSM,
		 AUDIENCE_SLASH},
		{"https://vault.azure.cn/", "1.0", "china", AUDIENCE_VAULT,
		 AUDIENCE_SLASH},
		{"https://management.azure.com//", "1.0", "public",
		 AUDIENCE_ARM, AUDIENCE_SLASH},
		{"https://myvault.vault.azure.net", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_OWN_URL},
		{"https://myvault.vault.azure.net/", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_OWN_URL},
		{"myvault.vault.azure.net", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_OWN_URL},
		{"https://MyVault.vault.azure.net:443/secrets", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_OWN_URL},
		{"https://myhsm.managedhsm.azure.net", "1.0", "public",
		 AUDIENCE_HSM, AUDIENCE_OWN_URL},
		{"https://myvault.privatelink.vaultcore.azure.net", "1.0", NULL,
		 AUDIENCE_VAULT, AUDIENCE_OWN_URL},
		{"https://vault.azure.net/.default", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_SCOPE},
		{"https://vault.azure.net//.default", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_SCOPE},
		{"/.default", "1.0", NULL, AUDIENCE_NOWHERE, AUDIENCE_SCOPE},
		{"vault.azure.net", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_FORM},
		{"http://vault.azure.net", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_FORM},
		{"https://vault.azure.net:443", "1.0", "public", AUDIENCE_VAULT,
		 AUDIENCE_FORM},
		{"https://vault.azure.net/secrets", "1.0", "public",
		 AUDIENCE_VAULT, AUDIENCE_FORM},
		{"https://management.azure.com/subscriptions", "1.0", "public",
		 AUDIENCE_ARM, AUDIENCE_FORM},
	};

	check_cases(cases, AKV_ARRAY_LEN(cases));
}

/* Nothing here may come near to a vault's. */
static void test_what_is_for_others(void)
{
	static const char *const texts[] = {
		"https://vault.azure.net.evil.example",
		"https://evilvault.azure.net",
		"https://storage.azure.com",
		"https://vault.azure.net ",
		" https://vault.azure.net",
		"https://vault.azure.ne",
		"https://vault.azure.net?",
		"///",
		"https://",
		"x",
	};
	Audience audience;

	audience_judge(&audience, "", "1.0", NULL);
	CHECK_EQ(audience.fault, AUDIENCE_ABSENT);
	for (size_t i = 0; i < AKV_ARRAY_LEN(texts); i++) {
		audience_judge(&audience, texts[i], "1.0", NULL);
		if (audience.fault == AUDIENCE_OK)
			CHECK_FAIL("was taken: %s", texts[i]);
		for (int plane = AUDIENCE_NOWHERE; plane <= AUDIENCE_GRAPH;
		     plane++)
			CHECK(!audience_works(
				&audience, (enum audience_plane)plane, NULL));
	}
}

static char why[AUDIENCE_WHY_SIZE];

static const char *why_of(const char *text, const char *cloud)
{
	const Cloud *home = cloud_by_name(cloud);
	Audience audience;

	audience_judge(&audience, text, "1.0", home);
	audience_why(why, &audience, text, AUDIENCE_VAULT, home);
	return why;
}

static void test_sentences(void)
{
	CHECK_STR(why_of("https://vault.azure.net", "public"), "");
	CHECK_STR(why_of("https://management.azure.com/", "public"),
		  "it is for Azure Resource Manager (aud "
		  "https://management.azure.com/), and a vault wants "
		  "https://vault.azure.net: ask for that resource");
	CHECK_STR(why_of("https://vault.azure.net/", "public"),
		  "its audience ends in '/', and Key Vault requires none (aud "
		  "https://vault.azure.net/): ask for https://vault.azure.net");
	CHECK_STR(why_of("https://vault.azure.net", "usgov"),
		  "it is for the cloud public (aud https://vault.azure.net), "
		  "and this one is usgov: ask for "
		  "https://vault.usgovcloudapi.net, or set cloud=public");
	CHECK_STR(why_of("", "china"), "it names no audience: ask for "
				       "https://vault.azure.cn");
}

/* Whatever is wrong, the sentence says what would be right. */
static void test_each_sentence_has_a_remedy(void)
{
	for (int fault = AUDIENCE_ABSENT; fault <= AUDIENCE_UNKNOWN; fault++) {
		Audience audience = {
			.fault = (enum audience_fault)fault,
		};

		audience_why(why, &audience, "x", AUDIENCE_HSM,
			     cloud_by_name("public"));
		CHECK(strstr(why, ": ask for https://managedhsm.azure.net"));
		CHECK(audience_fault_word(audience.fault)[0] != '\0');
	}
}

static void test_the_longest_is_cut(void)
{
	char text[256];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(strstr(why_of(text, "public"), "https://vault.azure.net"));
	memcpy(text, "https://vault.azure.net/", 24);
	CHECK(strstr(why_of(text, "public"), "ask for"));
}

/* A cloud that is in no table is judged as the others are. */
static void test_a_cloud_that_is_stated(void)
{
	static const Cloud custom = {
		.name = "custom",
		.vault_resource = "https://vault.example.org",
	};
	Audience audience;

	audience_judge(&audience, "https://vault.example.org", "1.0", &custom);
	CHECK(audience_works(&audience, AUDIENCE_VAULT, &custom));
	audience_judge(&audience, "https://vault.example.org/", "1.0", &custom);
	CHECK_EQ(audience.fault, AUDIENCE_SLASH);
	CHECK(!audience_works(&audience, AUDIENCE_VAULT, &custom));
	audience_judge(&audience, "https://vault.azure.net", "1.0", &custom);
	CHECK(!audience_works(&audience, AUDIENCE_VAULT, &custom));
	audience_judge(&audience, "https://vault.example.org", "1.0", NULL);
	CHECK_EQ(audience.fault, AUDIENCE_UNKNOWN);
}

int main(void)
{
	RUN(test_the_resources_of_each_cloud);
	RUN(test_ids_of_applications);
	RUN(test_what_nearly_is_right);
	RUN(test_what_is_for_others);
	RUN(test_sentences);
	RUN(test_each_sentence_has_a_remedy);
	RUN(test_the_longest_is_cut);
	RUN(test_a_cloud_that_is_stated);
	return check_report();
}
