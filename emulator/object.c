/* SPDX-License-Identifier: MIT */

/*
 * Versions are kept in the order the service lists them in, which is that of
 * their random ids. Called with the emulator's lock held.
 */

#include "emulator/object.h"

#include <strings.h>

#include "base/clock.h"

enum { SECONDS_PER_DAY = 86400, VERSIONS_FIRST_CAPACITY = 2 };

static uint64_t version_order;

int version_new(Version **ret, int64_t now_us)
{
	Version *version = calloc(1, sizeof(*version));

	if (!version)
		return -ENOMEM;
	random_version(version->id);
	version->enabled = true;
	version->nbf_s = TIME_UNSET;
	version->exp_s = TIME_UNSET;
	version->created_s = now_us / (int64_t)CLOCK_US_PER_S;
	version->updated_s = version->created_s;
	version->order = ++version_order;
	*ret = version;
	return 0;
}

static void value_discard(Version *version)
{
	if (version->value)
		explicit_bzero(version->value, version->value_size);
	free(version->value);
	version->value = NULL;
	version->value_size = 0;
}

Version *version_free(Version *version)
{
	if (!version)
		return NULL;
	value_discard(version);
	if (version->payload_free)
		version->payload_free(version->payload);
	cJSON_Delete(version->tags);
	free(version->content_type);
	free(version->key_id);
	free(version);
	return NULL;
}

int version_copy(Version **ret, const Version *version)
{
	AKV_CLEANUP(version_freep) Version *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *version;
	copy->value = NULL;
	copy->value_size = 0;
	copy->payload = NULL;
	copy->payload_free = NULL;
	copy->content_type = NULL;
	copy->key_id = NULL;
	copy->tags = NULL;
	if (version->content_type)
		copy->content_type = strdup(version->content_type);
	if (version->key_id)
		copy->key_id = strdup(version->key_id);
	if (version->tags)
		copy->tags = cJSON_Duplicate(version->tags, true);
	if (!copy->content_type != !version->content_type ||
	    !copy->key_id != !version->key_id || !copy->tags != !version->tags)
		return -ENOMEM;
	*ret = AKV_TAKE(copy);
	return 0;
}

int version_set_value(Version *version, const char *value, size_t n)
{
	char *copy = malloc(n + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, value, n);
	copy[n] = '\0';
	value_discard(version);
	version->value = copy;
	version->value_size = n;
	return 0;
}

int version_set_content_type(Version *version, const char *content_type)
{
	char *copy = strdup(content_type);

	if (!copy)
		return -ENOMEM;
	free(version->content_type);
	version->content_type = copy;
	return 0;
}

int object_new(Object **ret, const char *name)
{
	Object *object;

	if (strlen(name) >= sizeof(object->name))
		return -EINVAL;
	object = calloc(1, sizeof(*object));
	if (!object)
		return -ENOMEM;
	(void)snprintf(object->name, sizeof(object->name), "%s", name);
	name_key(object->key, name);
	*ret = object;
	return 0;
}

Object *object_free(Object *object)
{
	if (!object)
		return NULL;
	for (size_t i = 0; i < object->n_versions; i++)
		(void)version_free(object->versions[i]);
	if (object->payload_free)
		object->payload_free(object->payload);
	free(object->versions);
	free(object);
	return NULL;
}

size_t object_version_at_least(const Object *object, const char *id)
{
	size_t low = 0, high = object->n_versions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(object->versions[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

Version *object_version(const Object *object, const char *id)
{
	size_t at = object_version_at_least(object, id);

	if (at == object->n_versions ||
	    strcasecmp(object->versions[at]->id, id) != 0)
		return NULL;
	return object->versions[at];
}

static int versions_grow(Object *object)
{
	size_t capacity;
	Version **versions;

	if (object->n_versions < object->capacity)
		return 0;
	if (object->n_versions >= OBJECT_VERSIONS_MAX)
		return -ENOSPC;
	capacity = object->capacity ? object->capacity * 2
				    : VERSIONS_FIRST_CAPACITY;
	versions = reallocarray(object->versions, capacity, sizeof(*versions));
	if (!versions)
		return -ENOMEM;
	object->versions = versions;
	object->capacity = capacity;
	return 0;
}

static bool version_is_newer(const Version *a, const Version *b)
{
	if (a->created_s != b->created_s)
		return a->created_s > b->created_s;
	return a->order > b->order;
}

int object_add_version(Object *object, Version **version)
{
	Version *added = *version;
	size_t at = object_version_at_least(object, added->id);
	int r;

	if (object_version(object, added->id))
		return -EEXIST;
	r = versions_grow(object);
	if (r < 0)
		return r;
	memmove(object->versions + at + 1, object->versions + at,
		(object->n_versions - at) * sizeof(*object->versions));
	object->versions[at] = added;
	object->n_versions++;
	*version = NULL;
	if (!object->current || version_is_newer(added, object->current)) {
		if (object->current)
			memcpy(added->previous, object->current->id,
			       sizeof(added->previous));
		object->current = added;
	}
	return 0;
}

enum object_state object_state(Object *object, int64_t now_us)
{
	switch (object->state) {
	case OBJECT_DELETING:
		if (now_us >= object->until_us)
			object->state = OBJECT_DELETED;
		break;
	case OBJECT_RECOVERING:
		if (now_us >= object->until_us)
			object->state = OBJECT_LIVE;
		break;
	case OBJECT_PURGING:
		if (now_us >= object->until_us)
			object->state = OBJECT_GONE;
		break;
	case OBJECT_LIVE:
	case OBJECT_DELETED:
	case OBJECT_GONE:
		break;
	}
	if (object->state == OBJECT_DELETED &&
	    now_us / (int64_t)CLOCK_US_PER_S >= object->purge_s)
		object->state = OBJECT_GONE;
	return object->state;
}

int object_check_write(Object *object, int64_t now_us)
{
	switch (object_state(object, now_us)) {
	case OBJECT_LIVE:
		return now_us < object->settling_us ? OBJECT_E_BEING_RECOVERED
						    : 0;
	case OBJECT_DELETING:
	case OBJECT_PURGING:
		return OBJECT_E_BEING_DELETED;
	case OBJECT_DELETED:
		return OBJECT_E_DELETED;
	case OBJECT_RECOVERING:
		return OBJECT_E_BEING_RECOVERED;
	case OBJECT_GONE:
		break;
	}
	return OBJECT_E_NOT_FOUND;
}

int object_delete(Object *object, int64_t now_us, int64_t delay_us,
		  unsigned retention_days)
{
	enum object_state state = object_state(object, now_us);

	if (state == OBJECT_RECOVERING)
		return OBJECT_E_BEING_RECOVERED;
	/* What is on its way out is, to who deletes it again, not there. */
	if (state != OBJECT_LIVE)
		return OBJECT_E_NOT_FOUND;
	if (retention_days == 0) {
		object->state = OBJECT_GONE;
		return 0;
	}
	object->state = OBJECT_DELETING;
	object->until_us = now_us + delay_us;
	object->deleted_s = now_us / (int64_t)CLOCK_US_PER_S;
	object->purge_s =
		object->deleted_s + (int64_t)retention_days * SECONDS_PER_DAY;
	return 0;
}

int object_recover(Object *object, int64_t now_us, int64_t delay_us)
{
	switch (object_state(object, now_us)) {
	case OBJECT_LIVE:
		return OBJECT_E_LIVE;
	case OBJECT_DELETING:
	case OBJECT_PURGING:
		return OBJECT_E_BEING_DELETED;
	case OBJECT_RECOVERING:
		return OBJECT_E_BEING_RECOVERED;
	case OBJECT_GONE:
		return OBJECT_E_NOT_FOUND;
	case OBJECT_DELETED:
		break;
	}
	object->state = OBJECT_RECOVERING;
	object->until_us = now_us + delay_us;
	/* Reading works before writing does (seen in the service). */
	object->settling_us = object->until_us + delay_us / 2;
	return 0;
}

int object_purge(Object *object, int64_t now_us, int64_t delay_us)
{
	switch (object_state(object, now_us)) {
	case OBJECT_LIVE:
	case OBJECT_GONE:
		return OBJECT_E_NOT_FOUND;
	case OBJECT_DELETING:
	case OBJECT_PURGING:
		return OBJECT_E_BEING_DELETED;
	case OBJECT_RECOVERING:
		return OBJECT_E_BEING_RECOVERED;
	case OBJECT_DELETED:
		break;
	}
	object->state = OBJECT_PURGING;
	object->until_us = now_us + delay_us;
	return 0;
}
