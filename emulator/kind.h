/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * kind - what differs between secrets, keys, certificates and the rest
 *
 * objects.c does what all kinds do alike (lists, deletion, recovery, purge)
 * and asks its Kind for the words and for the members of an object.
 */

#include "base/std.h"
#include "emulator/exchange.h"

enum view {
	VIEW_ITEM,   /* in a list of objects: id without version */
	VIEW_LISTED, /* in a list of versions */
	VIEW_BRIEF,  /* a bundle without its value */
	VIEW_FULL,
};

typedef struct Kind {
	enum collection_kind collection;
	enum permission_group group;
	const char *noun;      /* "secret" */
	const char *title;     /* "Secret" */
	const char *plural;    /* "secrets", as in the path */
	const char *deleted;   /* "deletedsecrets" */
	const char *not_found; /* "SecretNotFound" */
	const char *disabled;  /* "SecretDisabled"; NULL: may be read */
	const char *managed;   /* "SecretManagedByKeyVault" */

	/* Write the members of @version of @object. */
	void (*write)(Writer *writer, const Exchange *exchange,
		      const Object *object, const Version *version,
		      enum view view);

	/* Is it in lists that ask for nothing else? NULL: always. */
	bool (*is_listed)(const Exchange *exchange, const Version *version);

	/* Write what only this kind has inside "attributes"; or NULL. */
	void (*write_attributes)(Writer *writer, const Exchange *exchange,
				 const Version *version);

	/*
	 * A backup's members of a version, besides those that all kinds have,
	 * and the way back. The latter returns 0, a negative errno, or a
	 * positive answer if @members are not what the former wrote.
	 */
	void (*save)(Writer *writer, const Version *version);
	int (*load)(Version *version, const cJSON *members);

	/* The same about an object, beside its versions; or NULL. */
	void (*save_object)(Writer *writer, const Object *object);
	int (*load_object)(Object *object, const cJSON *members);

	/*
	 * @object is about to be restored: make what belongs to it. Returns 0,
	 * a negative errno, or a positive answer if there is something in its
	 * way. NULL: nothing belongs to it.
	 */
	int (*restore)(Exchange *exchange, Object *object);
} Kind;

/* What "attributes" begins with: enabled, and the times. */
void kind_write_times(Writer *writer, const Version *version);

/* "attributes" and "tags", as all kinds have them. */
void kind_write_attributes(Writer *writer, const Exchange *exchange,
			   const Version *version);
