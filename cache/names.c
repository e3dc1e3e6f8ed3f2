/* SPDX-License-Identifier: MIT */

/*
 * Place p is record p - 1 of an array. A record says in which round its name
 * was last seen. While a round goes on, the records from before it that were
 * not seen yet hold back all that come after them: `held_back` is the first.
 */

#include "cache/names.h"

#include <search.h>

#include "base/parse.h"

#define NAMES_MAGIC UINT32_C(0x616b6e31)

typedef struct NameRecord {
	char name[NAME_MAX_LENGTH + 1];
	uint32_t round; /* in which it was last seen; 0: never or gone */
} NameRecord;

/* At the start of the memory; n is stored after the record is whole. */
typedef struct NamesHeader {
	uint32_t magic;
	uint32_t n;
	uint32_t round;
} NamesHeader;

struct Names {
	NamesHeader *header;
	NameRecord *records;
	size_t max;
	void *tree; /* of NameRecord, by name without case */
	bool in_round, changed;
	size_t known; /* records when the round began */
	size_t held_back;
	size_t count;
};

size_t names_memory_size(size_t names_max)
{
	return sizeof(NamesHeader) + names_max * sizeof(NameRecord);
}

static int record_compare(const void *left, const void *right)
{
	const NameRecord *a = left, *b = right;

	return strcasecmp(a->name, b->name);
}

static int names_attach(Names *names)
{
	NamesHeader *header = names->header;

	if (header->magic == 0)
		header->magic = NAMES_MAGIC;
	if (header->magic != NAMES_MAGIC || header->n > names->max)
		return -EINVAL;
	for (size_t i = 0; i < header->n; i++) {
		/* Gone until a list says otherwise. */
		names->records[i].round = 0;
		if (!tsearch(&names->records[i], &names->tree, record_compare))
			return -ENOMEM;
	}
	return 0;
}

int names_new(Names **ret, void *memory, size_t size)
{
	AKV_CLEANUP(names_freep) Names *names = NULL;
	int r;

	if (size < names_memory_size(1))
		return -EINVAL;
	names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	names->header = memory;
	names->records =
		(NameRecord *)(void *)((char *)memory + sizeof(NamesHeader));
	names->max = (size - sizeof(NamesHeader)) / sizeof(NameRecord);
	names->header->round++;
	r = names_attach(names);
	if (r < 0)
		return r;
	*ret = AKV_TAKE(names);
	return 0;
}

static void record_keep(AKV_UNUSED void *record)
{
	/* It lies in the memory that we were given. */
}

Names *names_free(Names *names)
{
	if (names)
		tdestroy(names->tree, record_keep);
	free(names);
	return NULL;
}

void names_begin(Names *names)
{
	names->header->round++;
	names->in_round = true;
	names->changed = false;
	names->known = names->header->n;
	names->held_back = 0;
	names->count = 0;
}

static bool record_is_seen(const Names *names, size_t i)
{
	return names->records[i].round == names->header->round;
}

/* A name that is new, or back after it was gone. */
static void record_see(Names *names, NameRecord *record, const char *name)
{
	uint32_t round = names->header->round;

	if (record->round == round)
		return;
	if (record->round + 1 != round)
		names->changed = true;
	if (strcmp(record->name, name) != 0)
		(void)snprintf(record->name, sizeof(record->name), "%s", name);
	record->round = round;
	names->count++;
	while (names->held_back < names->known &&
	       record_is_seen(names, names->held_back))
		names->held_back++;
}

/* Use the place of a name that is long gone: neither scan nor list has it. */
static NameRecord *record_reuse(Names *names)
{
	for (size_t i = 0; i < names->header->n; i++) {
		NameRecord *record = &names->records[i];

		if (record->round + 1 < names->header->round) {
			(void)tdelete(record, &names->tree, record_compare);
			record->name[0] = '\0';
			return record;
		}
	}
	return NULL;
}

int names_see(Names *names, const char *name)
{
	NameRecord like = {0}, *record;
	NameRecord **found;
	bool append = false;

	(void)snprintf(like.name, sizeof(like.name), "%s", name);
	found = tfind(&like, &names->tree, record_compare);
	if (found) {
		record_see(names, *found, name);
		return 0;
	}
	if (names->header->n < names->max) {
		record = &names->records[names->header->n];
		append = true;
	} else {
		record = record_reuse(names);
	}
	if (!record)
		return -ENOSPC;
	*record = like;
	if (!tsearch(record, &names->tree, record_compare))
		return -ENOMEM;
	if (append)
		names->header->n++;
	record_see(names, record, name);
	return 0;
}

bool names_end(Names *names)
{
	uint32_t round = names->header->round;

	for (size_t i = 0; i < names->header->n && !names->changed; i++) {
		if (names->records[i].round + 1 == round)
			names->changed = true;
	}
	names->in_round = false;
	return names->changed;
}

void names_abort(Names *names)
{
	uint32_t round = names->header->round;

	for (size_t i = 0; i < names->header->n; i++) {
		if (names->records[i].round + 1 != round)
			continue;
		names->records[i].round = round;
		names->count++;
	}
	names->in_round = false;
}

const char *names_next(const Names *names, uint64_t place, uint64_t *ret_place)
{
	size_t end = names->header->n;

	if (names->in_round && names->held_back < names->known)
		end = names->held_back;
	for (size_t i = (size_t)AKV_MIN(place, end); i < end; i++) {
		if (!record_is_seen(names, i))
			continue;
		*ret_place = i + 1;
		return names->records[i].name;
	}
	return NULL;
}

bool names_in_round(const Names *names)
{
	return names->in_round;
}

size_t names_count(const Names *names)
{
	return names->count;
}
