/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * object - a named thing in a vault: its versions, and whether it is deleted
 *
 * Deletion, recovery and purge take time, as they do in the service: the call
 * answers at once, what it does shows a little later. All of that is a function
 * of the time that is passed in. Times are microseconds since 1970 on the
 * emulator's clock; what the service states in seconds is in seconds.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/names.h"

enum {
	OBJECT_VERSIONS_MAX = 100000,
	OBJECT_VERSIONS_BACKUP_MAX = 500,
	RETENTION_DAYS_MIN = 7,
	RETENTION_DAYS_MAX = 90,
};

#define TIME_UNSET INT64_MIN

/* What all kinds of objects have; @payload is what only one kind has. */
typedef struct Version {
	char id[VERSION_LENGTH + 1];
	char previous[VERSION_LENGTH + 1]; /* "" if none */
	bool enabled;
	bool managed;         /* its life is a certificate's */
	int64_t nbf_s, exp_s; /* or TIME_UNSET */
	int64_t created_s, updated_s;
	uint64_t order;     /* of creation; seconds tie */
	char *content_type; /* owned, or NULL */
	char *key_id;       /* owned, or NULL */
	cJSON *tags;        /* owned: strings by name; or NULL */
	char *value;        /* owned, wiped: a secret's; or NULL */
	size_t value_size;
	void *payload; /* owned: a key or a certificate; or NULL */
	void (*payload_free)(void *payload);
} Version;

AKV_MUST_CHECK int version_new(Version **ret, int64_t now_us);
Version *version_free(Version *version);
AKV_DEFINE_CLEANUP(Version *, version_free);

/* All but the value and the payload, of its own. */
AKV_MUST_CHECK int version_copy(Version **ret, const Version *version);

/* Replace the value; the old one is wiped. */
AKV_MUST_CHECK int version_set_value(Version *version, const char *value,
				     size_t n);
AKV_MUST_CHECK int version_set_content_type(Version *version,
					    const char *content_type);

enum object_state {
	OBJECT_LIVE,
	OBJECT_DELETING,   /* neither here nor there yet */
	OBJECT_DELETED,    /* can be recovered or purged */
	OBJECT_RECOVERING, /* neither there nor here yet */
	OBJECT_PURGING,    /* still looks deleted */
	OBJECT_GONE,       /* to be forgotten */
};

typedef struct Object {
	char name[NAME_KEY_SIZE]; /* as first written */
	char key[NAME_KEY_SIZE];  /* as compared */
	enum object_state state;  /* ask object_state() */
	int64_t until_us;         /* when it passes on to the next */
	int64_t settling_us;      /* recovered, but not to be written before */
	int64_t deleted_s, purge_s;
	Version **versions; /* owned, in order of id */
	size_t n_versions, capacity;
	Version *current; /* borrowed: the newest of them */
	void *payload; /* owned: what one kind has besides versions; or NULL */
	void (*payload_free)(void *payload);
} Object;

AKV_MUST_CHECK int object_new(Object **ret, const char *name);
Object *object_free(Object *object);
AKV_DEFINE_CLEANUP(Object *, object_free);

/* Take *@version over. -ENOSPC above OBJECT_VERSIONS_MAX, -EEXIST, -ENOMEM. */
AKV_MUST_CHECK int object_add_version(Object *object, Version **version);

/* The version of that id, or NULL; borrowed. */
Version *object_version(const Object *object, const char *id);

/* The first whose id is at least @id in any case: where a page begins. */
size_t object_version_at_least(const Object *object, const char *id);

/* The state at that time. */
enum object_state object_state(Object *object, int64_t now_us);

/* May a new version be written? 0, or why not. */
enum {
	OBJECT_E_NOT_FOUND = 1,
	OBJECT_E_BEING_DELETED,
	OBJECT_E_DELETED,
	OBJECT_E_BEING_RECOVERED,
	OBJECT_E_LIVE, /* it is not deleted */
};
int object_check_write(Object *object, int64_t now_us);

/*
 * Begin to delete, recover or purge; done after @delay_us. 0, or why not.
 * With @retention_days 0 there is no soft delete: the object is gone.
 */
int object_delete(Object *object, int64_t now_us, int64_t delay_us,
		  unsigned retention_days);
int object_recover(Object *object, int64_t now_us, int64_t delay_us);
int object_purge(Object *object, int64_t now_us, int64_t delay_us);
