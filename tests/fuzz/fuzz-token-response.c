/* SPDX-License-Identifier: MIT */

/*
 * The first byte chooses the status, the rest is the body. A token has bytes
 * and a life; a failure has a sentence that a terminal can show.
 */

#include "auth/token-response.h"
#include "base/clock.h"
#include "tests/fuzz/token-check.h"

#define NOW (5000 * CLOCK_US_PER_S)

static void failure_check(const AuthFailure *failure, int r)
{
	FUZZ_CHECK(r == TOKEN_RESPONSE_E_UNREACHABLE ||
		   r == TOKEN_RESPONSE_E_REFUSED ||
		   r == TOKEN_RESPONSE_E_INVALID);
	FUZZ_CHECK(failure->sentence[0] != '\0');
	FUZZ_CHECK(ascii_is_printable(failure->sentence));
	FUZZ_CHECK(ascii_is_printable(failure->error));
	FUZZ_CHECK(ascii_is_printable(failure->correlation_id));
	FUZZ_CHECK(ascii_is_printable(failure->trace_id));
	FUZZ_CHECK(failure->code >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 400, 401, 429, 503, 302};
	static bool ready;
	HttpResponse response = {.result = HTTP_OK};
	AuthFailure failure;
	Token token = {0};
	char *body;
	int r;

	if (!ready)
		FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	ready = true;
	if (size == 0)
		return 0;
	body = malloc(size);
	FUZZ_CHECK(body);
	memcpy(body, data + 1, size - 1);
	body[size - 1] = '\0';
	response.status = statuses[data[0] % AKV_ARRAY_LEN(statuses)];
	response.body = body;
	response.body_size = size - 1;
	r = token_response_read(&token, &failure, &response, NOW, 1763953200);
	free(body);
	if (r == 0) {
		fuzz_token_check(&token, NOW);
	} else {
		failure_check(&failure, r);
		fuzz_token_check_none(&token);
	}
	return 0;
}
