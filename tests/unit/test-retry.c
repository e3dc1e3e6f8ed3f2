/* SPDX-License-Identifier: MIT */

#include "base/clock.h"
#include "check.h"
#include "vault/retry.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS
#define NOW (1000 * S)
#define WALL INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

static int decide(uint64_t *ret_at_us, unsigned tries, enum vault_answer answer,
		  int status, uint64_t stated_us, uint64_t left_us)
{
	VaultError error = {
		.answer = answer,
		.status = status,
		.retry_after_us = stated_us,
	};

	return retry_decide(ret_at_us, tries, &error, NOW, NOW + left_us, 0);
}

static void test_pauses_grow(void)
{
	VaultError error = {.answer = VAULT_E_THROTTLED, .status = 429};
	/* (2^n - 1) * 0.8 s, times 0.8 to 1.3 */
	static const uint64_t unit_ms[] = {800, 2400, 5600, 12000, 24800};
	uint64_t at_us;

	for (unsigned n = 1; n <= AKV_ARRAY_LEN(unit_ms); n++) {
		uint64_t unit_us = unit_ms[n - 1] * MS;

		CHECK_OK(retry_decide(&at_us, n, &error, NOW, CLOCK_NEVER, 0));
		CHECK(at_us >= NOW + unit_us * 79 / 100);
		CHECK(at_us <= NOW + unit_us * 80 / 100);
		CHECK_OK(retry_decide(&at_us, n, &error, NOW, CLOCK_NEVER,
				      UINT32_MAX));
		CHECK(at_us >= NOW + unit_us * 129 / 100);
		CHECK(at_us < NOW + unit_us * 130 / 100);
	}
	CHECK_OK(
		retry_decide(&at_us, 15, &error, NOW, CLOCK_NEVER, UINT32_MAX));
	CHECK_EQ(at_us, NOW + RETRY_PAUSE_MAX_S * S);
	CHECK_EQ(retry_decide(&at_us, RETRY_TRIES_MAX, &error, NOW, CLOCK_NEVER,
			      0),
		 RETRY_E_GIVE_UP);
}

static void test_what_is_worth_it(void)
{
	static const struct {
		enum vault_answer answer;
		int status;
		bool worth_it;
	} cases[] = {
		{VAULT_E_THROTTLED, 429, true},
		{VAULT_E_UNAVAILABLE, 408, true},
		{VAULT_E_UNAVAILABLE, 500, true},
		{VAULT_E_UNAVAILABLE, 502, true},
		{VAULT_E_UNAVAILABLE, 503, true},
		{VAULT_E_UNAVAILABLE, 504, true},
		{VAULT_E_UNAVAILABLE, 401, true}, /* AKV10046 */
		{VAULT_E_UNAVAILABLE, 0, true},   /* signing in */
		{VAULT_E_UNREACHABLE, 0, true},
		{VAULT_E_UNAVAILABLE, 501, false},
		{VAULT_E_UNAVAILABLE, 505, false},
		{VAULT_E_UNAVAILABLE, 200, false},
		{VAULT_E_UNAUTHORIZED, 401, false},
		{VAULT_E_FORBIDDEN, 403, false},
		{VAULT_E_DISABLED, 403, false},
		{VAULT_E_NOT_FOUND, 404, false},
		{VAULT_E_UNRESOLVED, 0, false},
		{VAULT_E_TLS, 0, false},
		{VAULT_E_UNTRUSTED, 200, false},
		{VAULT_E_REFUSED, 400, false},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		uint64_t at_us = 7;
		int r = decide(&at_us, 1, cases[i].answer, cases[i].status, 0,
			       100 * S);

		CHECK_EQ(r, cases[i].worth_it ? 0 : RETRY_E_GIVE_UP);
		CHECK(cases[i].worth_it || at_us == 7);
	}
}

/* What the server states is kept, or the call is given up at once. */
static void test_a_stated_delay(void)
{
	uint64_t at_us;

	CHECK_OK(decide(&at_us, 1, VAULT_E_THROTTLED, 429, 2 * S, 5 * S));
	CHECK_EQ(at_us, NOW + 2 * S);
	CHECK_OK(decide(&at_us, 1, VAULT_E_THROTTLED, 429, 5 * MS, 5 * S));
	CHECK_EQ(at_us, NOW + 5 * MS);
	CHECK_EQ(decide(&at_us, 1, VAULT_E_THROTTLED, 429, 5 * S, 5 * S),
		 RETRY_E_GIVE_UP);
	CHECK_EQ(decide(&at_us, 1, VAULT_E_UNAVAILABLE, 503, 3600 * S, 5 * S),
		 RETRY_E_GIVE_UP);
	CHECK_EQ(decide(&at_us, 1, VAULT_E_NOT_FOUND, 404, 1 * S, 5 * S),
		 RETRY_E_GIVE_UP);
}

/* A computed one is shortened, for one last try before the deadline. */
static void test_the_last_try(void)
{
	uint64_t at_us;

	CHECK_OK(decide(&at_us, 3, VAULT_E_UNREACHABLE, 0, 0, 3 * S));
	CHECK_EQ(at_us, NOW + 3 * S - RETRY_LAST_MS * MS);
	CHECK_EQ(decide(&at_us, 3, VAULT_E_UNREACHABLE, 0, 0, 1500 * MS),
		 RETRY_E_GIVE_UP);
	/* A short timeout: the first pause fits, with little left. */
	CHECK_OK(decide(&at_us, 1, VAULT_E_UNREACHABLE, 0, 0, 1 * S));
	CHECK(at_us < NOW + 1 * S);
	CHECK_EQ(decide(&at_us, 1, VAULT_E_UNREACHABLE, 0, 0, 500 * MS),
		 RETRY_E_GIVE_UP);
	CHECK_EQ(decide(&at_us, 1, VAULT_E_UNREACHABLE, 0, 0, 0),
		 RETRY_E_GIVE_UP);
}

/* From any failure on, tries end, and end before the deadline. */
static void test_it_ends(void)
{
	VaultError error = {.answer = VAULT_E_UNREACHABLE};

	for (uint64_t left_s = 0; left_s < 200; left_s++) {
		uint64_t deadline_us = NOW + left_s * S;
		uint64_t now_us = NOW;
		unsigned tries = 1;
		uint64_t at_us;

		while (retry_decide(&at_us, tries, &error, now_us, deadline_us,
				    (uint32_t)(left_s * 2654435761)) == 0) {
			CHECK(at_us > now_us);
			CHECK(at_us < deadline_us);
			now_us = at_us + MS;
			tries++;
		}
		CHECK(tries <= RETRY_TRIES_MAX);
		CHECK(left_s < 5 || tries >= 3);
	}
}

static void test_headers(void)
{
	CHECK_EQ(retry_after_us("", "", "", WALL), 0);
	CHECK_EQ(retry_after_us(NULL, NULL, NULL, WALL), 0);
	CHECK_EQ(retry_after_us("", "10", "", WALL), 10 * S);
	CHECK_EQ(retry_after_us("1500", "10", "", WALL), 1500 * MS);
	CHECK_EQ(retry_after_us("x", "10", "", WALL), 10 * S);
	CHECK_EQ(retry_after_us("0", "0", "", WALL), 0);
	CHECK_EQ(retry_after_us("", "-5", "", WALL), 0);
	CHECK_EQ(retry_after_us("", "10 ", "", WALL), 0);
	CHECK_EQ(retry_after_us("", "99999999999999999999", "", WALL),
		 86400 * S);
	CHECK_EQ(retry_after_us("-1", "soon", "", WALL), 0);
}

static void test_dates(void)
{
	static const char at[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	static const char later[] = "Sun, 06 Nov 1994 08:50:07 GMT";
	static const char much_later[] = "Sun, 06 Nov 2044 08:50:07 GMT";

	/* by the server's own clock, if it says what that shows */
	CHECK_EQ(retry_after_us("", later, at, WALL + 9999), 30 * S);
	CHECK_EQ(retry_after_us("", later, "", WALL), 30 * S);
	CHECK_EQ(retry_after_us("", later, "yesterday", WALL + 10), 20 * S);
	CHECK_EQ(retry_after_us("", at, at, 0), 0);
	CHECK_EQ(retry_after_us("", at, later, 0), 0);
	CHECK_EQ(retry_after_us("", much_later, at, WALL), 86400 * S);
}

int main(void)
{
	RUN(test_pauses_grow);
	RUN(test_what_is_worth_it);
	RUN(test_a_stated_delay);
	RUN(test_the_last_try);
	RUN(test_it_ends);
	RUN(test_headers);
	RUN(test_dates);
	return check_report();
}
