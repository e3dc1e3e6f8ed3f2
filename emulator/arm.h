/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm - the management plane: Azure Resource Manager with Microsoft.KeyVault
 *
 * This is what all its handlers share: who asks, what he may see, and how it is
 * said that he may not. Errors are {"error":{"code":...,"message":...}}.
 */

#include <cjson/cJSON.h>

#include "base/std.h"
#include "emulator/arm-scopes.h"
#include "emulator/exchange.h"

/* Every request for such a host. Returns 0 or a negative errno. */
AKV_MUST_CHECK int arm_dispatch(Exchange *exchange);

/* "/subscriptions/.../vaults/NAME" */
enum { ARM_ID_SIZE = 512 };
void arm_vault_id(char ret[ARM_ID_SIZE], const Vault *vault);

/* Does the caller have @right on @vault? The default principal has them all. */
bool arm_allows(const Exchange *exchange, const Vault *vault,
		enum arm_right right);

/*
 * The vault that captures 0 to 2 (subscription, group, name) name, on which the
 * caller has @right. If there is none, the reply is made and NULL returned.
 * @action is the part behind "Microsoft.KeyVault/".
 */
Vault *arm_vault(Exchange *exchange, enum arm_right right, const char *action);

/* 403: the caller may not do @action ("Microsoft.KeyVault/vaults/write"). */
int arm_forbid(Exchange *exchange, const char *action, const char *scope);

/* 404 of the vault that captures 1 and 2 name. */
int arm_vault_not_found(Exchange *exchange);

/* The caller is the default principal, which may make things. */
bool arm_is_default(const Exchange *exchange);

/* The body as an object; otherwise the 400 is made and false returned. */
bool arm_body(Exchange *exchange, cJSON **ret);

/* Pages of things in order of name: what the query of a list says. */
typedef struct ArmPage {
	size_t max;
	char after[GROUP_NAME_SIZE]; /* the last name of the page before */
} ArmPage;

/* False if it is wrong; the reply is made. */
bool arm_page(Exchange *exchange, ArmPage *ret);

/* "nextLink", to the page behind the name @last. */
void arm_page_next(Exchange *exchange, const char *last);

/* Write an instant as ARM does, "2026-11-24T02:51:00.123Z". */
void arm_write_time(Writer *writer, const char *name, int64_t time_us);
