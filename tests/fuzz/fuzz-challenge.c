/* SPDX-License-Identifier: MIT */

/* The lines are headers. What is taken of them is fit for a URL and a log. */

#include "auth/challenge.h"
#include "base/parse.h"
#include "tests/fuzz/fuzz.h"

enum { HEADERS_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AKV_BUF Buf claims = BUF_INIT(CHALLENGE_CLAIMS_MAX);
	char *text = fuzz_string(data, size);
	const char *headers[HEADERS_MAX];
	size_t n = 0;
	char *rest = text;
	Challenge challenge;
	int r;

	while (rest && n < HEADERS_MAX)
		headers[n++] = strsep(&rest, "\n");
	r = challenge_parse(&challenge, headers, n);
	free(text);
	FUZZ_CHECK(r == 0 || r == CHALLENGE_E_NONE || r == CHALLENGE_E_INVALID);
	if (r != 0)
		return 0;
	FUZZ_CHECK(challenge.tenant[0] == '\0' ||
		   tenant_is_valid(challenge.tenant));
	FUZZ_CHECK(ascii_is_printable(challenge.resource));
	FUZZ_CHECK(ascii_is_printable(challenge.claims));
	if (challenge.claims[0] == '\0')
		return 0;
	r = challenge_claims(&challenge, &claims);
	FUZZ_CHECK(r == 0 || (r == CHALLENGE_E_INVALID && claims.n == 0));
	FUZZ_CHECK(r != 0 || claims.n >= 2);
	return 0;
}
