/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * model - what a GET of the data plane brings, read from checked JSON
 */

#include "base/secret.h"
#include "base/std.h"
#include "base/url.h"
#include "vault/name.h"
#include "vault/object-attributes.h"

enum {
	/* Twice what the service accepts, and more. */
	SECRET_VALUE_MAX = 64 * 1024,
	/* The largest body: a secret with room for escapes, or the longest
	 * policy; what one Secret holds. */
	OBJECT_BODY_MAX = 256 * 1024,
	CONTENT_TYPE_MAX = 4 * 255, /* 255 characters, in UTF-8 */
	/* All tags as JSON; what an extended attribute may hold. */
	TAGS_TEXT_MAX = 60 * 1024,
};

/*
 * What a GET brings. Of a secret, @value is the exact bytes of its value; of
 * everything else it is the checked JSON body, as sent, which files are made
 * from: strict, of unique members, and of the right types where model-key.h,
 * model-certificate.h and model-storage.h know them.
 *
 * What has no version in the service (all but PART_OBJECT; storage accounts;
 * the secrets that hold the tokens of storage accounts) has the first 32 hex
 * digits of its body's SHA-256 as @version, so that one version is one
 * content; a GET cannot name it. An update of attributes, tags or policy makes
 * no version: of a key or a certificate, two bodies of one version differ in
 * @digest.
 */
typedef struct ObjectBundle {
	/* Of its id: the vault that it is of; "" if a rotation policy has
	 * none. */
	char host[URL_HOST_MAX + 1];
	char name[NAME_MAX_LENGTH + 1];   /* as the vault spells it */
	char version[VERSION_LENGTH + 1]; /* lower case */
	bool has_version;                 /* it is the service's own */
	/* The first 32 hex digits of the body's SHA-256; "" of a secret that
	 * has a version. */
	char digest[VERSION_LENGTH + 1];
	ObjectAttributes attributes;
	char content_type[CONTENT_TYPE_MAX + 1];
	char *tags;    /* owned; a JSON object of strings, "{}" if none */
	Secret *value; /* owned */
} ObjectBundle;
void object_bundle_done(ObjectBundle *bundle);

/*
 * Is it a secret that holds the SAS token of a storage account? The vault makes
 * a new token for each GET; attributes.expires_s says how long it is good.
 */
bool object_bundle_is_sas_token(const ObjectBundle *bundle);

/*
 * Read what was got for @key and, unless NULL, @version. @why (of @why_size
 * bytes) says what cannot be believed, never a value. Returns 0,
 * MODEL_E_UNTRUSTED, or -ENOMEM.
 */
AKV_MUST_CHECK int object_bundle_read(ObjectBundle *ret, const char *body,
				      size_t n, const ObjectKey *key,
				      const char *version, char *why,
				      size_t why_size);
