/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * storage-sas - SAS definitions, and the secrets that they are read by
 *
 * For each definition that lives there is a secret ACCOUNT-DEFINITION, which is
 * a fresh token each time it is read.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"
#include "emulator/storage.h"

typedef struct SasDefinition {
	char *template_uri; /* owned */
	bool service;
	char *validity; /* owned; a period */
	int64_t validity_s;
} SasDefinition;

extern const Kind kind_sas;
extern const RouteTable sas_routes;

/* Is it the secret of a definition? */
bool sas_is_secret(const Version *version);

/* Reply with a fresh token. */
int sas_secret_reply(Exchange *exchange, const Object *object);

/* Have just the secrets that the definitions of the vault ask for. -ENOMEM. */
AKV_MUST_CHECK int sas_secrets_sync(Exchange *exchange);

/*
 * A definition of @account as @members say it, new or changed. Returns 0, a
 * negative errno, or STORAGE_E_INVALID with *@why static text.
 */
AKV_MUST_CHECK int sas_define(Object **ret, StorageAccount *account,
			      const char *name, const cJSON *members,
			      int64_t now_us, const char **why);

/* "sas":{NAME:{...}} of a backup, and the reverse, which a seed has too. */
void sas_save(Writer *writer, const StorageAccount *account);
AKV_MUST_CHECK int sas_load(StorageAccount *account, const cJSON *members,
			    int64_t now_us, const char **why);
