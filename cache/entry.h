/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * entry - one object, by name or by version, and who waits for news of it
 *
 * Entries are found by key and ordered by use; those that nobody waits for
 * make room for others. For cache.c only.
 */

#include "base/std.h"
#include "cache/policy.h"
#include "cache/wait.h"
#include "vault/model.h"
#include "vault/vault.h"

typedef struct Cache Cache;
typedef struct Entry Entry;
typedef struct Entries Entries;

struct Entry {
	ObjectKey key;
	/* "": what the name means; or one version, whatever it means. */
	char wanted[VERSION_LENGTH + 1];
	Cache *cache;
	Freshness freshness;
	char version[VERSION_LENGTH + 1]; /* with freshness.known */
	size_t size;
	ObjectAttributes attributes;
	char *content_type, *tags; /* owned; with freshness.known */
	bool momentary;            /* see policy_of_momentary() */
	bool described;  /* of a version: more than its value was asked for */
	VaultCall *call; /* under way, or NULL */
	uint64_t call_started_us;
	WaitList waits;
	bool telling; /* those who waited: what they do must not drop it */
	enum vault_answer logged; /* what the log has last been told */
	Entry *newer, *older;     /* by use; private to entry.c */
};

AKV_MUST_CHECK int entries_new(Entries **ret, size_t entries_max);

/* All entries must be idle. */
Entries *entries_free(Entries *entries);
AKV_DEFINE_CLEANUP(Entries *, entries_free);

/* The entry, now the most recently used, or NULL. */
Entry *entries_get(Entries *entries, const ObjectKey *key, const char *wanted);

/*
 * The same, made if there is none. Returns 0, -ENOMEM, or -ENOSPC if all
 * entries are waited for.
 */
AKV_MUST_CHECK int entries_make(Entries *entries, Entry **ret,
				const ObjectKey *key, const char *wanted);
void entries_drop(Entries *entries, Entry *entry);

/* The most recently used entry, and the next one: to go over them all. */
Entry *entries_first(const Entries *entries);
Entry *entries_after(const Entry *entry);
size_t entries_count(const Entries *entries);
