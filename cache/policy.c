/* SPDX-License-Identifier: MIT */

/*
 * A refusal (404, 403, disabled) replaces what was known: it is the vault's
 * word. A transient failure does not: stale beats dead. Used by cache.c and
 * listing.c.
 */

#include "cache/policy.h"

#include "base/clock.h"

#define PAUSE_FIRST_US (CLOCK_US_PER_S / 2)
#define PAUSE_MAX_US (5 * CLOCK_US_PER_S)

/* The type is that of the recorded exchanges, from 2018 on. */
bool content_is_momentary(const char *content_type)
{
	return strcmp(content_type, "application/vnd.ms-sastoken-storage") == 0;
}

CachePolicy policy_of_momentary(const CachePolicy *policy)
{
	CachePolicy momentary = *policy;

	momentary.ttl_us = 0;
	momentary.stale_us = 0;
	return momentary;
}

uint64_t policy_pause_us(unsigned failures)
{
	uint64_t pause_us = PAUSE_FIRST_US;

	for (; failures > 1 && pause_us < PAUSE_MAX_US; failures--)
		pause_us *= 2;
	return AKV_MIN(pause_us, PAUSE_MAX_US);
}

static uint64_t time_left_us(uint64_t end_us, uint64_t now_us)
{
	return end_us > now_us ? end_us - now_us : 0;
}

enum verdict freshness_judge(const Freshness *freshness,
			     const CachePolicy *policy, uint64_t arrived_us,
			     uint64_t now_us, uint64_t *ret_lifetime_us)
{
	const Freshness *f = freshness;
	/* What a vault does not have at all will not come any time soon. */
	bool lasting = f->known || f->refusal == VAULT_E_ABSENT;
	uint64_t ttl_us = lasting ? policy->ttl_us : policy->negative_ttl_us;
	uint64_t end_us = clock_add(f->asked_us, ttl_us);

	*ret_lifetime_us = 0;
	if ((f->known || f->refusal != VAULT_OK) && arrived_us <= end_us) {
		*ret_lifetime_us = time_left_us(end_us, now_us);
		return f->known ? VERDICT_FRESH : VERDICT_REFUSED;
	}
	if (f->failures == 0 || now_us >= f->retry_us)
		return VERDICT_ASK;
	*ret_lifetime_us = time_left_us(f->retry_us, now_us);
	if (f->known && now_us <= clock_add(end_us, policy->stale_us))
		return VERDICT_STALE;
	return VERDICT_FAILED;
}

void freshness_answer(Freshness *freshness, enum vault_answer answer,
		      uint64_t asked_us, uint64_t now_us,
		      uint64_t retry_after_us)
{
	if (vault_answer_is_transient(answer)) {
		uint64_t pause_us;

		freshness->failures++;
		pause_us = policy_pause_us(freshness->failures);
		pause_us = AKV_MAX(pause_us, retry_after_us);
		pause_us = AKV_MIN(pause_us, PAUSE_MAX_US);
		freshness->failure = answer;
		freshness->retry_us = clock_add(now_us, pause_us);
		return;
	}
	*freshness = (Freshness){
		.known = answer == VAULT_OK,
		.refusal = answer,
		.asked_us = asked_us,
	};
}
