/* SPDX-License-Identifier: MIT */

/*
 * Four bytes choose the host, the status, the number of tries and whether an
 * identity was named; then a line that stands for each header, and the body.
 */

#include "auth/managed-answer.h"
#include "base/clock.h"
#include "tests/fuzz/token-check.h"

#define NOW (5000 * CLOCK_US_PER_S)
#define WALL_S INT64_C(1763953200)
#define DAY_US (86400 * CLOCK_US_PER_S)
#define ID "11111111-2222-3333-4444-555555555555"

enum { CHOICES = 4, HOSTS = MANAGED_IMDS + 1 };

static void prepare(void)
{
	static bool ready;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	clock_freeze(NOW, WALL_S);
}

static void check_failure(const Exchange *exchange, int r,
			  const ManagedFacts *facts)
{
	const AuthFailure *failure = &exchange->failure;

	FUZZ_CHECK(r == EXCHANGE_E_FAILED || r == EXCHANGE_E_UNAVAILABLE);
	FUZZ_CHECK(r == EXCHANGE_E_FAILED || facts->host == MANAGED_IMDS);
	FUZZ_CHECK(exchange->result >= TOKEN_RESPONSE_E_UNREACHABLE &&
		   exchange->result <= TOKEN_RESPONSE_E_INVALID);
	FUZZ_CHECK(failure->sentence[0] != '\0');
	FUZZ_CHECK(ascii_is_printable(failure->sentence));
	FUZZ_CHECK(ascii_is_printable(failure->error));
	FUZZ_CHECK(ascii_is_printable(failure->correlation_id));
	FUZZ_CHECK(ascii_is_printable(failure->trace_id));
	FUZZ_CHECK(exchange->retry_after_us <= DAY_US);
	fuzz_token_check_none(&exchange->token);
}

static void check_again(const Exchange *exchange, const ManagedFacts *facts,
			const HttpResponse *response)
{
	FUZZ_CHECK(facts->tries > 0);
	FUZZ_CHECK(managed_pause_us(facts->host, facts->tries, facts->random));
	FUZZ_CHECK(response->result != HTTP_OK || response->status >= 404);
	FUZZ_CHECK(exchange->until_us > NOW);
	FUZZ_CHECK(exchange->until_us <= NOW + 60 * CLOCK_US_PER_S);
	FUZZ_CHECK(exchange->failure.sentence[0] == '\0');
	fuzz_token_check_none(&exchange->token);
}

/* Of an Arc agent a token is taken only with the name of its identity. */
static void check_identity(const ManagedFacts *facts,
			   const HttpResponse *response)
{
	if (facts->host != MANAGED_ARC || facts->id[0] == '\0')
		return;
	FUZZ_CHECK(strcasestr(response->body, facts->id) ||
		   strchr(response->body, '\\'));
}

static void give(const ManagedFacts *facts, const HttpResponse *response)
{
	Exchange exchange;
	int r;

	exchange_init(&exchange);
	r = managed_answer(&exchange, facts, response);
	if (r == MANAGED_AGAIN) {
		check_again(&exchange, facts, response);
	} else if (r == EXCHANGE_E_TOKEN) {
		FUZZ_CHECK(response->result == HTTP_OK);
		FUZZ_CHECK(response->status == 200);
		check_identity(facts, response);
		fuzz_token_check(&exchange.token, NOW);
	} else {
		check_failure(&exchange, r, facts);
	}
	exchange_done(&exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 400, 403, 404, 410,
				       429, 500, 501, 0};
	ManagedConfig config = {0};
	HttpResponse response = {.result = HTTP_OK};
	ManagedFacts facts;
	char *text, *body;

	prepare();
	if (size < CHOICES)
		return 0;
	text = fuzz_string(data + CHOICES, size - CHOICES);
	body = strchr(text, '\n');
	if (body)
		*body++ = '\0';
	if (data[3] % 2)
		config.client_id = ID;
	facts = (ManagedFacts){
		.host = (enum managed_host)(data[0] % HOSTS),
		.tries = data[2] % 10,
		.random = (uint32_t)data[3] << 24,
	};
	facts.id = managed_host_id(facts.host, &config, &facts.id_name);
	if (facts.host == MANAGED_ARC && !facts.id_name)
		facts.id = "";
	response.status = statuses[data[1] % AKV_ARRAY_LEN(statuses)];
	if (response.status == 0)
		response.result = 1 + data[1] % HTTP_E_PROTOCOL;
	response.body = body ? body : "";
	response.body_size = strlen(response.body);
	response.retry_after = text;
	response.reason = text;
	give(&facts, &response);
	free(text);
	return 0;
}
