/* SPDX-License-Identifier: MIT */

/*
 * An entry per (tenant, resource): its token, the one request under way, who
 * waits for it, and the pause after a failure. Callers are called back from a
 * list that has been taken off the entry, with references of its own, so that
 * they may reject, ask again, cancel each other or free everything. One
 * thread; called by vault/vault.c.
 */

#include "auth/sign-in.h"

#include "auth/challenge.h"
#include "auth/exchange.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"

#define PAUSE_FIRST_US CLOCK_US_PER_S
#define PAUSE_MAX_US (300 * CLOCK_US_PER_S)

typedef struct SignInEntry {
	SignIn *sign_in;
	char tenant[CHALLENGE_TENANT_MAX + 1];
	char resource[CHALLENGE_RESOURCE_MAX + 1];
	Token token;  /* bytes is NULL: none */
	bool used;    /* asked for since it was minted */
	char *claims; /* owned: to send with the next mint, or NULL */
	ExchangeRun run;
	SignInWait waits; /* the ends of a ring */
	Timer timer;      /* when to refresh */
	unsigned failures;
	uint64_t paused_until_us;
	int result; /* of the failure that the pause is for */
	AuthFailure failure;
	unsigned rejects;
	uint64_t rejects_since_us;
} SignInEntry;

struct SignIn {
	ExchangeMeans means;
	Credential *credential;
	uint64_t timeout_us;
	uint64_t serial;
	SignInEntry *entries[SIGN_IN_TOKENS_MAX];
	size_t n;
};

uint64_t sign_in_pause_us(unsigned failures)
{
	uint64_t pause_us = PAUSE_FIRST_US;

	for (; failures > 1 && pause_us < PAUSE_MAX_US; failures--)
		pause_us *= 2;
	return AKV_MIN(pause_us, PAUSE_MAX_US);
}

const char *sign_in_name(const SignIn *sign_in)
{
	return sign_in->credential->name;
}

uint64_t sign_in_patience_us(const SignIn *sign_in)
{
	return sign_in->credential->patience_us;
}

void sign_in_errands(SignIn *sign_in, const Errands *errands)
{
	sign_in->means.errands = errands;
}

const char *sign_in_identity(const SignIn *sign_in)
{
	return sign_in->credential->identity;
}

/* --- waiters ------------------------------------------------------------ */

static void ring_init(SignInWait *ring)
{
	ring->next = ring;
	ring->previous = ring;
}

static void ring_remove(SignInWait *wait)
{
	wait->previous->next = wait->next;
	wait->next->previous = wait->previous;
	wait->next = NULL;
	wait->previous = NULL;
	wait->source = NULL;
}

static void ring_append(SignInWait *ring, SignInWait *wait, void *source)
{
	wait->source = source;
	wait->next = ring;
	wait->previous = ring->previous;
	ring->previous->next = wait;
	ring->previous = wait;
}

void sign_in_cancel(SignInWait *wait)
{
	if (wait->source)
		ring_remove(wait);
}

/* Answer all of @ring, which the callbacks may change. */
static void ring_answer(SignInWait *ring, int result, const Token *token,
			const AuthFailure *failure)
{
	while (ring->next != ring) {
		SignInWait *wait = ring->next;

		ring_remove(wait);
		wait->done(wait, result, result == 0 ? token : NULL,
			   result > 0 ? failure : NULL);
	}
}

/* Move the waiters to a ring of their own and answer them; touches @entry no
 * more once the first has been called. */
static void entry_answer(SignInEntry *entry, int result)
{
	AuthFailure failure = entry->failure;
	Token token = entry->token;
	SignInWait ring;

	if (entry->waits.next == &entry->waits)
		return;
	token.bytes = secret_ref(token.bytes);
	ring = entry->waits;
	ring.next->previous = &ring;
	ring.previous->next = &ring;
	ring_init(&entry->waits);
	ring_answer(&ring, result, &token, &failure);
	token_done(&token);
}

/* --- entries ------------------------------------------------------------ */

static bool entry_has_token(const SignInEntry *entry, uint64_t now_us)
{
	return entry->token.bytes && now_us < entry->token.expires_us;
}

static void entry_free(SignInEntry *entry)
{
	while (entry->waits.next != &entry->waits)
		ring_remove(entry->waits.next);
	exchange_run_done(&entry->run);
	loop_timer_clear(entry->sign_in->means.loop, &entry->timer);
	token_done(&entry->token);
	free(entry->claims);
	free(entry);
}

static SignInEntry *entry_find(const SignIn *sign_in, const char *tenant,
			       const char *resource)
{
	for (size_t i = 0; i < sign_in->n; i++) {
		SignInEntry *entry = sign_in->entries[i];

		if (ascii_equal_fold(entry->tenant, tenant) &&
		    strcmp(entry->resource, resource) == 0)
			return entry;
	}
	return NULL;
}

static void entry_fire(Timer *timer);
static void entry_done(void *data, int result);

static int entry_make(SignInEntry **ret, SignIn *sign_in, const char *tenant,
		      const char *resource)
{
	SignInEntry *entry = entry_find(sign_in, tenant, resource);

	if (entry) {
		*ret = entry;
		return 0;
	}
	/* "": the identity's own; where one has to be named, -EINVAL. */
	if ((tenant[0] != '\0' && !tenant_is_valid(tenant)) ||
	    strlen(resource) >= sizeof(entry->resource))
		return -EINVAL;
	if (sign_in->n == SIGN_IN_TOKENS_MAX)
		return -ENOSPC;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->sign_in = sign_in;
	memcpy(entry->tenant, tenant, strlen(tenant) + 1);
	memcpy(entry->resource, resource, strlen(resource) + 1);
	ring_init(&entry->waits);
	exchange_run_init(&entry->run, &sign_in->means, sign_in->credential,
			  entry_done, entry);
	entry->timer.fire = entry_fire;
	sign_in->entries[sign_in->n++] = entry;
	*ret = entry;
	return 0;
}

/* Refresh, or try to again, at @at_us. */
static void entry_plan(SignInEntry *entry, uint64_t at_us)
{
	int r = loop_timer_set(entry->sign_in->means.loop, &entry->timer,
			       at_us);

	/* Then the next one who asks sets it going. */
	if (r < 0)
		log_debug("no timer for a token: %s", strerror(-r));
}

/* --- the request -------------------------------------------------------- */

static void entry_take(SignInEntry *entry, const Token *token)
{
	token_done(&entry->token);
	entry->token = *token;
	entry->token.serial = ++entry->sign_in->serial;
	/* Who waits has asked for this one. */
	entry->used = entry->waits.next != &entry->waits;
	entry->failures = 0;
	entry->paused_until_us = 0;
	free(AKV_TAKE(entry->claims));
	entry_plan(entry, token->refresh_us);
}

/* Remember that there is no token for now. @stated_us: 0, or by the server. */
static void entry_fail(SignInEntry *entry, int result, uint64_t now_us,
		       uint64_t stated_us)
{
	uint64_t pause_us = sign_in_pause_us(++entry->failures);

	pause_us = AKV_MAX(pause_us, AKV_MIN(stated_us, PAUSE_MAX_US));
	entry->paused_until_us = clock_add(now_us, pause_us);
	entry->failure.retry_us = entry->paused_until_us;
	entry->result = result;
	/* Claims that the authority will not grant must not bar the way. */
	if (result == TOKEN_RESPONSE_E_REFUSED)
		free(AKV_TAKE(entry->claims));
	if (!entry_has_token(entry, now_us))
		return;
	if (entry->failures == 1)
		log_warning("cannot renew the token for %s, which is still "
			    "valid: %s",
			    entry->resource,
			    result > 0 ? entry->failure.sentence
				       : strerror(-result));
	entry_plan(entry, entry->paused_until_us);
}

/* It has ended: EXCHANGE_E_*, or a negative errno. What that makes: a token, or
 * a pause for TOKEN_RESPONSE_E_* or the errno, which is returned. */
static int entry_take_end(SignInEntry *entry, int end)
{
	const Exchange *exchange = &entry->run.exchange;
	uint64_t now_us = clock_now_us();
	int result = end < 0 ? end : exchange->result;
	Token token;

	if (end == EXCHANGE_E_TOKEN) {
		token = exchange_run_take(&entry->run);
		entry_take(entry, &token);
		return 0;
	}
	entry->failure = exchange->failure;
	entry_fail(entry, result, now_us, exchange->retry_after_us);
	return result;
}

static void entry_done(void *data, int result)
{
	SignInEntry *entry = data;
	int r = entry_take_end(entry, result);

	entry_answer(entry, entry_has_token(entry, clock_now_us()) ? 0 : r);
}

/*
 * Begin an exchange. Returns 0 also where that was over at once without a
 * token, which is then noted as a failure, or a negative errno.
 */
static int entry_try(SignInEntry *entry)
{
	SignIn *sign_in = entry->sign_in;
	TokenAsk ask = {
		.tenant = entry->tenant,
		.resource = entry->resource,
		.claims = entry->claims,
		.timeout_us = sign_in->timeout_us,
	};
	int r = exchange_run_start(&entry->run, &ask);

	if (r > 0)
		(void)entry_take_end(entry, r);
	return r < 0 ? r : 0;
}

/* Refresh in the background, but not what nobody has asked for. */
static void entry_fire(Timer *timer)
{
	SignInEntry *entry = AKV_CONTAINER_OF(timer, SignInEntry, timer);
	uint64_t now_us = clock_now_us();
	int r;

	if (exchange_run_is_under_way(&entry->run) || !entry->used)
		return;
	r = entry_try(entry);
	if (r < 0)
		entry_fail(entry, r, now_us, 0);
}

/* --- what callers do ---------------------------------------------------- */

int sign_in_new(SignIn **ret, Loop *loop, Http *http, Credential **credential,
		uint64_t timeout_us)
{
	SignIn *sign_in = calloc(1, sizeof(*sign_in));

	if (!sign_in)
		return -ENOMEM;
	sign_in->means.loop = loop;
	sign_in->means.http = http;
	sign_in->credential = AKV_TAKE(*credential);
	sign_in->timeout_us = timeout_us;
	*ret = sign_in;
	return 0;
}

SignIn *sign_in_free(SignIn *sign_in)
{
	if (!sign_in)
		return NULL;
	for (size_t i = 0; i < sign_in->n; i++)
		entry_free(sign_in->entries[i]);
	(void)credential_free(sign_in->credential);
	free(sign_in);
	return NULL;
}

/* Answer @wait alone, now. */
static void answer_now(SignInEntry *entry, SignInWait *wait, int result)
{
	AuthFailure failure = entry->failure;
	Token token = entry->token;

	token.bytes = secret_ref(token.bytes);
	wait->done(wait, result, result == 0 ? &token : NULL,
		   result > 0 ? &failure : NULL);
	token_done(&token);
}

int sign_in_token(SignIn *sign_in, SignInWait *wait, const char *tenant,
		  const char *resource)
{
	uint64_t now_us = clock_now_us();
	SignInEntry *entry;
	bool paused, under_way;
	int r;

	assert(!wait->source);
	r = entry_make(&entry, sign_in, tenant, resource);
	if (r < 0)
		return r;
	paused = now_us < entry->paused_until_us;
	if (entry_has_token(entry, now_us)) {
		entry->used = true;
		if (now_us >= entry->token.refresh_us && !paused)
			entry_fire(&entry->timer);
		answer_now(entry, wait, 0);
		return 0;
	}
	under_way = exchange_run_is_under_way(&entry->run);
	if (paused && !under_way) {
		if (entry->result < 0)
			return entry->result;
		answer_now(entry, wait, entry->result);
		return 0;
	}
	if (!under_way) {
		r = entry_try(entry);
		if (r < 0)
			return r;
		if (!exchange_run_is_under_way(&entry->run)) {
			answer_now(entry, wait,
				   entry->token.bytes ? 0 : entry->result);
			return 0;
		}
	}
	ring_append(&entry->waits, wait, entry);
	return 0;
}

bool sign_in_met(AuthFailure *ret, const SignIn *sign_in, const char *tenant,
		 const char *resource)
{
	const SignInEntry *entry = entry_find(sign_in, tenant, resource);

	if (!entry || !exchange_run_is_under_way(&entry->run))
		return false;
	*ret = entry->run.exchange.failure;
	return true;
}

/* One more rejection; false if there have been too many of late. */
static bool entry_may_reject(SignInEntry *entry)
{
	uint64_t now_us = clock_now_us();
	uint64_t end_us = clock_add(entry->rejects_since_us,
				    SIGN_IN_REJECTS_S * CLOCK_US_PER_S);

	if (entry->rejects == 0 || now_us >= end_us) {
		entry->rejects_since_us = now_us;
		entry->rejects = 0;
	}
	if (entry->rejects == SIGN_IN_REJECTS_MAX)
		return false;
	entry->rejects++;
	return true;
}

int sign_in_reject(SignIn *sign_in, const char *tenant, const char *resource,
		   uint64_t serial, const char *claims)
{
	SignInEntry *entry = entry_find(sign_in, tenant, resource);
	char *copy = NULL;

	if (!entry || !entry->token.bytes || entry->token.serial != serial)
		return 0;
	if (!entry_may_reject(entry))
		return SIGN_IN_E_TOO_OFTEN;
	if (claims) {
		copy = strdup(claims);
		if (!copy)
			return -ENOMEM;
		free(entry->claims);
		entry->claims = copy;
		/* A refresh that is under way does not answer the claims. */
		if (entry->waits.next == &entry->waits)
			exchange_run_cancel(&entry->run);
	}
	loop_timer_clear(sign_in->means.loop, &entry->timer);
	token_done(&entry->token);
	return 0;
}
