/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * api-version - which version of the data plane's interface to ask with
 *
 * What exists in which version is read off the OpenAPI files of the data plane:
 * soft delete and storage accounts came in 2016-10-01, deleted storage accounts
 * in 7.0, rotation policies in 7.3; storage accounts are in none after
 * 2025-07-01. Newer versions are dates: they are compared as words, never as
 * numbers.
 */

#include "base/std.h"
#include "vault/name.h"

/*
 * The version to ask for @part of @collection with, where the mount's is
 * @configured: that one, unless it is newer than the last that has storage
 * accounts. NULL if it is too old to have such a thing.
 */
const char *api_version_for_part(const char *configured,
				 enum collection collection, enum part part);

/* The same for a list. */
const char *api_version_for_list(const char *configured, const ListKey *key);

/* Can a list of certificates include those that are not issued yet? */
bool api_version_lists_pending(const char *version);
