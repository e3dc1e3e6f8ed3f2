/* SPDX-License-Identifier: MIT */

/*
 * One round of pages at a time. A waiter is answered as soon as a page gives a
 * name behind its place; the end only by the last page. Used by cache.c.
 */

#include "cache/listing.h"

#include "base/clock.h"
#include "base/log.h"

struct Listing {
	Loop *loop;
	const CacheSource *source;
	const CachePolicy *policy;
	ListKey key;
	Names *names;
	Freshness freshness;
	VaultCall *call;
	uint64_t round_started_us;
	unsigned pages;
	uint64_t rounds;
	int64_t changed_s;
	enum vault_answer logged;
	WaitList waits;
	bool telling; /* those who waited: what they do must not free it */
};

int listing_new(Listing **ret, Loop *loop, const CacheSource *source,
		const CachePolicy *policy, const ListKey *key, Names *names,
		uint64_t rounds_before)
{
	Listing *listing = calloc(1, sizeof(*listing));

	if (!listing)
		return -ENOMEM;
	*listing = (Listing){
		.loop = loop,
		.source = source,
		.policy = policy,
		.key = *key,
		.names = names,
		.rounds = rounds_before,
		.changed_s = clock_wall_s(),
	};
	*ret = listing;
	return 0;
}

Listing *listing_free(Listing *listing)
{
	if (!listing)
		return NULL;
	while (listing->waits.first)
		wait_remove(listing->waits.first);
	if (listing->call)
		listing->source->cancel(listing->source->data, listing->call);
	free(listing);
	return NULL;
}

static bool place_is_known(const Listing *listing, uint64_t place)
{
	uint64_t next;

	return names_next(listing->names, place, &next) != NULL;
}

static void wait_answer(CacheWait *wait, enum vault_answer answer,
			uint64_t lifetime_us)
{
	CacheReply reply = {.answer = answer, .lifetime_us = lifetime_us};

	wait->done(wait, &reply);
}

/* The verdict of the list as it is now, for one who waits no longer. */
static void listing_answer(const Listing *listing, CacheWait *wait)
{
	const Freshness *f = &listing->freshness;
	uint64_t now_us = clock_now_us(), lifetime_us;

	switch (freshness_judge(f, listing->policy, now_us, now_us,
				&lifetime_us)) {
	case VERDICT_FRESH:
	case VERDICT_STALE:
		wait_answer(wait, VAULT_OK, lifetime_us);
		break;
	case VERDICT_REFUSED:
		wait_answer(wait, f->refusal, 0);
		break;
	case VERDICT_FAILED:
		wait_answer(wait, f->failure, 0);
		break;
	case VERDICT_ASK:
		wait_answer(wait, VAULT_E_UNREACHABLE, 0);
		break;
	}
}

static void listing_wait_expired(CacheWait *wait)
{
	wait_answer(wait, VAULT_E_UNREACHABLE, 0);
}

/* The round is over: tell everybody. */
static void listing_wake_all(Listing *listing, enum vault_answer answer)
{
	WaitList waits = {0};

	wait_move(&waits, &listing->waits);
	listing->telling = true;
	while (waits.first) {
		CacheWait *wait = waits.first;

		wait_remove(wait);
		/* However short the ttl, this is what they waited for. */
		if (vault_answer_is_transient(answer))
			listing_answer(listing, wait);
		else
			wait_answer(wait, answer, 0);
	}
	listing->telling = false;
}

/* Tell those for whom a name has arrived. */
static void listing_wake(Listing *listing)
{
	WaitList waits = {0};

	wait_move(&waits, &listing->waits);
	listing->telling = true;
	while (waits.first) {
		CacheWait *wait = waits.first;

		wait_remove(wait);
		if (place_is_known(listing, wait->place)) {
			wait_answer(wait, VAULT_OK, 0);
		} else if (wait_add(&listing->waits, wait, listing->loop,
				    wait->deadline.deadline_us,
				    listing_wait_expired) < 0) {
			wait_answer(wait, VAULT_E_UNREACHABLE, 0);
		}
	}
	listing->telling = false;
}

/* Without a name of an object: those are logged at debug level only. */
static void listing_title(const Listing *listing, char *ret, size_t size)
{
	static const char *const forms[] = {
		[LIST_OBJECTS] = "list of %s",
		[LIST_VERSIONS] = "list of versions of one of the %s",
		[LIST_DELETED] = "list of deleted %s",
		[LIST_SAS] = "list of SAS definitions of an account of %s",
		[LIST_DELETED_SAS] =
			"list of deleted SAS definitions of an account of %s",
	};
	const char *form = forms[listing->key.list];
	const char *at = strstr(form, "%s");

	(void)snprintf(ret, size, "%.*s%s", (int)(at - form), form,
		       collection_segment(listing->key.collection));
}

static void listing_log(Listing *listing, const VaultError *error)
{
	char title[96];

	if (error->answer == listing->logged)
		return;
	listing_title(listing, title, sizeof(title));
	/* No event: most vaults have no storage accounts. */
	if (error->answer == VAULT_E_ABSENT ||
	    error->answer == VAULT_E_NOT_FOUND)
		log_debug("%s: %s", title, vault_answer_text(error->answer));
	else if (error->answer != VAULT_OK)
		log_warning("%s: %s (HTTP %d %s %s, request %s, as %s): %s",
			    title, vault_answer_text(error->answer),
			    error->status, error->code, error->inner,
			    error->request_id, error->caller, error->sentence);
	else if (listing->logged != VAULT_E_ABSENT &&
		 listing->logged != VAULT_E_NOT_FOUND)
		log_info("the %s answers again", title);
	listing->logged = error->answer;
}

/* The round is over; @error->answer says how. */
static void listing_finish(Listing *listing, const VaultError *error)
{
	if (error->answer != VAULT_OK) {
		names_abort(listing->names);
	} else if (names_end(listing->names)) {
		listing->changed_s = clock_wall_s();
	}
	/* Failed ones too: the kernel asks again only when this has changed. */
	listing->rounds++;
	freshness_answer(&listing->freshness, error->answer,
			 listing->round_started_us, clock_now_us(),
			 error->retry_after_us);
	listing_log(listing, error);
	listing_wake_all(listing, error->answer);
}

static int listing_ask(Listing *listing, const char *page);

static void listing_break(Listing *listing, enum vault_answer answer,
			  const char *sentence)
{
	VaultError error = {.answer = answer};

	(void)snprintf(error.sentence, sizeof(error.sentence), "%s", sentence);
	listing_finish(listing, &error);
}

static void listing_page(void *data, const ObjectItem *items, size_t n,
			 const char *next, const VaultError *error)
{
	Listing *listing = data;

	listing->call = NULL;
	if (error->answer != VAULT_OK) {
		listing_finish(listing, error);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = listing->key.list == LIST_VERSIONS
					   ? items[i].version
					   : items[i].name;

		if (names_see(listing->names, name) < 0) {
			listing_break(listing, VAULT_E_UNTRUSTED,
				      "there are more names than can be held");
			return;
		}
	}
	if (!next) {
		listing_finish(listing, error);
		return;
	}
	if (listing->pages >= LISTING_PAGES_MAX) {
		listing_break(listing, VAULT_E_UNTRUSTED,
			      "the list does not end");
		return;
	}
	/* Ask for the next page before anybody is told of this one. */
	if (listing_ask(listing, next) < 0)
		listing_break(listing, VAULT_E_UNAVAILABLE, "out of memory");
	else
		listing_wake(listing);
}

static int listing_ask(Listing *listing, const char *page)
{
	listing->pages++;
	return listing->source->list(
		listing->source->data, &listing->call, &listing->key, page,
		clock_add(clock_now_us(), listing->policy->timeout_us),
		listing_page, listing);
}

static int listing_begin(Listing *listing)
{
	int r;

	listing->round_started_us = clock_now_us();
	listing->pages = 0;
	names_begin(listing->names);
	r = listing_ask(listing, NULL);
	if (r < 0)
		names_abort(listing->names);
	return r;
}

static int listing_wait(Listing *listing, CacheWait *wait, uint64_t place)
{
	int r;

	if (!names_in_round(listing->names)) {
		r = listing_begin(listing);
		if (r < 0)
			return r;
	}
	if (place_is_known(listing, place)) {
		wait_answer(wait, VAULT_OK, 0);
		return 0;
	}
	wait->owner = listing;
	wait->place = place;
	return wait_add(&listing->waits, wait, listing->loop,
			clock_add(wait->arrived_us,
				  listing->policy->timeout_us + WAIT_GRACE_US),
			listing_wait_expired);
}

int listing_read(Listing *listing, CacheWait *wait, uint64_t place)
{
	const Freshness *f = &listing->freshness;
	uint64_t lifetime_us;
	enum verdict verdict;

	wait_arrive(wait);
	if (names_in_round(listing->names))
		return listing_wait(listing, wait, place);
	/* A scan that has begun goes on with what it began with. */
	if (place > 0 && f->known) {
		wait_answer(wait, VAULT_OK, 0);
		return 0;
	}
	verdict = freshness_judge(f, listing->policy, wait->arrived_us,
				  wait->arrived_us, &lifetime_us);
	if (verdict == VERDICT_ASK)
		return listing_wait(listing, wait, place);
	listing_answer(listing, wait);
	return 0;
}

uint64_t listing_lifetime_us(const Listing *listing)
{
	uint64_t now_us = clock_now_us(), lifetime_us;

	if (names_in_round(listing->names) || !listing->freshness.known)
		return 0;
	(void)freshness_judge(&listing->freshness, listing->policy, now_us,
			      now_us, &lifetime_us);
	return lifetime_us;
}

int64_t listing_changed_s(const Listing *listing)
{
	return listing->changed_s;
}

uint64_t listing_rounds(const Listing *listing)
{
	return listing->rounds;
}

size_t listing_waiting(const Listing *listing)
{
	return listing->waits.n;
}

bool listing_is_idle(const Listing *listing)
{
	return !listing->call && listing->waits.n == 0 && !listing->telling;
}

bool listing_is_known(const Listing *listing)
{
	return listing->freshness.known;
}

const Names *listing_names(const Listing *listing)
{
	return listing->names;
}

void listing_expire(Listing *listing)
{
	listing->freshness = (Freshness){0};
}
