/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * storage - managed storage accounts
 *
 * An account is an object with one version, whose payload holds its keys and
 * its SAS definitions. It is gone in api-versions that dropped it.
 */

#include "base/std.h"
#include "emulator/collection.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"
#include "emulator/routes.h"
#include "emulator/sas-token.h"

enum { STORAGE_KEYS = 2, KEY_NAME_SIZE = 32 };

typedef struct StorageAccount {
	char *resource_id; /* owned */
	char active_key[KEY_NAME_SIZE];
	bool auto_regenerate;
	char *period; /* owned, or NULL */
	unsigned char keys[STORAGE_KEYS][STORAGE_KEY_SIZE];
	Collection definitions; /* objects whose payload is storage-sas.h's */
} StorageAccount;

extern const Kind kind_storage;
extern const RouteTable storage_routes;

/* The payload of an account's version. */
StorageAccount *storage_account(const Object *object);

/* Give @version an account with fresh keys. -ENOMEM. */
AKV_MUST_CHECK int storage_account_new(Version *version);

/*
 * Put what @members say on it; what they leave out is left. Returns 0, -ENOMEM,
 * or STORAGE_E_INVALID with *@why static text; then it may be changed in part.
 */
enum { STORAGE_E_INVALID = 1 };
AKV_MUST_CHECK int storage_account_apply(StorageAccount *account,
					 const cJSON *members,
					 const char **why);

/* "key1" or "key2": its index, or -1. */
int storage_key_index(const char *name);

/* The live account that captures[0] names; or the 404 is made. */
Object *storage_find(Exchange *exchange);

/* 1 or more of 0-9 a-z A-Z. */
bool storage_name_is_valid(const char *name);

/* Copy @text over *@slot, which is freed. -ENOMEM. */
AKV_MUST_CHECK int storage_text(char **slot, const char *text);
