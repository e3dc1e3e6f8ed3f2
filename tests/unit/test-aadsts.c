/* SPDX-License-Identifier: MIT */

#include "auth/aadsts.h"
#include "check.h"

static void test_the_number_that_everybody_meets(void)
{
	const char *remedy = aadsts_remedy(7000215);

	CHECK(remedy != NULL);
	CHECK(strstr(remedy, "value, not its id") != NULL);
	CHECK(strstr(aadsts_remedy(7000222), "expired") != NULL);
}

static void test_numbers_with_one_remedy(void)
{
	CHECK_STR(aadsts_remedy(700016), aadsts_remedy(70001));
	CHECK_STR(aadsts_remedy(90002), aadsts_remedy(900023));
	CHECK(strcmp(aadsts_remedy(90002), aadsts_remedy(700016)) != 0);
}

static void test_numbers_without(void)
{
	CHECK(aadsts_remedy(0) == NULL);
	CHECK(aadsts_remedy(-1) == NULL);
	CHECK(aadsts_remedy(7000214) == NULL);
}

static const char *command(long code, const char *client_id, const char *tenant)
{
	static char text[AADSTS_COMMAND_SIZE];

	aadsts_command(text, code, client_id, tenant);
	return text;
}

static void test_commands(void)
{
	CHECK_STR(command(7000215, "a-b", "t"),
		  "az ad app credential reset --append --id a-b");
	CHECK_STR(command(7000112, "a-b", NULL),
		  "az ad sp update --id a-b --set accountEnabled=true");
	CHECK_STR(command(700213, "", ""), "az ad app federated-credential "
					   "list --id APPLICATION-ID");
	CHECK_STR(command(50020, "a", "t"), "az login --tenant t");
	CHECK_STR(command(700082, "a", ""), "az login --tenant TENANT-ID");
	CHECK(strstr(command(90002, "a", "t"), "tenant:tenantId"));
	CHECK_STR(command(7000222, "a; reboot", "t"),
		  "az ad app credential reset --append --id APPLICATION-ID");
	CHECK_STR(command(90033, "a", "t"), "");
	CHECK_STR(command(0, "a", "t"), "");
}

int main(void)
{
	RUN(test_commands);
	RUN(test_the_number_that_everybody_meets);
	RUN(test_numbers_with_one_remedy);
	RUN(test_numbers_without);
	return check_report();
}
