/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * permissions - who may do what in a vault, as access policies say it
 *
 * One entry per client id: for each of secrets, keys, certificates and storage
 * a set of words such as get and list. A vault without an entry for a client
 * refuses it; the default principal may do everything unless it is listed.
 */

#include <cjson/cJSON.h>

#include "base/std.h"

enum permission_group {
	PERMISSION_SECRETS,
	PERMISSION_KEYS,
	PERMISSION_CERTIFICATES,
	PERMISSION_STORAGE,
	PERMISSION_GROUPS,
};

/* What an entry says of the management plane. */
enum arm_right { ARM_UNSTATED, ARM_NONE, ARM_READ, ARM_WRITE };

enum { PERMISSIONS_MAX = 1024, CLIENT_ID_SIZE = 128 };

typedef struct PermissionEntry {
	char client_id[CLIENT_ID_SIZE];
	uint64_t words[PERMISSION_GROUPS]; /* a bit per word */
	enum arm_right arm;
} PermissionEntry;

typedef struct Permissions {
	PermissionEntry *entries; /* owned */
	size_t n;
} Permissions;

void permissions_done(Permissions *permissions);

/* The bit of a word, all bits for "all", 0 for no such word; any case. */
uint64_t permission_bit(const char *word);
const char *permission_group_name(enum permission_group group);

/*
 * Set what @client_id may do: {"secrets":["get",...],...}; NULL is everything.
 * Returns 0, PERMISSIONS_E_INVALID for a word that does not exist or a wrong
 * type, -ENOSPC above PERMISSIONS_MAX, or -ENOMEM.
 */
enum { PERMISSIONS_E_INVALID = 1 };
AKV_MUST_CHECK int permissions_set(Permissions *permissions,
				   const char *client_id, const cJSON *policy);

/* The same besides what it may do already. */
AKV_MUST_CHECK int permissions_add(Permissions *permissions,
				   const char *client_id, const cJSON *policy);

/*
 * Set what @client_id may do in the management plane. As permissions_set(); an
 * entry that is made by this may do nothing in the data plane.
 */
AKV_MUST_CHECK int permissions_set_arm(Permissions *permissions,
				       const char *client_id,
				       enum arm_right right);
enum arm_right permissions_arm(const Permissions *permissions,
			       const char *client_id);

/* The bits of each group of {"secrets":["get",...],...}; as permissions_set().
 */
AKV_MUST_CHECK int permissions_parse(uint64_t ret[PERMISSION_GROUPS],
				     const cJSON *policy);

/* Take all words of the data plane from all entries. */
void permissions_clear(Permissions *permissions);

/* The words of a set of bits, in a fixed order: from @at on, NULL at the end.
 */
const char *permission_word(uint64_t bits, size_t *at);

/* May @client_id do @word? @unlisted is the answer if it has no entry. */
bool permissions_allow(const Permissions *permissions, const char *client_id,
		       enum permission_group group, const char *word,
		       bool unlisted);
