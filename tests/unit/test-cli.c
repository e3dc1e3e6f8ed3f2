/* SPDX-License-Identifier: MIT */

/* What the tools are asked for, and what each of their ends means. */

#include "auth/cli.h"
#include "exchange-test.h"

static Credential *credential;

static void begin(const CredentialOps *ops)
{
	if (ops->new (&credential, &(CredentialConfig){0}) != 0)
		abort();
}

static void end(void)
{
	finish();
	credential = credential_free(credential);
}

static void test_az(void)
{
	begin(&cli_az_ops);
	CHECK_STR(credential->name, "Azure CLI");
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
	CHECK_EQ(exchange.errand.kind, ERRAND_AZ);
	CHECK_STR(exchange.errand.words[0], RESOURCE);
	CHECK_STR(exchange.errand.words[1], TENANT);
	CHECK(exchange.errand.words[2] == NULL);
	CHECK(errand_is_valid(&exchange.errand));
	CHECK_EQ(answer(credential, 0, 0,
			"{\"accessToken\":\"t\",\"expires_on\":1763956800}",
			"WARNING: a new version is there"),
		 EXCHANGE_E_TOKEN);
	CHECK_STR(token_text(), "t");
	end();
}

static void test_azd(void)
{
	TokenAsk ask = ask_vault;

	begin(&cli_azd_ops);
	ask.claims = "{\"a\":1}";
	CHECK_OK(start(credential, &ask));
	CHECK_EQ(exchange.errand.kind, ERRAND_AZD);
	CHECK_STR(exchange.errand.words[2], "eyJhIjoxfQ==");
	CHECK(errand_is_valid(&exchange.errand));
	CHECK_EQ(answer(credential, 0, 0,
			"{\"token\":\"t\",\"expiresOn\":"
			"\"2025-11-24T04:00:00Z\"}",
			NULL),
		 EXCHANGE_E_TOKEN);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_STR(exchange.errand.words[2], "");
	CHECK(errand_is_valid(&exchange.errand));
	end();
}

static void ends(int result, int code, const char *output, const char *errors,
		 const char *words)
{
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer(credential, result, code, output, errors),
		 EXCHANGE_E_UNAVAILABLE);
	if (!strstr(exchange.failure.sentence, words))
		CHECK_FAIL("%s", exchange.failure.sentence);
	CHECK(!strstr(exchange.failure.sentence, "s3cret"));
	finish();
}

/* A tool of a person's desk that gives no token is as if it was not there. */
static void test_other_ends(void)
{
	begin(&cli_az_ops);
	ends(-ENOENT, 0, NULL, NULL, "az is not installed");
	ends(0, 127, NULL, NULL, "az is not installed");
	ends(-ETIMEDOUT, 137, NULL, NULL, "did not end in 10 seconds");
	ends(-EFBIG, 0, NULL, NULL, "File too large");
	ends(0, 1, "s3cret", "ERROR: Please run 'az login' to setup account.",
	     "Please run 'az login'");
	ends(0, 1, NULL, "AADSTS700082: The refresh token has expired",
	     "the login is over: az login");
	ends(0, 0, NULL, NULL, "no token");
	ends(0, 0, "s3cret", NULL, "no token");
	ends(0, 0, "{\"accessToken\":\"s3cret\",\"expires_on\":1}", NULL,
	     "no token");
	end();
}

/* What it says goes to terminals and logs, and may be any bytes. */
static void test_hostile_words(void)
{
	char said[ERRAND_ERRORS_MAX];

	memset(said, 'w', sizeof(said) - 1);
	said[sizeof(said) - 1] = '\0';
	begin(&cli_az_ops);
	ends(0, 1, NULL, "\x1b]0;title\x07\r\nb", "?]0;title? b");
	ends(0, 1, NULL, said, "www...");
	ends(0, 1, NULL, "%s%n%d", "%s%n%d");
	ends(0, 1, NULL, "", "gave no token (exit code 1)");
	ends(0, 128 + 9, NULL, "", "exit code 137");
	ends(-EPERM, 0, NULL, "", "not permitted");
	end();
	begin(&cli_azd_ops);
	ends(0, 1, "s3cret", "{\"error\":\"not logged in\"}", "not logged in");
	ends(0, 0, "{\"token\":\"s3cret\"}", NULL, "no token");
	ends(0, 0, "{\"token\":\"\",\"expiresOn\":\"2025-11-24T04:00:00Z\"}",
	     NULL, "no token");
	end();
}

/* az takes no claims; the person is told what to type. */
static void test_claims(void)
{
	TokenAsk ask = ask_vault;

	begin(&cli_az_ops);
	ask.claims = "{\"a\":1}";
	CHECK_EQ(start(credential, &ask), EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence,
		     "az login --tenant " TENANT
		     " --claims-challenge eyJhIjoxfQ==") != NULL);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_az);
	RUN(test_azd);
	RUN(test_other_ends);
	RUN(test_hostile_words);
	RUN(test_claims);
	return check_report();
}
