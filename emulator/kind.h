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
} Kind;

/* "attributes" and "tags", as all kinds have them. */
void kind_write_attributes(Writer *writer, const Exchange *exchange,
			   const Version *version);
