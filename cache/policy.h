/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * policy - how long what we hold is good for
 *
 * Pure: time and limits are arguments. All times are microseconds on
 * clock_now_us()'s scale.
 */

#include "base/std.h"
#include "vault/answer.h"

typedef struct CachePolicy {
	uint64_t ttl_us;          /* a value, a list */
	uint64_t negative_ttl_us; /* a refusal or a miss */
	uint64_t stale_us;        /* past the ttl, while the vault is away */
	uint64_t timeout_us;      /* the longest that a reader waits */
	size_t values_max;        /* values held */
	size_t bytes_max;         /* of all values held */
} CachePolicy;

/*
 * The same for what is made anew each time it is asked for, as a SAS token is:
 * each reader gets one of his own time, and none that is older.
 */
CachePolicy policy_of_momentary(const CachePolicy *policy);
bool content_is_momentary(const char *content_type);

/*
 * The pause after the @failures-th failure in a row: 0.5 s, doubling to 5 s.
 * It is short because a reader that finds nothing cached gets an error in it.
 */
uint64_t policy_pause_us(unsigned failures);

/* What is known about the name of an object, or about a list. */
typedef struct Freshness {
	bool known;                /* there is a good answer */
	uint64_t asked_us;         /* when the request for it was sent */
	enum vault_answer refusal; /* or the vault said no: VAULT_OK if not */
	unsigned failures;         /* transient ones, in a row, since */
	enum vault_answer failure; /* the last of them */
	uint64_t retry_us;         /* nobody asks before this */
} Freshness;

enum verdict {
	VERDICT_FRESH,   /* serve what is known; it and the next come first */
	VERDICT_STALE,   /* the vault is away: serve what is known */
	VERDICT_REFUSED, /* answer with the refusal */
	VERDICT_FAILED,  /* answer with the failure */
	VERDICT_ASK,     /* the vault has to be asked */
};

/*
 * What to tell a reader who came at @arrived_us, now at @now_us.
 *
 * The age of an answer counts from when its request was sent, and has to be
 * within the ttl when the reader comes: with a ttl of 0, an answer that was
 * under way before the reader came is not for him. *@ret_lifetime_us is how
 * long what is served stays good, 0 with VERDICT_ASK.
 */
enum verdict freshness_judge(const Freshness *freshness,
			     const CachePolicy *policy, uint64_t arrived_us,
			     uint64_t now_us, uint64_t *ret_lifetime_us);

/* Note the outcome of a request that was sent at @asked_us. */
void freshness_answer(Freshness *freshness, enum vault_answer answer,
		      uint64_t asked_us, uint64_t now_us,
		      uint64_t retry_after_us);
