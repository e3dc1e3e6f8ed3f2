/* SPDX-License-Identifier: MIT */

/* The file is asked for at each exchange, and the assertion is in the form. */

#include "auth/client-certificate.h"
#include "exchange-test.h"
#include "key-material.h"

static EVP_PKEY *key;
static X509 *own;

static CredentialConfig config_of(Store *password)
{
	return (CredentialConfig){
		.kind = "certificate",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.certificate = true,
		.certificate_password = store_of(password),
	};
}

static int answer_file(Credential *credential, Secret *file)
{
	ErrandAnswer brought = {.output = file, .errors = ""};
	int r = credential->ops->advance(credential, &exchange,
					 &(ExchangeEvent){.answer = &brought});

	(void)secret_unref(file);
	return r;
}

static void test_the_form(void)
{
	static const char before[] =
		"client_id=app-1&client_assertion_type="
		"urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
		"jwt-bearer&client_assertion=eyJ";
	static const char after[] =
		"&grant_type=client_credentials"
		"&scope=https%3A%2F%2Fvault.azure.net%2F.default";
	Store password = {.secret = "pass w"};
	CredentialConfig config = config_of(&password);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_certificate_ops.new(&credential, &config));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
		CHECK_EQ(exchange.errand.kind, ERRAND_CERTIFICATE);
		CHECK(exchange.errand.words[0] == NULL);
		CHECK_OK(answer_file(credential,
				     key_pfx(key, NULL, own, "pass w")));
		CHECK_EQ(exchange.act, EXCHANGE_REQUEST);
		CHECK_STR(exchange.request.url, ENDPOINT);
		CHECK(strncmp(body_text(), before, strlen(before)) == 0);
		CHECK(strstr(body_text(), after) != NULL);
		CHECK_EQ(respond(credential, 200, TOKEN_ANSWER),
			 EXCHANGE_E_TOKEN);
		finish();
	}
	CHECK_EQ(password.opened, 2);
}

static void test_a_file_that_is_no_use(void)
{
	Store password = {0};
	CredentialConfig config = config_of(&password);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(client_certificate_ops.new(&credential, &config));
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer(credential, -EACCES, 0, NULL, NULL), EXCHANGE_E_FAILED);
	CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK(strstr(exchange.failure.sentence, "Permission denied") != NULL);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer(credential, 0, 0, NULL, NULL), EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "it is empty") != NULL);
	finish();
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer_file(credential, key_pfx(key, NULL, own, "pass w")),
		 EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "it has a password") != NULL);
	finish();
	password.fault = -EIO;
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer_file(credential, key_pem(key, NULL, own, NULL)), -EIO);
	finish();
}

static void test_not_configured(void)
{
	Store password = {0};
	CredentialConfig config = config_of(&password);
	Credential *credential = NULL;

	config.certificate = false;
	CHECK_EQ(client_certificate_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.certificate = true;
	config.client_id = "";
	CHECK_EQ(client_certificate_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	key = key_rsa();
	own = key_certificate(key, "own");
	RUN(test_the_form);
	RUN(test_a_file_that_is_no_use);
	RUN(test_not_configured);
	EVP_PKEY_free(key);
	X509_free(own);
	return check_report();
}
