/* SPDX-License-Identifier: MIT */

/*
 * A computed pause may be shortened, so that a service that comes back within
 * the deadline is asked once more; a delay that the server asked for is kept,
 * or the call is given up at once. Used by vault.c and answer.c.
 */

#include "vault/retry.h"

#include "base/clock.h"
#include "base/parse.h"
#include "base/time.h"

#define PAUSE_UNIT_US (800 * CLOCK_US_PER_MS)

/* A delay of more than a day is no delay that anybody waits for. */
#define STATED_MAX_S UINT64_C(86400)

static uint64_t date_delay_us(const char *after, const char *date,
			      int64_t wall_s)
{
	int64_t until_s, from_s;

	if (time_parse_http_date(&until_s, after) != 0)
		return 0;
	if (!date || time_parse_http_date(&from_s, date) != 0)
		from_s = wall_s;
	if (until_s <= from_s)
		return 0;
	return AKV_MIN((uint64_t)(until_s - from_s), STATED_MAX_S) *
	       CLOCK_US_PER_S;
}

uint64_t retry_after_us(const char *ms, const char *after, const char *date,
			int64_t wall_s)
{
	uint64_t n;

	if (ms && parse_uint64(&n, ms, STATED_MAX_S * 1000) == 0 && n > 0)
		return n * CLOCK_US_PER_MS;
	if (!after)
		return 0;
	switch (parse_uint64(&n, after, STATED_MAX_S)) {
	case 0:
		return n * CLOCK_US_PER_S;
	case PARSE_E_RANGE:
		return STATED_MAX_S * CLOCK_US_PER_S;
	default:
		return date_delay_us(after, date, wall_s);
	}
}

static bool is_worth_it(const VaultError *error)
{
	switch (error->answer) {
	case VAULT_E_THROTTLED:
	case VAULT_E_UNREACHABLE:
		return true;
	case VAULT_E_UNAVAILABLE:
		/* 401 is AKV10046; 0 is a sign-in that had no answer. */
		return error->status == 0 || error->status == 401 ||
		       error->status == 408 || error->status == 500 ||
		       error->status == 502 || error->status == 503 ||
		       error->status == 504;
	default:
		return false;
	}
}

static uint64_t pause_us(unsigned tries, uint32_t random)
{
	/* In 1/1024: 0.8, and up to 0.5 more. */
	uint64_t factor = 819 + ((512 * (uint64_t)random) >> 32);
	unsigned n = AKV_MIN(tries, 8U); /* already past the maximum */
	uint64_t pause = ((UINT64_C(1) << n) - 1) * PAUSE_UNIT_US;

	return AKV_MIN(pause * factor / 1024,
		       RETRY_PAUSE_MAX_S * CLOCK_US_PER_S);
}

int retry_decide(uint64_t *ret_at_us, unsigned tries, const VaultError *error,
		 uint64_t now_us, uint64_t deadline_us, uint32_t random)
{
	uint64_t least_us = clock_add(now_us, pause_us(1, 0));
	uint64_t at_us, last_us;

	if (tries >= RETRY_TRIES_MAX || !is_worth_it(error))
		return RETRY_E_GIVE_UP;
	if (error->retry_after_us > 0) {
		at_us = clock_add(now_us, error->retry_after_us);
	} else {
		at_us = clock_add(now_us, pause_us(tries, random));
		last_us = deadline_us -
			  AKV_MIN(deadline_us, RETRY_LAST_MS * CLOCK_US_PER_MS);
		/* Leave time for the answer, and some for the service. */
		if (at_us > last_us && last_us >= least_us)
			at_us = last_us;
	}
	if (at_us >= deadline_us)
		return RETRY_E_GIVE_UP;
	*ret_at_us = at_us;
	return 0;
}
