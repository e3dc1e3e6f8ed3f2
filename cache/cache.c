/* SPDX-License-Identifier: MIT */

/*
 * An entry asks the source once for all who wait. When the answer comes, each
 * waiter is judged by when he came: one for whom the answer is too old, as
 * with a ttl of 0, waits for the next request, which starts then. One who
 * needs the bytes of a version takes what came. Only fs/ calls this.
 */

#include "cache/cache.h"

#include "base/clock.h"
#include "base/log.h"
#include "cache/entry.h"
#include "cache/values.h"

struct Cache {
	Loop *loop;
	CacheSource source;
	CachePolicy policy, momentary;
	Entries *entries;
	Values *values;
	Listings *listings;
	CacheStats stats;
};

/* The memory for secrets is full: let a quarter of what is held go. */
static bool cache_relieve(void *data)
{
	Cache *cache = data;
	size_t n = values_count(cache->values);

	values_shrink(cache->values, n / 4 * 3);
	return n > 0;
}

int cache_new(Cache **ret, Loop *loop, const CacheSource *source,
	      const CachePolicy *policy, Names *const names[COLLECTIONS])
{
	AKV_CLEANUP(cache_freep) Cache *cache = calloc(1, sizeof(*cache));
	int r;

	if (!cache)
		return -ENOMEM;
	cache->loop = loop;
	cache->source = *source;
	cache->policy = *policy;
	cache->momentary = policy_of_momentary(policy);
	r = entries_new(&cache->entries, CACHE_ENTRIES_MAX);
	if (r == 0)
		r = values_new(&cache->values, policy->values_max,
			       policy->bytes_max);
	if (r == 0)
		r = listings_new(&cache->listings, loop, &cache->source,
				 &cache->policy, names);
	if (r < 0)
		return r;
	secret_pressure_set(cache_relieve, cache);
	*ret = AKV_TAKE(cache);
	return 0;
}

static void entry_quiet(Cache *cache, Entry *entry)
{
	while (entry->waits.first)
		wait_remove(entry->waits.first);
	if (entry->call)
		cache->source.cancel(cache->source.data, entry->call);
	entry->call = NULL;
}

Cache *cache_free(Cache *cache)
{
	if (!cache)
		return NULL;
	secret_pressure_set(NULL, NULL);
	if (cache->entries) {
		for (Entry *entry = entries_first(cache->entries); entry;
		     entry = entries_after(entry))
			entry_quiet(cache, entry);
	}
	(void)entries_free(cache->entries);
	(void)values_free(cache->values);
	(void)listings_free(cache->listings);
	free(cache);
	return NULL;
}

static bool entry_is_version(const Entry *entry)
{
	return entry->wanted[0] != '\0';
}

static const CachePolicy *entry_policy(const Cache *cache, const Entry *entry)
{
	return entry->momentary ? &cache->momentary : &cache->policy;
}

/* --- what the log is told ---------------------------------------------- */

/* "a secret", for a sentence of the log. */
static const char *entry_title(const Entry *entry)
{
	static const char *const titles[COLLECTIONS] = {
		[COLLECTION_SECRETS] = "a secret",
		[COLLECTION_KEYS] = "a key",
		[COLLECTION_CERTIFICATES] = "a certificate",
		[COLLECTION_STORAGE] = "a storage account",
	};

	switch (entry->key.part) {
	case PART_OBJECT:
		break;
	case PART_DELETED:
		return "a deleted object";
	case PART_PENDING:
		return "the operation of a certificate";
	case PART_ROTATION:
		return "the rotation policy of a key";
	case PART_SAS:
		return "a SAS definition";
	}
	return titles[entry->key.collection];
}

/* A miss is no event: programs look for files that are not there. */
static bool answer_is_event(enum vault_answer answer)
{
	return answer != VAULT_E_NOT_FOUND && answer != VAULT_E_ABSENT;
}

static void entry_log(Entry *entry, const VaultError *error)
{
	const char *title = entry_title(entry);

	if (error->answer == entry->logged)
		return;
	if (!answer_is_event(error->answer)) {
		log_debug("%s: not found", entry->key.name);
	} else if (error->answer == VAULT_OK) {
		if (answer_is_event(entry->logged))
			log_info("%s that failed answers again", title);
	} else {
		log_warning("%s is not readable: %s (HTTP %d %s %s, "
			    "request %s, as %s): %s",
			    title, vault_answer_text(error->answer),
			    error->status, error->code, error->inner,
			    error->request_id, error->caller, error->sentence);
		log_debug("that is %s of %s", entry->key.name,
			  collection_segment(entry->key.collection));
	}
	entry->logged = error->answer;
}

/* --- answering ---------------------------------------------------------- */

static void wait_answer(CacheWait *wait, enum vault_answer answer)
{
	CacheReply reply = {.answer = answer};

	wait->done(wait, &reply);
}

static void entry_serve(const Entry *entry, CacheWait *wait,
			uint64_t lifetime_us)
{
	CacheReply reply = {
		.answer = VAULT_OK,
		.lifetime_us = lifetime_us,
		.version = entry->version,
		.size = entry->size,
		.attributes = &entry->attributes,
		.content_type = entry->content_type,
		.tags = entry->tags,
	};

	wait->done(wait, &reply);
}

/*
 * Tell @wait what is known, if that may be told to one who came when he did.
 * False: he has to wait.
 */
static bool entry_tell(Cache *cache, const Entry *entry, CacheWait *wait)
{
	const Freshness *f = &entry->freshness;
	CacheReply reply = {0};

	switch (freshness_judge(f, entry_policy(cache, entry), wait->arrived_us,
				clock_now_us(), &reply.lifetime_us)) {
	case VERDICT_STALE:
		cache->stats.stale++;
		entry_serve(entry, wait, reply.lifetime_us);
		return true;
	case VERDICT_FRESH:
		entry_serve(entry, wait, reply.lifetime_us);
		return true;
	case VERDICT_REFUSED:
		cache->stats.refused++;
		reply.answer = f->refusal;
		wait->done(wait, &reply);
		return true;
	case VERDICT_FAILED:
		cache->stats.failed++;
		reply.answer = f->failure;
		wait->done(wait, &reply);
		return true;
	case VERDICT_ASK:
		break;
	}
	return false;
}

static void entry_wait_expired(CacheWait *wait)
{
	const Entry *entry = wait->owner;
	Cache *cache = entry->cache;
	const CachePolicy *policy = entry_policy(cache, entry);
	uint64_t now_us = clock_now_us();
	uint64_t end_us =
		clock_add(entry->freshness.asked_us,
			  clock_add(policy->ttl_us, policy->stale_us));

	if (!wait->wants_value && entry->freshness.known && now_us <= end_us) {
		cache->stats.stale++;
		entry_serve(entry, wait, 0);
		return;
	}
	cache->stats.failed++;
	wait_answer(wait, VAULT_E_UNREACHABLE);
}

static int entry_wait(Cache *cache, Entry *entry, CacheWait *wait)
{
	uint64_t deadline_us = clock_add(
		wait->arrived_us, cache->policy.timeout_us + WAIT_GRACE_US);

	wait->owner = entry;
	return wait_add(&entry->waits, wait, cache->loop, deadline_us,
			entry_wait_expired);
}

/* --- asking ------------------------------------------------------------- */

static void entry_fetched(void *data, const ObjectBundle *bundle,
			  const VaultError *error);

static int entry_ask(Cache *cache, Entry *entry)
{
	int r;

	entry->call_started_us = clock_now_us();
	r = cache->source.get(
		cache->source.data, &entry->call, &entry->key,
		entry_is_version(entry) ? entry->wanted : NULL,
		clock_add(entry->call_started_us, cache->policy.timeout_us),
		entry_fetched, entry);
	if (r == 0)
		cache->stats.fetches++;
	return r;
}

static int entry_learn(Entry *entry, const ObjectBundle *bundle)
{
	char *content_type = strdup(bundle->content_type);
	char *tags = strdup(bundle->tags);

	if (!content_type || !tags) {
		free(content_type);
		free(tags);
		return -ENOMEM;
	}
	free(entry->content_type);
	free(entry->tags);
	entry->content_type = content_type;
	entry->tags = tags;
	(void)snprintf(entry->version, sizeof(entry->version), "%s",
		       bundle->version);
	entry->size = secret_size(bundle->value);
	entry->attributes = bundle->attributes;
	entry->momentary = content_is_momentary(bundle->content_type);
	return 0;
}

/* What came, whatever a reader's time, for one who needs the bytes of it. */
static void wait_give(CacheWait *wait, const ObjectBundle *bundle,
		      enum vault_answer answer)
{
	CacheReply reply = {.answer = answer};

	if (answer == VAULT_OK) {
		reply.value = bundle->value;
		reply.version = bundle->version;
		reply.size = secret_size(bundle->value);
		reply.attributes = &bundle->attributes;
		reply.content_type = bundle->content_type;
		reply.tags = bundle->tags;
	}
	wait->done(wait, &reply);
}

static void entry_give_up(Entry *entry)
{
	while (entry->waits.first) {
		CacheWait *wait = entry->waits.first;

		wait_remove(wait);
		wait_answer(wait, VAULT_E_UNREACHABLE);
	}
}

/*
 * An answer came: for those who want a value, and for those who want to know
 * and did not come too late for it. The others stay.
 */
static void entry_wake(Cache *cache, Entry *entry, const ObjectBundle *bundle,
		       enum vault_answer answer)
{
	WaitList waits = {0};

	wait_move(&waits, &entry->waits);
	entry->telling = true;
	while (waits.first) {
		CacheWait *wait = waits.first;

		wait_remove(wait);
		if (wait->wants_value)
			wait_give(wait, bundle, answer);
		else if (!entry_tell(cache, entry, wait) &&
			 entry_wait(cache, entry, wait) < 0)
			wait_answer(wait, VAULT_E_UNREACHABLE);
	}
	if (entry->waits.n > 0 && !entry->call && entry_ask(cache, entry) < 0)
		entry_give_up(entry);
	entry->telling = false;
	/* The value is held by itself, and nobody wants to know more. */
	if (entry->wanted[0] && !entry->described && entry->waits.n == 0 &&
	    !entry->call)
		entries_drop(cache->entries, entry);
}

static void entry_fetched(void *data, const ObjectBundle *bundle,
			  const VaultError *error)
{
	Entry *entry = data;
	Cache *cache = entry->cache;
	enum vault_answer answer = error->answer;

	entry->call = NULL;
	entry_log(entry, error);
	if (answer == VAULT_OK &&
	    values_put(cache->values, &entry->key, bundle->version,
		       bundle->value) < 0)
		log_warning("a value could not be held: out of memory");
	if (answer == VAULT_OK && entry_learn(entry, bundle) < 0)
		answer = VAULT_E_UNAVAILABLE;
	freshness_answer(&entry->freshness, answer, entry->call_started_us,
			 clock_now_us(), error->retry_after_us);
	entry_wake(cache, entry, bundle, answer);
}

/* Wait for the request under way, or for one that starts now. */
static int entry_join(Cache *cache, Entry *entry, CacheWait *wait)
{
	int r = entry_wait(cache, entry, wait);

	if (r < 0 || entry->call)
		return r;
	r = entry_ask(cache, entry);
	if (r < 0)
		wait_remove(wait);
	return r;
}

/*
 * By its name, a certificate comes with its policy; by its version, without. So
 * while the name is known to mean that version, the name is asked.
 */
static bool name_says_more(Cache *cache, const ObjectKey *key,
			   const char *version)
{
	const char *current = key->collection == COLLECTION_CERTIFICATES
				      ? cache_version(cache, key)
				      : NULL;

	return current && strcmp(current, version) == 0;
}

static int cache_entry(Cache *cache, Entry **ret, const ObjectKey *key,
		       const char *version)
{
	bool by_version = version && object_key_has_versions(key) &&
			  !name_says_more(cache, key, version);
	int r = entries_make(cache->entries, ret, key,
			     by_version ? version : "");

	if (r == 0)
		(*ret)->cache = cache;
	return r;
}

/*
 * Does the entry of the name, NULL if there is none, know that version? One
 * whose version is its content, or a moment's, is as it was for ever.
 */
static bool entry_knows(const Cache *cache, const Entry *entry,
			const char *version, uint64_t *ret_lifetime_us)
{
	uint64_t now_us = clock_now_us();

	*ret_lifetime_us = 0;
	if (!entry || !entry->freshness.known ||
	    strcmp(entry->version, version) != 0)
		return false;
	return freshness_judge(&entry->freshness, &cache->policy, now_us,
			       now_us, ret_lifetime_us) <= VERDICT_STALE ||
	       entry->momentary || !object_key_has_versions(&entry->key);
}

int cache_lookup(Cache *cache, CacheWait *wait, const ObjectKey *key,
		 const char *version)
{
	Entry *entry = version ? entries_get(cache->entries, key, "") : NULL;
	uint64_t lifetime_us;
	int r;

	cache->stats.lookups++;
	wait_arrive(wait);
	if (version && entry_knows(cache, entry, version, &lifetime_us)) {
		entry_serve(entry, wait, lifetime_us);
		return 0;
	}
	if (entry && entry->momentary) {
		wait_answer(wait, VAULT_E_NOT_FOUND);
		return 0;
	}
	r = cache_entry(cache, &entry, key, version);
	if (r < 0)
		return r;
	entry->described = true;
	if (entry_tell(cache, entry, wait))
		return 0;
	return entry_join(cache, entry, wait);
}

int cache_read(Cache *cache, CacheWait *wait, const ObjectKey *key,
	       const char *version)
{
	AKV_CLEANUP(secret_unrefp) Secret *value = NULL;
	Entry *entry = NULL;
	int r;

	cache->stats.reads++;
	wait_arrive(wait);
	value = values_get(cache->values, key, version);
	if (value) {
		CacheReply reply = {.answer = VAULT_OK, .value = value};

		wait->done(wait, &reply);
		return 0;
	}
	entry = entries_get(cache->entries, key, "");
	if (entry && entry->momentary) {
		wait_answer(wait, VAULT_E_NOT_FOUND);
		return 0;
	}
	r = cache_entry(cache, &entry, key, version);
	if (r < 0)
		return r;
	wait->wants_value = true;
	return entry_join(cache, entry, wait);
}

bool cache_holds(Cache *cache, const ObjectKey *key, const char *version)
{
	AKV_CLEANUP(secret_unrefp)
	Secret *value = values_get(cache->values, key, version);

	return value != NULL;
}

int cache_list(Cache *cache, CacheWait *wait, const ListKey *key,
	       uint64_t place)
{
	Listing *listing = NULL;
	int r = listings_make(cache->listings, &listing, key);

	return r < 0 ? r : listing_read(listing, wait, place);
}

const Listing *cache_listing(const Cache *cache, const ListKey *key)
{
	return listings_get(cache->listings, key);
}

const char *cache_version(const Cache *cache, const ObjectKey *key)
{
	const Entry *entry = entries_get(cache->entries, key, "");

	return entry && entry->freshness.known ? entry->version : NULL;
}

void cache_evict(Cache *cache)
{
	values_shrink(cache->values, 0);
	for (Entry *entry = entries_first(cache->entries); entry;
	     entry = entries_after(entry))
		entry->freshness = (Freshness){0};
	listings_expire(cache->listings);
}

void cache_stats(const Cache *cache, CacheStats *ret)
{
	*ret = cache->stats;
	ret->evicted = values_evicted(cache->values);
	ret->entries = entries_count(cache->entries);
	ret->values = values_count(cache->values);
	ret->bytes = values_bytes(cache->values);
	ret->rounds = listings_rounds(cache->listings);
	ret->names = listings_names(cache->listings);
	ret->waiting = listings_waiting(cache->listings);
	for (const Entry *entry = entries_first(cache->entries); entry;
	     entry = entries_after(entry))
		ret->waiting += entry->waits.n;
}
