/* SPDX-License-Identifier: MIT */

/*
 * A tree of the C library and a list by use. An entry with a call under way or
 * with waiters is never dropped to make room.
 */

#include "cache/entry.h"

#include <search.h>

struct Entries {
	void *tree;
	Entry *newest, *oldest;
	size_t n, max;
};

static int entry_compare(const void *left, const void *right)
{
	const Entry *a = left, *b = right;
	int order = object_key_compare(&a->key, &b->key);

	return order != 0 ? order : strcmp(a->wanted, b->wanted);
}

int entries_new(Entries **ret, size_t entries_max)
{
	Entries *entries = calloc(1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	entries->max = entries_max;
	*ret = entries;
	return 0;
}

Entries *entries_free(Entries *entries)
{
	if (!entries)
		return NULL;
	while (entries->oldest)
		entries_drop(entries, entries->oldest);
	free(entries);
	return NULL;
}

static void entry_link(Entries *entries, Entry *entry)
{
	entry->newer = NULL;
	entry->older = entries->newest;
	if (entries->newest)
		entries->newest->newer = entry;
	else
		entries->oldest = entry;
	entries->newest = entry;
}

static void entry_unlink(Entries *entries, Entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		entries->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		entries->oldest = entry->newer;
}

static void entry_init(Entry *ret, const ObjectKey *key, const char *wanted)
{
	*ret = (Entry){.key = *key};
	(void)snprintf(ret->wanted, sizeof(ret->wanted), "%s", wanted);
}

Entry *entries_get(Entries *entries, const ObjectKey *key, const char *wanted)
{
	Entry like, **found;

	entry_init(&like, key, wanted);
	found = tfind(&like, &entries->tree, entry_compare);
	if (!found)
		return NULL;
	entry_unlink(entries, *found);
	entry_link(entries, *found);
	return *found;
}

static bool entry_is_idle(const Entry *entry)
{
	return !entry->call && entry->waits.n == 0 && !entry->telling;
}

static bool entries_make_room(Entries *entries)
{
	Entry *entry = entries->oldest;

	while (entries->n >= entries->max && entry) {
		Entry *newer = entry->newer;

		if (entry_is_idle(entry))
			entries_drop(entries, entry);
		entry = newer;
	}
	return entries->n < entries->max;
}

int entries_make(Entries *entries, Entry **ret, const ObjectKey *key,
		 const char *wanted)
{
	Entry *entry = entries_get(entries, key, wanted);

	if (entry) {
		*ret = entry;
		return 0;
	}
	if (!entries_make_room(entries))
		return -ENOSPC;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry_init(entry, key, wanted);
	if (!tsearch(entry, &entries->tree, entry_compare)) {
		free(entry);
		return -ENOMEM;
	}
	entry_link(entries, entry);
	entries->n++;
	*ret = entry;
	return 0;
}

void entries_drop(Entries *entries, Entry *entry)
{
	(void)tdelete(entry, &entries->tree, entry_compare);
	entry_unlink(entries, entry);
	entries->n--;
	free(entry->content_type);
	free(entry->tags);
	free(entry);
}

Entry *entries_first(const Entries *entries)
{
	return entries->newest;
}

Entry *entries_after(const Entry *entry)
{
	return entry->older;
}

size_t entries_count(const Entries *entries)
{
	return entries->n;
}
