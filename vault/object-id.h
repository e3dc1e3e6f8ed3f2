/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * object-id - the URL that a vault gives an object as its id, taken apart
 *
 * "https://HOST/secrets/NAME/VERSION". It is never fetched: its parts are
 * compared with what was asked for, and its name and version are taken. In 2018
 * the service wrote those of storage accounts and of SAS tokens without the
 * slash behind the host ("https://HOSTstorage/NAME"); such ones are read, too.
 */

#include "base/std.h"
#include "base/url.h"
#include "vault/name.h"

enum { OBJECT_ID_SEGMENTS_MAX = 3 };

typedef struct ObjectId {
	char host[URL_HOST_MAX + 1]; /* as written, without the port */
	bool is_deleted; /* "/deletedsecrets/...", as a recoveryId */
	bool is_glued;   /* it has no slash behind the host */
	/* What follows the collection, cut at each '/'; borrowed from the id.
	 * Bytes of the network still. */
	struct {
		const char *p;
		size_t n;
	} segments[OBJECT_ID_SEGMENTS_MAX];
	size_t n;
} ObjectId;

/*
 * Returns 0, OBJECT_ID_E_INVALID if it has another shape or is of another
 * collection, or OBJECT_ID_E_SEGMENTS if what follows the collection cannot
 * name anything: nothing, an empty segment, too many. The host is the caller's
 * to judge.
 */
enum { OBJECT_ID_E_INVALID = 1, OBJECT_ID_E_SEGMENTS = 2 };
AKV_MUST_CHECK int object_id_read(ObjectId *ret, const char *id,
				  enum collection collection);

/* Is segment @i there, and is it @text, whatever the case of letters? */
bool object_id_has(const ObjectId *id, size_t i, const char *text);
