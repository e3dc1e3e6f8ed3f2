/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/arm-private.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-vaults.h"
#include "emulator/arm.h"
#include "emulator/errors.h"

static cJSON *connection_find(const Vault *vault, const char *name, int *ret_at)
{
	cJSON *item;
	int at = 0;

	cJSON_ArrayForEach (item, vault->facts.private_endpoints) {
		const char *id;

		if (json_get_string(&id, item, "id") == 0 &&
		    strcasecmp(strrchr(id, '/') + 1, name) == 0) {
			*ret_at = at;
			return item;
		}
		at++;
	}
	return NULL;
}

static cJSON *connection_new(const Vault *vault, const char *name,
			     const char *endpoint, const char *status,
			     const char *description)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	Writer writer = WRITER_INIT(&text);
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	writer_begin(&writer, NULL, '{');
	writer_format(&writer, "id", "%s/privateEndpointConnections/%s", id,
		      name);
	writer_begin(&writer, "properties", '{');
	writer_string(&writer, "provisioningState", "Succeeded");
	if (endpoint) {
		writer_begin(&writer, "privateEndpoint", '{');
		writer_string(&writer, "id", endpoint);
		writer_end(&writer, '}');
	}
	writer_begin(&writer, "privateLinkServiceConnectionState", '{');
	writer_string(&writer, "status", status);
	if (description)
		writer_string(&writer, "description", description);
	writer_string(&writer, "actionsRequired", "None");
	writer_end(&writer, '}');
	writer_end(&writer, '}');
	writer_end(&writer, '}');
	return writer.fault < 0 ? NULL : cJSON_Parse(text.p);
}

int arm_private_set(Vault *vault, const char *name, const char *endpoint,
		    const char *status, const char *description)
{
	cJSON *item =
		connection_new(vault, name, endpoint, status, description);
	cJSON *list = vault->facts.private_endpoints;
	int at;

	if (!list) {
		list = cJSON_CreateArray();
		vault->facts.private_endpoints = list;
	}
	if (!item || !list) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	if (connection_find(vault, name, &at)) {
		(void)cJSON_ReplaceItemInArray(list, at, item);
		return 0;
	}
	if (!cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return 0;
}

/* As a resource of its own it also has a name and a type. */
static void connection_write(Writer *writer, const cJSON *item)
{
	const char *id;

	if (json_get_string(&id, item, "id") != 0)
		return;
	writer_begin(writer, NULL, '{');
	writer_string(writer, "id", id);
	writer_string(writer, "name", strrchr(id, '/') + 1);
	writer_string(writer, "type",
		      "Microsoft.KeyVault/vaults/privateEndpointConnections");
	writer_json(writer, "properties",
		    cJSON_GetObjectItemCaseSensitive(item, "properties"));
	writer_end(writer, '}');
}

int arm_private_links(Exchange *exchange)
{
	const Vault *vault = arm_vault(exchange, ARM_READ,
				       "vaults/privateLinkResources/read");
	Writer *writer = &exchange->writer;
	char id[ARM_ID_SIZE];

	if (!vault)
		return 0;
	arm_vault_id(id, vault);
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "value", '[');
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "%s/privateLinkResources/vault", id);
	writer_string(writer, "name", "vault");
	writer_string(writer, "type",
		      "Microsoft.KeyVault/vaults/privateLinkResources");
	writer_begin(writer, "properties", '{');
	writer_string(writer, "groupId", "vault");
	writer_begin(writer, "requiredMembers", '[');
	writer_string(writer, NULL, "default");
	writer_end(writer, ']');
	writer_begin(writer, "requiredZoneNames", '[');
	writer_string(writer, NULL, "privatelink.vaultcore.azure.net");
	writer_end(writer, ']');
	writer_end(writer, '}');
	writer_end(writer, '}');
	writer_end(writer, ']');
	writer_end(writer, '}');
	return 0;
}

int arm_private_list(Exchange *exchange)
{
	const Vault *vault = arm_vault(
		exchange, ARM_READ, "vaults/privateEndpointConnections/read");
	const cJSON *item;

	if (!vault)
		return 0;
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_begin(&exchange->writer, "value", '[');
	cJSON_ArrayForEach (item, vault->facts.private_endpoints)
		connection_write(&exchange->writer, item);
	writer_end(&exchange->writer, ']');
	writer_end(&exchange->writer, '}');
	return 0;
}

static int connection_reply(Exchange *exchange, const cJSON *item)
{
	if (!item)
		return error_reply(exchange, 404, "ResourceNotFound", NULL,
				   "The private endpoint connection '%s' was "
				   "not found.",
				   exchange->captures[3]);
	exchange_reply(exchange, 200);
	connection_write(&exchange->writer, item);
	return 0;
}

int arm_private_get(Exchange *exchange)
{
	const Vault *vault = arm_vault(
		exchange, ARM_READ, "vaults/privateEndpointConnections/read");
	int at;

	if (!vault)
		return 0;
	return connection_reply(
		exchange, connection_find(vault, exchange->captures[3], &at));
}

/* The endpoint that is connected; NULL if that is not known. */
static const char *endpoint_of(const cJSON *item)
{
	const cJSON *properties, *endpoint;
	const char *id;

	if (json_get_object(&properties, item, "properties") != 0 ||
	    json_get_object(&endpoint, properties, "privateEndpoint") != 0 ||
	    json_get_string(&id, endpoint, "id") != 0)
		return NULL;
	return id;
}

static bool status_is_known(const char *status)
{
	static const char *const words[] = {"Approved", "Pending", "Rejected",
					    "Disconnected"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++) {
		if (strcmp(words[i], status) == 0)
			return true;
	}
	return false;
}

/* Approve or reject: only the state of a connection that is there changes. */
int arm_private_put(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE,
				 "vaults/privateEndpointConnections/write");
	const char *name = exchange->captures[3];
	const char *status = NULL, *description = NULL;
	const cJSON *properties, *state;
	AKV_JSON cJSON *body = NULL;
	const cJSON *item;
	int at, r;

	if (!vault || !arm_body(exchange, &body))
		return 0;
	item = connection_find(vault, name, &at);
	if (!item)
		return connection_reply(exchange, NULL);
	if (json_get_object(&properties, body, "properties") != 0 ||
	    json_get_object(&state, properties,
			    "privateLinkServiceConnectionState") != 0 ||
	    json_get_string(&status, state, "status") != 0 ||
	    !status_is_known(status))
		return error_reply(exchange, 400, "BadRequest", NULL,
				   "The status of the connection is not "
				   "Approved, Pending, Rejected or "
				   "Disconnected.");
	(void)!json_get_string(&description, state, "description");
	r = arm_private_set(vault, name, endpoint_of(item), status,
			    description);
	return r < 0 ? r
		     : connection_reply(exchange,
					connection_find(vault, name, &at));
}

int arm_private_delete(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE,
				 "vaults/privateEndpointConnections/delete");
	const cJSON *item;
	int at;

	if (!vault)
		return 0;
	item = connection_find(vault, exchange->captures[3], &at);
	if (!item) {
		exchange_reply(exchange, 204);
		return 0;
	}
	(void)connection_reply(exchange, item);
	cJSON_DeleteItemFromArray(vault->facts.private_endpoints, at);
	if (vault->facts.private_endpoints->child)
		return 0;
	return vault_facts_set(&vault->facts.private_endpoints, NULL);
}
