/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/collection.h"

enum { COLLECTION_FIRST_CAPACITY = 16 };

void collection_done(Collection *collection)
{
	for (size_t i = 0; i < collection->n; i++)
		(void)object_free(collection->objects[i]);
	free(collection->objects);
	*collection = (Collection){0};
}

size_t collection_at_least(const Collection *collection, const char *key)
{
	size_t low = 0, high = collection->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(collection->objects[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The index of @name, or SIZE_MAX. */
static size_t collection_index(const Collection *collection, const char *name)
{
	char key[NAME_KEY_SIZE];
	size_t at;

	name_key(key, name);
	at = collection_at_least(collection, key);
	if (at == collection->n ||
	    strcmp(collection->objects[at]->key, key) != 0)
		return SIZE_MAX;
	return at;
}

static void collection_take_out(Collection *collection, size_t at)
{
	(void)object_free(collection->objects[at]);
	collection->n--;
	memmove(collection->objects + at, collection->objects + at + 1,
		(collection->n - at) * sizeof(*collection->objects));
}

Object *collection_find(Collection *collection, const char *name,
			int64_t now_us)
{
	size_t at = collection_index(collection, name);

	if (at == SIZE_MAX)
		return NULL;
	if (object_state(collection->objects[at], now_us) == OBJECT_GONE) {
		collection_take_out(collection, at);
		return NULL;
	}
	return collection->objects[at];
}

static int collection_grow(Collection *collection)
{
	size_t capacity;
	Object **objects;

	if (collection->n < collection->capacity)
		return 0;
	if (collection->n >= COLLECTION_MAX)
		return -ENOSPC;
	capacity = collection->capacity ? collection->capacity * 2
					: COLLECTION_FIRST_CAPACITY;
	objects = reallocarray(collection->objects, capacity, sizeof(*objects));
	if (!objects)
		return -ENOMEM;
	collection->objects = objects;
	collection->capacity = capacity;
	return 0;
}

int collection_add(Collection *collection, Object **object)
{
	size_t at = collection_at_least(collection, (*object)->key);
	int r;

	if (at < collection->n &&
	    strcmp(collection->objects[at]->key, (*object)->key) == 0)
		return -EEXIST;
	r = collection_grow(collection);
	if (r < 0)
		return r;
	memmove(collection->objects + at + 1, collection->objects + at,
		(collection->n - at) * sizeof(*collection->objects));
	collection->objects[at] = *object;
	collection->n++;
	*object = NULL;
	return 0;
}

void collection_remove(Collection *collection, const char *name)
{
	size_t at = collection_index(collection, name);

	if (at != SIZE_MAX)
		collection_take_out(collection, at);
}
