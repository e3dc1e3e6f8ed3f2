/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * target - the path and query of a request, made of checked names
 *
 * Nothing but names and versions of the grammar, and words of our own, goes
 * into one.
 */

#include "base/buf.h"
#include "base/std.h"
#include "vault/name.h"

/*
 * Append the path of what @key names, "/secrets/NAME" or
 * "/secrets/NAME/VERSION" with @version not NULL. Returns 0, -ENOMEM, or
 * -EINVAL for a key that no object_key_init() has made, and for a version where
 * there is none.
 */
AKV_MUST_CHECK int target_of_object(Buf *target, const ObjectKey *key,
				    const char *version);

/* Append the path of a list, "/secrets/NAME/versions". Returns likewise. */
AKV_MUST_CHECK int target_of_list(Buf *target, const ListKey *key);
