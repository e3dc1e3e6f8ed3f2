/* SPDX-License-Identifier: MIT */

/* On past what is not there, no further than what fails, and then for life. */

#include "auth/chain.h"
#include "base/log.h"
#include "exchange-test.h"

static Store secret, password;
static uint32_t chosen;
static Credential *credential;

static CredentialConfig config_of(void)
{
	return (CredentialConfig){
		.kind = "auto",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = store_of(&secret),
		.certificate_password = store_of(&password),
		.chosen = &chosen,
	};
}

static void begin_with(const CredentialConfig *config)
{
	if (chain_ops.new(&credential, config) != 0)
		abort();
}

static void begin(void)
{
	CredentialConfig config = config_of();

	begin_with(&config);
}

static void end(void)
{
	finish();
	credential = credential_free(credential);
	secret = (Store){0};
	chosen = 0;
}

static const FakeAnswer nobody = {.result = HTTP_E_TIMEOUT};

static int no_tool(void)
{
	return answer(credential, -ENOENT, 0, NULL, NULL);
}

#define AZ_TOKEN "{\"accessToken\":\"az\",\"expires_on\":1763956800}"

static void test_it_goes_on_past_what_is_not_there(void)
{
	CredentialConfig config = config_of();

	config.token_file = false;
	begin_with(&config);
	CHECK_STR(credential->name, "auto");
	CHECK_OK(start(credential, &ask_vault));
	CHECK(strstr(exchange.request.url, "169.254.169.254") != NULL);
	CHECK_OK(respond_with(credential, &nobody));
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	CHECK_OK(no_tool());
	CHECK_EQ(exchange.errand.kind, ERRAND_AZD);
	CHECK_EQ(no_tool(), EXCHANGE_E_UNAVAILABLE);
	CHECK(strstr(exchange.failure.sentence, "AZURE_CLIENT_SECRET"));
	CHECK(strstr(exchange.failure.sentence, "AZURE_FEDERATED_TOKEN_FILE"));
	CHECK(strstr(exchange.failure.sentence, "metadata service"));
	CHECK(strstr(exchange.failure.sentence, "az is not installed"));
	CHECK_EQ(chosen, 0);
	/* Nothing was chosen, so all are asked again. */
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.act, EXCHANGE_REQUEST);
	end();
}

static void test_each_in_its_turn(void)
{
	CredentialConfig config = config_of();

	secret.secret = "s";
	config.certificate = true;
	config.token_file = true;
	begin_with(&config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK(strstr(body_text(), "client_secret=s&") != NULL);
	end();
	begin_with(&config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.errand.kind, ERRAND_CERTIFICATE);
	end();
	config.certificate = false;
	begin_with(&config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.errand.kind, ERRAND_TOKEN_FILE);
	end();
}

/* A wrong secret is not hidden by who is logged in to az. */
static void test_it_stops_at_what_fails(void)
{
	secret.secret = "s";
	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond(credential, 401,
			 "{\"error\":\"invalid_client\",\"error_codes\":"
			 "[7000215]}"),
		 EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.failure.code, 7000215);
	CHECK_EQ(chosen, 0);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(respond_with(credential, &nobody), EXCHANGE_E_FAILED);
	end();
}

static void choose_az(void)
{
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond_with(credential, &nobody));
	CHECK_EQ(answer(credential, 0, 0, AZ_TOKEN, NULL), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "az");
	CHECK_STR(credential->name, "Azure CLI");
	CHECK_EQ(chosen, CHAIN_AZ);
	finish();
}

static void test_the_first_stays(void)
{
	begin();
	choose_az();
	/* Now it is the only one, and what it cannot do, nobody does. */
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	CHECK_EQ(no_tool(), EXCHANGE_E_UNAVAILABLE);
	CHECK_STR(exchange.failure.sentence,
		  "az is not installed, or not in PATH");
	end();
}

static void test_for_later_workers_too(void)
{
	begin();
	choose_az();
	credential = credential_free(credential);
	begin();
	CHECK_STR(credential->name, "Azure CLI");
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	end();
	/* A number that is none of ours is as if there was none. */
	chosen = 4711;
	begin();
	CHECK_STR(credential->name, "auto");
	end();
}

static bool is_probe(void)
{
	return strcmp(exchange.request.headers[1] ? exchange.request.headers[1]
						  : "",
		      "Metadata: true") != 0;
}

/* A service that is down for a moment must not be taken for none. */
static void test_what_was_found_is_not_looked_for(void)
{
	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK(is_probe());
	CHECK_OK(respond(credential, 400, "{}"));
	CHECK(!is_probe());
	CHECK_EQ(respond(credential, 200,
			 "{\"access_token\":\"t\",\"expires_in\":\"3599\"}"),
		 EXCHANGE_E_TOKEN);
	CHECK_EQ(chosen, CHAIN_MANAGED);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK(!is_probe());
	finish();
	credential = credential_free(credential);
	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK(!is_probe());
	end();
}

/* Two resources are asked for at once, and the sources answer differently. */
static void test_two_at_once(void)
{
	Exchange first;

	begin();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond_with(credential, &nobody));
	CHECK_OK(no_tool());
	CHECK_EQ(exchange.errand.kind, ERRAND_AZD);
	first = exchange;
	CHECK_OK(start(credential, &ask_vault));
	CHECK_OK(respond_with(credential, &nobody));
	CHECK_EQ(answer(credential, 0, 0, AZ_TOKEN, NULL), EXCHANGE_E_TOKEN);
	finish();
	exchange = first;
	clock_freeze(NOW_US, WALL_S);
	/* azd is ready too, and too late: az it is. */
	CHECK_OK(answer(credential, 0, 0,
			"{\"token\":\"azd\",\"expiresOn\":"
			"\"2025-11-24T04:00:00Z\"}",
			NULL));
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	CHECK_EQ(answer(credential, 0, 0, AZ_TOKEN, NULL), EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "az");
	end();
}

static void test_preferences(void)
{
	CredentialConfig config = config_of();

	CHECK_EQ(chain_sources(NULL), chain_sources("  "));
	CHECK_EQ(chain_sources("dev"), 1U << CHAIN_AZ | 1U << CHAIN_AZD);
	CHECK_EQ(chain_sources(" PROD "), chain_sources("prod"));
	CHECK_EQ(chain_sources("prod") & chain_sources("dev"), 0);
	CHECK_EQ(chain_sources("azureclicredential"), 1U << CHAIN_AZ);
	CHECK_EQ(chain_sources("AzurePowerShellCredential"), 0);
	CHECK_EQ(chain_sources("prod dev"), 0);
	/* "dev" leaves even a client secret alone. */
	secret.secret = "s";
	config.preference = "dev";
	begin_with(&config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	end();
	/* One alone is asked without a probe, and with all its retries. */
	config.preference = "ManagedIdentityCredential";
	begin_with(&config);
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.request.headers[1], "Metadata: true");
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING);
	RUN(test_it_goes_on_past_what_is_not_there);
	RUN(test_each_in_its_turn);
	RUN(test_it_stops_at_what_fails);
	RUN(test_the_first_stays);
	RUN(test_for_later_workers_too);
	RUN(test_what_was_found_is_not_looked_for);
	RUN(test_two_at_once);
	RUN(test_preferences);
	return check_report();
}
