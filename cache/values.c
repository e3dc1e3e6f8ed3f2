/* SPDX-License-Identifier: MIT */

/*
 * A tree of the C library finds a value, a list orders all of them by use.
 * Used by cache.c.
 */

#include "cache/values.h"

#include <search.h>

typedef struct Value {
	ObjectKey key;
	char version[VERSION_LENGTH + 1];
	Secret *secret; /* a reference */
	struct Value *newer, *older;
} Value;

struct Values {
	void *tree;
	Value *newest, *oldest;
	size_t n, bytes, values_max, bytes_max;
	uint64_t evicted;
};

static int value_compare(const void *left, const void *right)
{
	const Value *a = left, *b = right;
	int order = object_key_compare(&a->key, &b->key);

	return order != 0 ? order : strcmp(a->version, b->version);
}

static void value_link(Values *values, Value *value)
{
	value->newer = NULL;
	value->older = values->newest;
	if (values->newest)
		values->newest->newer = value;
	else
		values->oldest = value;
	values->newest = value;
}

static void value_unlink(Values *values, Value *value)
{
	if (value->newer)
		value->newer->older = value->older;
	else
		values->newest = value->older;
	if (value->older)
		value->older->newer = value->newer;
	else
		values->oldest = value->newer;
}

static Value *value_free(Value *value)
{
	if (value)
		(void)secret_unref(value->secret);
	free(value);
	return NULL;
}
AKV_DEFINE_CLEANUP(Value *, value_free);

static void values_drop(Values *values, Value *value)
{
	(void)tdelete(value, &values->tree, value_compare);
	value_unlink(values, value);
	values->n--;
	values->bytes -= secret_block_size(value->secret);
	(void)value_free(value);
}

int values_new(Values **ret, size_t values_max, size_t bytes_max)
{
	Values *values = calloc(1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	values->values_max = values_max;
	values->bytes_max = bytes_max;
	*ret = values;
	return 0;
}

Values *values_free(Values *values)
{
	if (values)
		values_shrink(values, 0);
	free(values);
	return NULL;
}

static void key_of(Value *ret, const ObjectKey *key, const char *version)
{
	*ret = (Value){.key = *key};
	(void)snprintf(ret->version, sizeof(ret->version), "%s", version);
}

static Value *values_find(const Values *values, const Value *like)
{
	Value **found = tfind(like, &values->tree, value_compare);

	return found ? *found : NULL;
}

Secret *values_get(Values *values, const ObjectKey *key, const char *version)
{
	Value like, *value;

	key_of(&like, key, version);
	value = values_find(values, &like);
	if (!value)
		return NULL;
	value_unlink(values, value);
	value_link(values, value);
	return secret_ref(value->secret);
}

static bool values_have_room(const Values *values, size_t more)
{
	return values->n < values->values_max &&
	       values->bytes <= values->bytes_max - more;
}

int values_put(Values *values, const ObjectKey *key, const char *version,
	       Secret *secret)
{
	AKV_CLEANUP(value_freep) Value *value = NULL;
	Value like, *held;
	size_t n = secret_block_size(secret);

	key_of(&like, key, version);
	held = values_find(values, &like);
	if (held)
		values_drop(values, held);
	if (n > values->bytes_max || values->values_max == 0)
		return 0;
	while (!values_have_room(values, n)) {
		values_drop(values, values->oldest);
		values->evicted++;
	}

	value = malloc(sizeof(*value));
	if (!value)
		return -ENOMEM;
	*value = like;
	value->secret = secret_ref(secret);
	if (!tsearch(value, &values->tree, value_compare))
		return -ENOMEM;
	value_link(values, value);
	values->n++;
	values->bytes += n;
	value = NULL; /* the table's now */
	return 0;
}

void values_shrink(Values *values, size_t n)
{
	while (values->n > n) {
		values_drop(values, values->oldest);
		values->evicted++;
	}
}

size_t values_count(const Values *values)
{
	return values->n;
}

size_t values_bytes(const Values *values)
{
	return values->bytes;
}

uint64_t values_evicted(const Values *values)
{
	return values->evicted;
}
