/* SPDX-License-Identifier: MIT */

/*
 * A purge takes as long as a deletion of an object does, and its operation's
 * name says when it began, so that nothing has to be kept of it. Runs with the
 * emulator's lock held, inside a handler.
 */

#include "emulator/arm-deleted.h"

#include <inttypes.h>
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/time.h"
#include "emulator/arm.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"

enum { OPERATION_SIZE = 64 };

static const char operation_tag[] = "purge|";

static int64_t now_s(const Exchange *exchange)
{
	return exchange->now_us / (int64_t)CLOCK_US_PER_S;
}

static bool is_mine(const Exchange *exchange, const Vault *vault,
		    enum arm_right right)
{
	char id[GUID_SIZE];

	subscription_of_vault(id, vault);
	return strcasecmp(id, exchange->captures[0]) == 0 &&
	       arm_allows(exchange, vault, right);
}

static void deleted_write(Writer *writer, const Vault *vault)
{
	char subscription[GUID_SIZE], id[ARM_ID_SIZE], text[TIME_TEXT_SIZE];

	subscription_of_vault(subscription, vault);
	arm_vault_id(id, vault);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id",
		      "/subscriptions/%s/providers/Microsoft.KeyVault/"
		      "locations/%s/deletedVaults/%s",
		      subscription, vault->location, vault->name);
	writer_string(writer, "name", vault->name);
	writer_string(writer, "type", "Microsoft.KeyVault/deletedVaults");
	writer_begin(writer, "properties", '{');
	writer_string(writer, "vaultId", id);
	writer_string(writer, "location", vault->location);
	if (vault->facts.tags) {
		writer_json(writer, "tags", vault->facts.tags);
	} else {
		writer_begin(writer, "tags", '{');
		writer_end(writer, '}');
	}
	time_format_rfc3339(text, vault->facts.deleted_s);
	writer_string(writer, "deletionDate", text);
	time_format_rfc3339(text, vault->facts.purge_s);
	writer_string(writer, "scheduledPurgeDate", text);
	if (vault->purge_protection)
		writer_bool(writer, "purgeProtectionEnabled", true);
	writer_end(writer, '}');
	writer_end(writer, '}');
}

int arm_deleted_list(Exchange *exchange)
{
	VaultStore *store = &exchange->emulator->vaults;
	Writer *writer = &exchange->writer;

	(void)vault_store_find_deleted(store, "", now_s(exchange));
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "value", '[');
	for (size_t i = 0; i < store->n_deleted; i++) {
		if (is_mine(exchange, store->deleted[i], ARM_READ))
			deleted_write(writer, store->deleted[i]);
	}
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

/* The vault of captures 1 and 2; or the reply is made. */
static Vault *deleted_find(Exchange *exchange, enum arm_right right)
{
	Vault *vault = vault_store_find_deleted(&exchange->emulator->vaults,
						exchange->captures[2],
						now_s(exchange));
	char location[LOCATION_SIZE];

	location_normalize(location, sizeof(location), exchange->captures[1]);
	if (vault && strcasecmp(location, vault->location) == 0 &&
	    is_mine(exchange, vault, right))
		return vault;
	if (vault || !arm_is_default(exchange))
		(void)arm_forbid(exchange,
				 "Microsoft.KeyVault/locations/deletedVaults/"
				 "read",
				 exchange->path);
	else
		(void)error_reply(exchange, 404, "ResourceNotFound", NULL,
				  "The specified resource does not exist.");
	return NULL;
}

int arm_deleted_get(Exchange *exchange)
{
	const Vault *vault = deleted_find(exchange, ARM_READ);

	if (!vault)
		return 0;
	exchange_reply(exchange, 200);
	deleted_write(&exchange->writer, vault);
	return 0;
}

static void location_header(Exchange *exchange, const char *operation)
{
	AKV_BUF Buf link = BUF_INIT(BUF_MAX_URL);
	int r = buf_printf(&link,
			   "%s/subscriptions/%s/providers/Microsoft.KeyVault/"
			   "locations/%s/operationResults/%s?api-version=%s",
			   exchange->base, exchange->captures[0],
			   exchange->captures[1], operation,
			   exchange_parameter(exchange, "api-version"));

	if (r < 0)
		exchange->writer.fault = r;
	else
		exchange_add_header(exchange, "Location", link.p);
}

int arm_deleted_purge(Exchange *exchange)
{
	Vault *vault = deleted_find(exchange, ARM_WRITE);
	AKV_BUF Buf operation = BUF_INIT(OPERATION_SIZE);
	char text[OPERATION_SIZE];
	int r;

	if (!vault)
		return 0;
	if (vault->purge_protection)
		return error_reply(exchange, 405, "MethodNotAllowed", NULL,
				   "Operation 'DeletedVaultPurge' is not "
				   "allowed.");
	(void)snprintf(text, sizeof(text), "%s%" PRId64, operation_tag,
		       exchange->now_us);
	r = base64_encode(&operation, BASE64_URL, text, strlen(text));
	if (r < 0)
		return r;
	vault_store_purge(&exchange->emulator->vaults, vault);
	exchange_reply(exchange, 202);
	location_header(exchange, operation.p);
	return 0;
}

/* When the operation of capture 2 began; false if there is none such. */
static bool operation_parse(int64_t *ret, const char *name)
{
	size_t n = sizeof(operation_tag) - 1;
	AKV_BUF Buf text = BUF_INIT(OPERATION_SIZE);
	uint64_t began;

	if (base64_decode(&text, BASE64_URL, name, strlen(name)) != 0 ||
	    strncmp(text.p, operation_tag, n) != 0 ||
	    parse_uint64(&began, text.p + n, INT64_MAX) != 0)
		return false;
	*ret = (int64_t)began;
	return true;
}

/* "2021-06-09 06:43:36Z" */
static void time_write(Writer *writer, const char *name, int64_t time_us)
{
	char text[TIME_TEXT_SIZE];

	time_format_rfc3339(text, time_us / (int64_t)CLOCK_US_PER_S);
	text[10] = ' ';
	writer_string(writer, name, text);
}

int arm_operation(Exchange *exchange)
{
	int64_t began, end;
	Writer *writer = &exchange->writer;
	bool over;

	if (!operation_parse(&began, exchange->captures[2]))
		return error_reply(exchange, 404, "ResourceNotFound", NULL,
				   "The specified resource does not exist.");
	end = began + exchange->emulator->soft_delete_delay_us;
	over = exchange->now_us >= end;
	exchange_reply(exchange, over ? 200 : 202);
	if (!over)
		location_header(exchange, exchange->captures[2]);
	writer_begin(writer, NULL, '{');
	time_write(writer, "createdDateTime", began);
	if (over)
		time_write(writer, "lastActionDateTime", end);
	writer_string(writer, "status", over ? "Succeeded" : "NotStarted");
	writer_end(writer, '}');
	return 0;
}

static int name_reply(Exchange *exchange, const char *reason,
		      const char *message)
{
	Writer *writer = &exchange->writer;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_bool(writer, "nameAvailable", !reason);
	if (reason) {
		writer_string(writer, "reason", reason);
		writer_string(writer, "message", message);
	}
	writer_end(writer, '}');
	return 0;
}

int arm_check_name(Exchange *exchange)
{
	VaultStore *store = &exchange->emulator->vaults;
	AKV_JSON cJSON *body = NULL;
	const char *name, *type;
	char message[1024];

	if (!arm_body(exchange, &body))
		return 0;
	if (json_get_string(&name, body, "name") != 0 ||
	    json_get_string(&type, body, "type") != 0 ||
	    strcasecmp(type, "Microsoft.KeyVault/vaults") != 0)
		return error_reply(exchange, 400, "BadRequest", NULL,
				   "The name or the type is missing, or the "
				   "type is not Microsoft.KeyVault/vaults.");
	if (!vault_name_is_valid(name))
		return name_reply(
			exchange, "AccountNameInvalid",
			"Vault name must be between 3-24 alphanumeric "
			"characters. The name must begin with a letter, end "
			"with a letter or digit, and not contain consecutive "
			"hyphens.");
	if (!vault_store_find(store, name) &&
	    !vault_store_find_deleted(store, name, now_s(exchange)))
		return name_reply(exchange, NULL, NULL);
	(void)snprintf(message, sizeof(message),
		       "The vault name '%s' is already in use. Vault names are "
		       "globaly unique so it is possible that the name is "
		       "already taken. If you are sure that the vault name was "
		       "not taken then it is possible that a vault with the "
		       "same name was recently deleted but not purged after "
		       "being placed in a recoverable state. If the vault is "
		       "in a recoverable state then the vault will need to be "
		       "purged before reusing the name. For more information "
		       "on soft delete and purging a vault follow this link "
		       "https://go.microsoft.com/fwlink/?linkid=2147740.",
		       name);
	return name_reply(exchange, "AlreadyExists", message);
}
