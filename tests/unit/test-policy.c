/* SPDX-License-Identifier: MIT */

/* How long an answer is good, for whom, and when the vault is asked again. */

#include "base/clock.h"
#include "cache/policy.h"
#include "tests/unit/check.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS
#define T (1000 * S)

static const CachePolicy policy = {
	.ttl_us = 300 * S,
	.negative_ttl_us = 30 * S,
	.stale_us = 1000 * S,
};

static uint64_t lifetime;

static enum verdict judge_two(const Freshness *f, uint64_t arrived_us,
			      uint64_t now_us)
{
	lifetime = 12345;
	return freshness_judge(f, &policy, arrived_us, now_us, &lifetime);
}

static enum verdict judge(const Freshness *f, uint64_t now_us)
{
	return judge_two(f, now_us, now_us);
}

static void pauses_double_up_to_five_seconds(void)
{
	static const uint64_t pauses[] = {500, 500, 1000, 2000, 4000, 5000};

	for (unsigned i = 0; i < AKV_ARRAY_LEN(pauses); i++)
		CHECK_EQ(policy_pause_us(i), pauses[i] * MS);
	CHECK_EQ(policy_pause_us(64), 5 * S);
	CHECK_EQ(policy_pause_us(UINT32_MAX), 5 * S);
}

static void nothing_is_known_at_first(void)
{
	Freshness f = {0};

	CHECK_EQ(judge(&f, 0), VERDICT_ASK);
	CHECK_EQ(judge(&f, T), VERDICT_ASK);
	CHECK_EQ(lifetime, 0);
}

static void an_answer_is_fresh_for_the_ttl(void)
{
	Freshness f = {0};

	/* The age counts from when it was asked for, not from its arrival. */
	freshness_answer(&f, VAULT_OK, T, T + 2 * S, 0);
	CHECK_EQ(judge(&f, T + 2 * S), VERDICT_FRESH);
	CHECK_EQ(lifetime, 298 * S);
	CHECK_EQ(judge(&f, T + 300 * S), VERDICT_FRESH);
	CHECK_EQ(lifetime, 0);
	CHECK_EQ(judge(&f, T + 300 * S + 1), VERDICT_ASK);
	CHECK_EQ(lifetime, 0);
}

static void a_refusal_is_kept_for_the_negative_ttl(void)
{
	static const enum vault_answer refusals[] = {
		VAULT_E_NOT_FOUND, VAULT_E_FORBIDDEN, VAULT_E_UNAUTHORIZED,
		VAULT_E_DISABLED,  VAULT_E_UNTRUSTED, VAULT_E_REFUSED,
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(refusals); i++) {
		Freshness f = {0};

		freshness_answer(&f, refusals[i], T, T + S, 0);
		CHECK(!f.known);
		CHECK_EQ(f.refusal, refusals[i]);
		CHECK_EQ(judge(&f, T + S), VERDICT_REFUSED);
		CHECK_EQ(lifetime, 29 * S);
		CHECK_EQ(judge(&f, T + 30 * S), VERDICT_REFUSED);
		CHECK_EQ(judge(&f, T + 30 * S + 1), VERDICT_ASK);
	}
}

/* The vault's word: what was deleted is not served as stale. */
static void a_refusal_replaces_what_was_known(void)
{
	Freshness f = {0};

	freshness_answer(&f, VAULT_OK, T, T, 0);
	freshness_answer(&f, VAULT_E_NOT_FOUND, T + 400 * S, T + 400 * S, 0);
	CHECK_EQ(judge(&f, T + 401 * S), VERDICT_REFUSED);
	freshness_answer(&f, VAULT_E_UNREACHABLE, T + 500 * S, T + 500 * S, 0);
	CHECK_EQ(judge(&f, T + 500 * S), VERDICT_FAILED);
	freshness_answer(&f, VAULT_OK, T + 600 * S, T + 600 * S, 0);
	CHECK_EQ(judge(&f, T + 600 * S), VERDICT_FRESH);
	CHECK_EQ(f.failures, 0);
}

static void a_failure_leaves_what_was_known(void)
{
	static const enum vault_answer failures[] = {
		VAULT_E_THROTTLED,  VAULT_E_UNAVAILABLE, VAULT_E_UNREACHABLE,
		VAULT_E_UNRESOLVED, VAULT_E_TLS,
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(failures); i++) {
		Freshness f = {0};
		uint64_t at = T + 301 * S;

		freshness_answer(&f, VAULT_OK, T, T, 0);
		freshness_answer(&f, failures[i], at, at + S, 0);
		CHECK_EQ(f.failure, failures[i]);
		CHECK_EQ(judge(&f, at + S), VERDICT_STALE);
		CHECK_EQ(lifetime, 500 * MS);
		CHECK_EQ(judge(&f, at + S + 499 * MS), VERDICT_STALE);
		/* Then the vault is asked again. */
		CHECK_EQ(judge(&f, at + S + 500 * MS), VERDICT_ASK);
		freshness_answer(&f, failures[i], at + 2 * S, at + 2 * S, 0);
		CHECK_EQ(judge(&f, at + 2 * S + 999 * MS), VERDICT_STALE);
		CHECK_EQ(judge(&f, at + 3 * S), VERDICT_ASK);
	}
}

/* A failed request within the ttl, as when somebody asked anew. */
static void a_failure_does_not_make_the_fresh_stale(void)
{
	Freshness f = {0};

	freshness_answer(&f, VAULT_OK, T, T, 0);
	freshness_answer(&f, VAULT_E_UNREACHABLE, T + S, T + S, 0);
	CHECK_EQ(judge(&f, T + S), VERDICT_FRESH);
	CHECK_EQ(lifetime, 299 * S);
}

static void stale_ends(void)
{
	Freshness f = {0};
	uint64_t end = T + 1300 * S;

	freshness_answer(&f, VAULT_OK, T, T, 0);
	freshness_answer(&f, VAULT_E_UNREACHABLE, end - 100, end - 100, 0);
	CHECK_EQ(judge(&f, end), VERDICT_STALE);
	CHECK_EQ(judge(&f, end + 1), VERDICT_FAILED);
	CHECK_EQ(lifetime, 500 * MS - 101);
}

static void a_failure_without_anything_known_is_told(void)
{
	Freshness f = {0};

	freshness_answer(&f, VAULT_E_THROTTLED, T, T + S, 0);
	CHECK_EQ(judge(&f, T + S), VERDICT_FAILED);
	CHECK_EQ(f.failure, VAULT_E_THROTTLED);
	CHECK_EQ(judge(&f, T + S + 500 * MS), VERDICT_ASK);
}

static void retry_after_is_heeded_within_reason(void)
{
	static const struct {
		uint64_t stated_us, pause_us;
	} rows[] = {
		{0, 500 * MS},  {100 * MS, 500 * MS}, {2 * S, 2 * S},
		{5 * S, 5 * S}, {3600 * S, 5 * S},    {CLOCK_NEVER, 5 * S},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Freshness f = {0};

		freshness_answer(&f, VAULT_E_THROTTLED, T, T,
				 rows[i].stated_us);
		CHECK_EQ(f.retry_us - T, rows[i].pause_us);
	}
}

static void with_a_ttl_of_0_only_a_later_request_will_do(void)
{
	static const CachePolicy zero = {.stale_us = 10 * S};
	Freshness f = {0};

	freshness_answer(&f, VAULT_OK, T, T + S, 0);
	/* He came before it was sent, or with it: it is for him. */
	CHECK_EQ(freshness_judge(&f, &zero, T - 1, T + S, &lifetime),
		 VERDICT_FRESH);
	CHECK_EQ(freshness_judge(&f, &zero, T, T + S, &lifetime),
		 VERDICT_FRESH);
	CHECK_EQ(lifetime, 0);
	CHECK_EQ(freshness_judge(&f, &zero, T + 1, T + S, &lifetime),
		 VERDICT_ASK);
	freshness_answer(&f, VAULT_E_NOT_FOUND, T, T + S, 0);
	CHECK_EQ(freshness_judge(&f, &zero, T, T + S, &lifetime),
		 VERDICT_REFUSED);
	CHECK_EQ(freshness_judge(&f, &zero, T + 1, T + S, &lifetime),
		 VERDICT_ASK);
}

/* An answer that was good when he came, though it took long to tell him. */
static void it_counts_when_the_reader_came(void)
{
	Freshness f = {0};

	freshness_answer(&f, VAULT_OK, T, T, 0);
	CHECK_EQ(judge_two(&f, T + 300 * S, T + 305 * S), VERDICT_FRESH);
	CHECK_EQ(lifetime, 0);
}

static void endless_times_do_not_overflow(void)
{
	static const CachePolicy endless = {
		.ttl_us = CLOCK_NEVER,
		.stale_us = CLOCK_NEVER,
	};
	Freshness f = {0};

	freshness_answer(&f, VAULT_OK, T, T, 0);
	CHECK_EQ(freshness_judge(&f, &endless, CLOCK_NEVER - 1, CLOCK_NEVER - 1,
				 &lifetime),
		 VERDICT_FRESH);
	CHECK_EQ(lifetime, 1);
}

int main(void)
{
	RUN(pauses_double_up_to_five_seconds);
	RUN(nothing_is_known_at_first);
	RUN(an_answer_is_fresh_for_the_ttl);
	RUN(a_refusal_is_kept_for_the_negative_ttl);
	RUN(a_refusal_replaces_what_was_known);
	RUN(a_failure_leaves_what_was_known);
	RUN(a_failure_does_not_make_the_fresh_stale);
	RUN(stale_ends);
	RUN(a_failure_without_anything_known_is_told);
	RUN(retry_after_is_heeded_within_reason);
	RUN(with_a_ttl_of_0_only_a_later_request_will_do);
	RUN(it_counts_when_the_reader_came);
	RUN(endless_times_do_not_overflow);
	return check_report();
}
