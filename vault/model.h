/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * model - objects of the data plane, read from checked JSON
 */

#include "base/json.h"
#include "base/secret.h"
#include "base/std.h"
#include "base/url.h"
#include "vault/name.h"

enum {
	SECRET_VALUE_MAX =
		64 * 1024, /* twice what the service accepts, and more */
	CONTENT_TYPE_MAX = 4 * 255, /* 255 characters, in UTF-8 */
	/* All tags as JSON; what an extended attribute may hold. */
	TAGS_TEXT_MAX = 60 * 1024,
	LIST_ITEMS_MAX = 1000, /* per page; the service sends 25 */
};

/* attributes: times in seconds since 1970, -1 where absent. */
typedef struct ObjectAttributes {
	bool enabled;
	bool managed;
	int64_t created_s, updated_s, expires_s, not_before_s;
	char recovery_level[64];
} ObjectAttributes;

/*
 * What a GET brings. Of a secret, @value is the exact bytes of its value; of
 * everything else it is the checked JSON body, as sent, which files are made
 * from.
 *
 * What has no version in the service (all but PART_OBJECT, and storage
 * accounts) has @digest as @version, so that one version is one content. An
 * update of attributes, tags or policy makes no version: of a key or a
 * certificate, two bodies of one version differ in @digest.
 */
typedef struct ObjectBundle {
	char host[URL_HOST_MAX + 1];    /* of its id: the vault that it is of */
	char name[NAME_MAX_LENGTH + 1]; /* as the vault spells it */
	char version[VERSION_LENGTH + 1]; /* lower case */
	/* The first 32 hex digits of the body's SHA-256; "" of a secret. */
	char digest[VERSION_LENGTH + 1];
	ObjectAttributes attributes;
	char content_type[CONTENT_TYPE_MAX + 1];
	char *tags;    /* owned; a JSON object of strings, "{}" if none */
	Secret *value; /* owned */
} ObjectBundle;
void object_bundle_done(ObjectBundle *bundle);

/* The name of a SAS definition is here without that of its account. */
typedef struct ObjectItem {
	char name[NAME_MAX_LENGTH + 1];   /* as the vault spells it */
	char version[VERSION_LENGTH + 1]; /* "" unless LIST_VERSIONS */
	ObjectAttributes attributes;
} ObjectItem;

enum { MODEL_E_UNTRUSTED = 1 };

/*
 * Read a ObjectBundle for @key and, unless NULL, @version. @why (of @why_size
 * bytes) says what cannot be believed, never a value. Returns 0,
 * MODEL_E_UNTRUSTED, or -ENOMEM.
 */
AKV_MUST_CHECK int object_bundle_read(ObjectBundle *ret, const char *body,
				      size_t n, const ObjectKey *key,
				      const char *version, char *why,
				      size_t why_size);

/*
 * Read a page of a list: its items, of which those whose names are not of the
 * grammar are dropped and counted in *@ret_dropped, and its nextLink as sent
 * ("" if none; the caller frees both outputs). Returns as above.
 */
AKV_MUST_CHECK int object_page_read(ObjectItem **ret, size_t *ret_n,
				    size_t *ret_dropped, char **ret_next,
				    enum collection collection,
				    const char *body, size_t n, char *why,
				    size_t why_size);
