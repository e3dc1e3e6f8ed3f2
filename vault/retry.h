/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * retry - is a failed request worth another try, and when?
 *
 * Pure: the time and the random number are arguments. The n-th try is followed
 * by a pause of (2^n - 1) * 0.8 s, times a factor in [0.8, 1.3), at most 60 s;
 * a delay that the server asks for comes before that. Statuses, formula and
 * order of headers are those of the Azure SDKs' core libraries.
 */

#include "base/std.h"
#include "vault/answer.h"

enum {
	/* The deadline ends a call long before; this is the last resort. */
	RETRY_TRIES_MAX = 16,
	RETRY_PAUSE_MAX_S = 60,
	/* A last try is made this long before the deadline. */
	RETRY_LAST_MS = 1000,
};

/*
 * The delay that a server states, in microseconds, 0 if it states none. @ms is
 * retry-after-ms, @after is Retry-After (seconds, or a date that is compared
 * with the server's own @date, or with @wall_s if that is none). Any text.
 */
uint64_t retry_after_us(const char *ms, const char *after, const char *date,
			int64_t wall_s);

enum { RETRY_E_GIVE_UP = 1 };

/*
 * When to try again after @tries tries, the last of which ended with @error at
 * @now_us: *@ret_at_us, which is before @deadline_us. @random is any number.
 * Returns 0, or RETRY_E_GIVE_UP if it is not worth it: another answer than a
 * passing one, or a delay that ends past the deadline.
 */
AKV_MUST_CHECK int retry_decide(uint64_t *ret_at_us, unsigned tries,
				const VaultError *error, uint64_t now_us,
				uint64_t deadline_us, uint32_t random);
