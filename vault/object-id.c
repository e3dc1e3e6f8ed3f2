/* SPDX-License-Identifier: MIT */

/* Pure. Called by the readers of the model. */

#include "vault/object-id.h"

#include <strings.h>

/* Behind the scheme, or NULL. */
static const char *id_authority(const char *id)
{
	if (strncmp(id, "https://", 8) == 0)
		return id + 8;
	if (strncmp(id, "http://", 7) == 0)
		return id + 7; /* of 2015; it is never fetched */
	return NULL;
}

/* The host, without the port that some name. */
static int take_host(ObjectId *id, const char *authority, size_t n)
{
	const char *port = memchr(authority, ':', n);

	if (port)
		n = (size_t)(port - authority);
	if (n == 0 || n > URL_HOST_MAX)
		return OBJECT_ID_E_INVALID;
	memcpy(id->host, authority, n);
	id->host[n] = '\0';
	return 0;
}

/* What follows "SEGMENT/" at @path, or NULL. */
static const char *path_rest(const char *path, const char *segment)
{
	size_t n = strlen(segment);

	return strncasecmp(path, segment, n) == 0 && path[n] == '/'
		       ? path + n + 1
		       : NULL;
}

/* @n bytes at @authority are a host with @segment at its end, without '/'. */
static bool ends_with(const char *authority, size_t n, const char *segment)
{
	size_t segment_n = strlen(segment);

	return n > segment_n &&
	       strncasecmp(authority + n - segment_n, segment, segment_n) == 0;
}

static int take_segments(ObjectId *id, const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");

		if (id->n == OBJECT_ID_SEGMENTS_MAX || n == 0)
			return OBJECT_ID_E_SEGMENTS;
		id->segments[id->n].p = path;
		id->segments[id->n++].n = n;
		if (path[n] == '\0')
			return 0;
		path += n + 1;
	}
}

int object_id_read(ObjectId *ret, const char *id, enum collection collection)
{
	const char *segment = collection_segment(collection);
	const char *authority = id_authority(id);
	ObjectId read = {0};
	const char *rest;
	size_t n;
	int r;

	if (!authority)
		return OBJECT_ID_E_INVALID;
	n = strcspn(authority, "/");
	if (authority[n] != '/')
		return OBJECT_ID_E_INVALID;
	rest = path_rest(authority + n + 1, segment);
	if (!rest) {
		rest = path_rest(authority + n + 1,
				 collection_deleted_segment(collection));
		read.is_deleted = rest != NULL;
	}
	if (!rest &&
	    (collection == COLLECTION_STORAGE ||
	     collection == COLLECTION_SECRETS) &&
	    ends_with(authority, n, segment)) {
		rest = authority + n + 1;
		n -= strlen(segment);
		read.is_glued = true;
	}
	if (!rest || take_host(&read, authority, n) != 0)
		return OBJECT_ID_E_INVALID;
	r = take_segments(&read, rest);
	if (r == 0)
		*ret = read;
	return r;
}

bool object_id_has(const ObjectId *id, size_t i, const char *text)
{
	size_t n = strlen(text);

	return i < id->n && id->segments[i].n == n &&
	       strncasecmp(id->segments[i].p, text, n) == 0;
}
