/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * facts - what a key or a certificate says of itself, in a word
 *
 * For extended attributes: "kty", "key_ops", "size" and "crv" of a key;
 * "subject", "issuer", "thumbprint" and "sans" of a certificate. Several
 * values are separated by commas. Bytes that are not printable ASCII, and
 * commas within a value of a list, are written as %XX.
 */

#include "base/buf.h"
#include "base/secret.h"
#include "base/std.h"
#include "fs/rendition.h"

/* The names, in order, ended by NULL. */
const char *const *facts_names(enum rendition_owner owner);

/*
 * Append the fact @name of the object whose bundle is @document (JSON that
 * vault/ has checked). Returns 0, FACT_E_ABSENT if the object has none of that
 * name, FACT_E_UNTRUSTED if what it is read from cannot be believed, or what
 * buf_append() does.
 */
enum { FACT_E_ABSENT = 1, FACT_E_UNTRUSTED = 2 };
AKV_MUST_CHECK int fact_append(Buf *buf, enum rendition_owner owner,
			       const Secret *document, const char *name);
