/* SPDX-License-Identifier: MIT */

/*
 * What the agent of Azure Arc answers: a line is a challenge, the last part,
 * behind an empty line, is the key file. No other file is asked for than a key
 * of its folder, and what the file holds becomes one header.
 */

#include "auth/managed-host.h"
#include "auth/managed.h"
#include "base/clock.h"
#include "tests/fuzz/token-check.h"

#define TIMEOUT_US (5 * CLOCK_US_PER_S)
#define LEAD "Authorization: Basic "

static void prepare(void)
{
	static bool ready;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	clock_freeze(5000 * CLOCK_US_PER_S, 1763953200);
}

/* The name is a word and ".key": no way leads out of the folder. */
static void check_name(const char *name)
{
	size_t n = strnlen(name, ARC_KEY_NAME_SIZE);

	FUZZ_CHECK(n > 4 && n < ARC_KEY_NAME_SIZE);
	FUZZ_CHECK(strcmp(name + n - 4, ".key") == 0);
	FUZZ_CHECK(strcspn(name, "./ \r\n") == n - 4);
	FUZZ_CHECK(ascii_is_printable(name));
}

static void check_line(const HttpRequest *request)
{
	const char *line = secret_bytes(request->secret_header);
	size_t n = secret_size(request->secret_header);

	FUZZ_CHECK(strncmp(line, LEAD, strlen(LEAD)) == 0);
	FUZZ_CHECK(n > strlen(LEAD) && strlen(line) == n);
	FUZZ_CHECK(ascii_is_printable(line));
	FUZZ_CHECK(!strchr(line + strlen(LEAD), ' '));
}

/* The file is brought. */
static void give_key(Credential *credential, Exchange *exchange,
		     const char *key)
{
	AKV_CLEANUP(secret_unrefp) Secret *file = NULL;
	ErrandAnswer answer = {.errors = ""};
	int r;

	if (secret_new(&file, key,
		       AKV_MIN(strlen(key), (size_t)ARC_KEY_SIZE_MAX)) != 0)
		return;
	answer.output = file;
	r = credential->ops->advance(credential, exchange,
				     &(ExchangeEvent){.answer = &answer});
	FUZZ_CHECK(r == 0 || r == EXCHANGE_E_FAILED);
	if (r == 0) {
		FUZZ_CHECK(exchange->act == EXCHANGE_REQUEST);
		check_line(&exchange->request);
	} else {
		FUZZ_CHECK(exchange->failure.sentence[0] != '\0');
		FUZZ_CHECK(ascii_is_printable(exchange->failure.sentence));
		FUZZ_CHECK(!exchange->request.secret_header);
	}
}

static void give(Credential *credential, const HttpResponse *response,
		 const char *key)
{
	char name[ARC_KEY_NAME_SIZE] = "";
	int named = arc_key_name(name, response->challenges,
				 response->n_challenges);
	Exchange exchange;
	int r;

	FUZZ_CHECK(named == 0 || (named == MANAGED_E_REFUSED && !name[0]));
	exchange_init(&exchange);
	exchange.ask = (TokenAsk){.tenant = "t",
				  .resource = "https://vault.azure.net",
				  .timeout_us = TIMEOUT_US};
	FUZZ_CHECK(credential->ops->advance(credential, &exchange, NULL) == 0);
	r = credential->ops->advance(credential, &exchange,
				     &(ExchangeEvent){.response = response});
	FUZZ_CHECK(r == (named == 0 ? 0 : EXCHANGE_E_FAILED));
	if (r == 0) {
		check_name(name);
		FUZZ_CHECK(exchange.act == EXCHANGE_ERRAND);
		FUZZ_CHECK(exchange.errand.kind == ERRAND_ARC_KEY);
		FUZZ_CHECK(strcmp(exchange.errand.words[0], name) == 0);
		FUZZ_CHECK(errand_is_valid(&exchange.errand));
		give_key(credential, &exchange, key);
	}
	exchange_done(&exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const CredentialConfig config = {.managed.arc_agent = true};
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	HttpResponse response = {.status = 401, .body = "", .retry_after = ""};
	char *text = fuzz_string(data, size);
	char *rest = text;

	prepare();
	FUZZ_CHECK(managed_arc_ops.new(&credential, &config) == 0);
	while (rest && *rest != '\n' &&
	       response.n_challenges < HTTP_CHALLENGES_MAX)
		response.challenges[response.n_challenges++] =
			strsep(&rest, "\n");
	give(credential, &response, rest && *rest == '\n' ? rest + 1 : "");
	free(text);
	return 0;
}
