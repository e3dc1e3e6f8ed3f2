/* SPDX-License-Identifier: MIT */

/* The file is asked for at each exchange, and its content is the assertion. */

#include "auth/workload.h"
#include "exchange-test.h"

static const CredentialConfig config = {
	.kind = "workload",
	.authority = "https://login.microsoftonline.com",
	.client_id = "app-1",
	.token_file = true,
};

static void test_the_form(void)
{
	static const char *const contents[] = {"a.b.c", "d.e.f \r\n\n"};
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(workload_ops.new(&credential, &config));
	CHECK_STR(credential->name, "workload identity");
	for (size_t i = 0; i < AKV_ARRAY_LEN(contents); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_EQ(exchange.act, EXCHANGE_ERRAND);
		CHECK_EQ(exchange.errand.kind, ERRAND_TOKEN_FILE);
		CHECK_OK(answer(credential, 0, 0, contents[i], NULL));
		CHECK_STR(exchange.request.url, ENDPOINT);
		CHECK(strstr(body_text(), i == 0 ? "&client_assertion=a.b.c&"
						 : "&client_assertion=d.e.f&"));
		CHECK(strstr(body_text(),
			     "client_id=app-1&client_assertion_type="
			     "urn%3Aietf%3Aparams%3Aoauth%3A"
			     "client-assertion-type%3Ajwt-bearer&"));
		CHECK_EQ(respond(credential, 200, TOKEN_ANSWER),
			 EXCHANGE_E_TOKEN);
		finish();
	}
}

static void test_a_file_that_is_no_use(void)
{
	static const char *const contents[] = {"", "\n", "a b", "a\nb",
					       "a\x7f"};
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;

	CHECK_OK(workload_ops.new(&credential, &config));
	for (size_t i = 0; i < AKV_ARRAY_LEN(contents); i++) {
		CHECK_OK(start(credential, &ask_vault));
		CHECK_EQ(answer(credential, 0, 0, contents[i], NULL),
			 EXCHANGE_E_FAILED);
		CHECK_EQ(exchange.result, TOKEN_RESPONSE_E_REFUSED);
		CHECK(strstr(exchange.failure.sentence, "token_file=") != NULL);
		finish();
	}
	CHECK_OK(start(credential, &ask_vault));
	CHECK_EQ(answer(credential, -ENOENT, 0, NULL, NULL), EXCHANGE_E_FAILED);
	CHECK(strstr(exchange.failure.sentence, "No such file") != NULL);
	finish();
}

static void test_not_configured(void)
{
	CredentialConfig other = config;
	Credential *credential = NULL;

	other.token_file = false;
	CHECK_EQ(workload_ops.new(&credential, &other),
		 CREDENTIAL_E_UNAVAILABLE);
	other = config;
	other.client_id = NULL;
	CHECK_EQ(workload_ops.new(&credential, &other),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_the_form);
	RUN(test_a_file_that_is_no_use);
	RUN(test_not_configured);
	return check_report();
}
