/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * xattr - what an object carries besides its value, as extended attributes
 *
 * user.akv.id, .version, .content_type, .enabled, .created, .updated, .expires,
 * .not_before, .recovery_level, .managed, .tags (JSON) and .tag.NAME; of keys
 * and certificates also what facts.h has. What an object does not have is
 * absent. Times are RFC 3339 in UTC.
 */

#include "base/buf.h"
#include "base/secret.h"
#include "base/std.h"
#include "base/url.h"
#include "vault/model.h"
#include "vault/name.h"

enum {
	XATTR_SIZE_MAX =
		64 * 1024, /* XATTR_SIZE_MAX, XATTR_LIST_MAX of Linux */
	XATTR_NAME_LENGTH_MAX = 255,
};

/* All is borrowed. */
typedef struct XattrFacts {
	const Origin *origin; /* of the vault */
	const ObjectKey *key;
	const char *version;
	const ObjectAttributes *attributes;
	const char *content_type;
	const char *tags;       /* a JSON object of strings */
	const Secret *document; /* of a key or a certificate, else NULL */
} XattrFacts;

/*
 * Append the value of @name, without a NUL. Returns 0, XATTR_E_ABSENT, or what
 * buf_append() and json_parse() do.
 */
enum { XATTR_E_ABSENT = 1 };
AKV_MUST_CHECK int xattr_value(Buf *buf, const XattrFacts *facts,
			       const char *name);

/* Append the names of all, each with its NUL. */
AKV_MUST_CHECK int xattr_list(Buf *buf, const XattrFacts *facts);

/* Of the vault, as the data plane knows it, on the root; likewise. */
AKV_MUST_CHECK int xattr_vault_value(Buf *buf, const Origin *origin,
				     const char *name);
AKV_MUST_CHECK int xattr_vault_list(Buf *buf);

/* Could any object have an attribute of this name? */
bool xattr_name_is_ours(const char *name);
