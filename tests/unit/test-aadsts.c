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

int main(void)
{
	RUN(test_the_number_that_everybody_meets);
	RUN(test_numbers_with_one_remedy);
	RUN(test_numbers_without);
	return check_report();
}
