/* SPDX-License-Identifier: MIT */

/*
 * The first byte chooses the tool, the rest is what it prints: to one of its
 * outputs or the other.
 */

#include "auth/cli-output.h"
#include "base/clock.h"
#include "tests/fuzz/token-check.h"

#define NOW (5000 * CLOCK_US_PER_S)
#define WALL_S INT64_C(1763953200)

/* A zone with a summer time: the hour that is there twice, and none. */
static void prepare(void)
{
	static bool ready;

	if (ready)
		return;
	FUZZ_CHECK(secret_heap_init(NULL, 1 << 20) >= 0);
	FUZZ_CHECK(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) == 0);
	ready = true;
}

static void check_errors(enum cli_tool tool, const char *text)
{
	char words[CLI_ERROR_SIZE];
	size_t n;

	memset(words, 'x', sizeof(words));
	cli_error_read(words, tool, text);
	n = strnlen(words, sizeof(words));
	FUZZ_CHECK(n < sizeof(words) && ascii_is_printable(words));
	FUZZ_CHECK(n == 0 || (words[0] != ' ' && words[n - 1] != ' '));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cli_tool tool;
	Token token = {0};
	char *text;
	int r;

	prepare();
	if (size == 0)
		return 0;
	tool = data[0] % 2 ? CLI_AZD : CLI_AZ;
	r = cli_token_read(&token, tool, (const char *)data + 1, size - 1, NOW,
			   WALL_S);
	FUZZ_CHECK(r == 0 || r == CLI_E_INVALID);
	if (r == 0)
		fuzz_token_check(&token, NOW);
	else
		fuzz_token_check_none(&token);
	text = fuzz_string(data + 1, size - 1);
	check_errors(tool, text);
	free(text);
	return 0;
}
