/* SPDX-License-Identifier: MIT */

/* A token from elsewhere goes where it is for, and nowhere else. */

#include "auth/given.h"
#include "exchange-test.h"

static Credential *credential;

static void begin(const char *also)
{
	AKV_CLEANUP(secret_unrefp) Secret *token = NULL;

	if (secret_new(&token, "t", 1) != 0 ||
	    given_new(&credential, token, RESOURCE, also) != 0)
		abort();
}

static int ask_for(const char *resource)
{
	TokenAsk ask = ask_vault;

	ask.resource = resource;
	return start(credential, &ask);
}

static void end(void)
{
	finish();
	credential = credential_free(credential);
}

static void test_for_the_vault(void)
{
	begin(NULL);
	CHECK_STR(credential->name, "token from elsewhere");
	CHECK_EQ(ask_for(RESOURCE), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "t");
	CHECK(exchange.token.expires_us > NOW_US);
	finish();
	CHECK_EQ(ask_for(RESOURCE), EXCHANGE_E_TOKEN);
	end();
}

static void test_for_nothing_else(void)
{
	begin(NULL);
	CHECK_EQ(ask_for("https://management.azure.com"),
		 EXCHANGE_E_UNAVAILABLE);
	CHECK(exchange.token.bytes == NULL);
	CHECK(exchange.failure.absent);
	end();
	begin("https://management.azure.com");
	CHECK_EQ(ask_for("https://management.azure.com"), EXCHANGE_E_TOKEN);
	finish();
	CHECK_EQ(ask_for("https://graph.microsoft.com"),
		 EXCHANGE_E_UNAVAILABLE);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 64 * 1024) < 0)
		return 1;
	RUN(test_for_the_vault);
	RUN(test_for_nothing_else);
	return check_report();
}
