/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/arm-roles.h"

#include <strings.h>

#include "base/json.h"
#include "emulator/arm-access.h"
#include "emulator/arm.h"
#include "emulator/emulator.h"
#include "emulator/errors.h"

#define OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define CONTRIBUTOR "b24988ac-6180-42a0-ab88-20f7382dd24c"
#define READER "acdd72a7-3385-48f5-bd42-f606fba81ae7"
#define PROVIDER "/providers/Microsoft.Authorization/"

/* --- assignments -------------------------------------------------------- */

static void assignment_write(Exchange *exchange, const char *name,
			     const char *principal, const char *role,
			     const char *scope)
{
	Writer *writer = &exchange->writer;
	const DirectoryObject *object = directory_find_object(
		&exchange->emulator->directory, principal);
	const char *type = "ServicePrincipal";

	if (object && strcmp(object->type, "user") == 0)
		type = "User";
	else if (object && strcmp(object->type, "group") == 0)
		type = "Group";
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "properties", '{');
	writer_format(writer, "roleDefinitionId",
		      "/subscriptions/%s" PROVIDER "roleDefinitions/%s",
		      exchange->captures[0], role);
	writer_string(writer, "principalId", principal);
	writer_string(writer, "principalType", type);
	writer_string(writer, "scope", scope);
	writer_null(writer, "condition");
	writer_null(writer, "conditionVersion");
	writer_end(writer, '}');
	writer_format(writer, "id", "%s" PROVIDER "roleAssignments/%s", scope,
		      name);
	writer_string(writer, "type",
		      "Microsoft.Authorization/roleAssignments");
	writer_string(writer, "name", name);
	writer_end(writer, '}');
}

/* "principalId eq 'ID'" or "assignedTo('ID')" of $filter; "" for neither. */
static void filter_principal(char ret[GUID_SIZE], const Exchange *exchange)
{
	const char *filter = exchange_parameter(exchange, "$filter");
	const char *quote = filter ? strchr(filter, '\'') : NULL;

	*ret = '\0';
	if (quote && strcspn(quote + 1, "'") == GUID_SIZE - 1)
		(void)snprintf(ret, GUID_SIZE, "%s", quote + 1);
}

static void role_write(Exchange *exchange, const cJSON *item, const char *scope)
{
	const char *name, *principal, *role;

	if (json_get_string(&name, item, "name") == 0 &&
	    json_get_string(&principal, item, "principalId") == 0 &&
	    json_get_string(&role, item, "role") == 0)
		assignment_write(exchange, name, principal, role, scope);
}

/* What @principal may do in the management plane, as a role above the vault. */
static void inherited_write(Exchange *exchange, const Vault *vault,
			    const Principal *principal)
{
	enum arm_right right =
		permissions_arm(&vault->permissions, principal->client_id);
	bool is_default =
		strcasecmp(principal->client_id, DIRECTORY_DEFAULT_CLIENT) == 0;
	char scope[GUID_SIZE + 32], seed[GUID_SIZE * 2 + 32], name[GUID_SIZE];
	const char *role = READER;

	if (right == ARM_UNSTATED && is_default)
		role = OWNER;
	else if (right == ARM_WRITE)
		role = CONTRIBUTOR;
	else if (right != ARM_READ)
		return;
	(void)snprintf(scope, sizeof(scope), "/subscriptions/%s",
		       exchange->captures[0]);
	(void)snprintf(seed, sizeof(seed), "%s has %s", principal->object_id,
		       role);
	derived_guid(name, seed);
	assignment_write(exchange, name, principal->object_id, role, scope);
}

int arm_roles_list(Exchange *exchange)
{
	const Vault *vault = arm_vault(exchange, ARM_READ, "vaults/read");
	const Directory *directory = &exchange->emulator->directory;
	AKV_JSON cJSON *roles = NULL;
	char id[ARM_ID_SIZE], only[GUID_SIZE];
	const cJSON *item;
	int r;

	if (!vault)
		return 0;
	r = access_copy_roles(&roles, exchange->emulator, vault);
	if (r < 0)
		return r;
	arm_vault_id(id, vault);
	filter_principal(only, exchange);
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_begin(&exchange->writer, "value", '[');
	cJSON_ArrayForEach (item, roles) {
		const char *principal;

		if (!*only ||
		    (json_get_string(&principal, item, "principalId") == 0 &&
		     strcasecmp(principal, only) == 0))
			role_write(exchange, item, id);
	}
	for (size_t i = 0; i < directory->n_principals; i++) {
		const Principal *principal = &directory->principals[i];

		if (!*only || strcasecmp(principal->object_id, only) == 0)
			inherited_write(exchange, vault, principal);
	}
	writer_end(&exchange->writer, ']');
	writer_end(&exchange->writer, '}');
	return 0;
}

static const cJSON *role_by_name(const cJSON *roles, const char *name,
				 int *ret_at)
{
	const cJSON *item;
	int at = 0;

	cJSON_ArrayForEach (item, roles) {
		const char *known;

		if (json_get_string(&known, item, "name") == 0 &&
		    strcasecmp(known, name) == 0) {
			*ret_at = at;
			return item;
		}
		at++;
	}
	return NULL;
}

static int assignment_not_found(Exchange *exchange)
{
	return error_reply(exchange, 404, "RoleAssignmentNotFound", NULL,
			   "The role assignment '%s' is not found.",
			   exchange->captures[3]);
}

static int role_reply(Exchange *exchange, unsigned status, const Vault *vault,
		      const cJSON *item)
{
	char id[ARM_ID_SIZE];

	arm_vault_id(id, vault);
	exchange_reply(exchange, status);
	role_write(exchange, item, id);
	return 0;
}

int arm_role_get(Exchange *exchange)
{
	const Vault *vault = arm_vault(exchange, ARM_READ, "vaults/read");
	AKV_JSON cJSON *roles = NULL;
	const cJSON *item;
	int at, r;

	if (!vault)
		return 0;
	r = access_copy_roles(&roles, exchange->emulator, vault);
	if (r < 0)
		return r;
	item = role_by_name(roles, exchange->captures[3], &at);
	return item ? role_reply(exchange, 200, vault, item)
		    : assignment_not_found(exchange);
}

/* The role and the principal that the body names. */
static bool assignment_parse(const Role **ret_role, const char **ret_principal,
			     const cJSON *body)
{
	const cJSON *properties;
	const char *id, *slash;

	if (json_get_object(&properties, body, "properties") != 0 ||
	    json_get_string(&id, properties, "roleDefinitionId") != 0 ||
	    json_get_string(ret_principal, properties, "principalId") != 0 ||
	    strlen(*ret_principal) != GUID_SIZE - 1)
		return false;
	slash = strrchr(id, '/');
	*ret_role = role_find(slash ? slash + 1 : id);
	return *ret_role != NULL;
}

static cJSON *assignment_new(const char *name, const char *principal,
			     const Role *role)
{
	cJSON *item = cJSON_CreateObject();

	if (item && cJSON_AddStringToObject(item, "name", name) &&
	    cJSON_AddStringToObject(item, "principalId", principal) &&
	    cJSON_AddStringToObject(item, "role", role->id))
		return item;
	cJSON_Delete(item);
	return NULL;
}

static int roles_commit(Exchange *exchange, Vault *vault, const cJSON *roles)
{
	int r = vault_facts_set(&vault->facts.roles, roles);

	if (r == 0 && vault->rbac)
		r = access_apply(exchange->emulator, vault);
	return r;
}

int arm_role_put(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/write");
	AKV_JSON cJSON *roles = NULL;
	AKV_JSON cJSON *body = NULL;
	const char *principal;
	const Role *role;
	cJSON *item;
	int at, r;

	if (!vault || !arm_body(exchange, &body))
		return 0;
	if (!assignment_parse(&role, &principal, body))
		return error_reply(exchange, 400, "BadRequestFormat", NULL,
				   "The role assignment needs a principalId, "
				   "and the roleDefinitionId of a role that is "
				   "known.");
	r = access_copy_roles(&roles, exchange->emulator, vault);
	if (r < 0)
		return r;
	if (role_by_name(roles, exchange->captures[3], &at))
		return error_reply(exchange, 409, "RoleAssignmentExists", NULL,
				   "The role assignment already exists.");
	item = assignment_new(exchange->captures[3], principal, role);
	if (!item || !cJSON_AddItemToArray(roles, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	r = roles_commit(exchange, vault, roles);
	return r < 0 ? r : role_reply(exchange, 201, vault, item);
}

int arm_role_delete(Exchange *exchange)
{
	Vault *vault = arm_vault(exchange, ARM_WRITE, "vaults/write");
	AKV_JSON cJSON *roles = NULL;
	AKV_JSON cJSON *taken = NULL;
	int at, r;

	if (!vault)
		return 0;
	r = access_copy_roles(&roles, exchange->emulator, vault);
	if (r < 0)
		return r;
	if (!role_by_name(roles, exchange->captures[3], &at)) {
		exchange_reply(exchange, 204);
		return 0;
	}
	taken = cJSON_DetachItemFromArray(roles, at);
	r = roles_commit(exchange, vault, roles);
	return r < 0 ? r : role_reply(exchange, 200, vault, taken);
}

/* --- definitions -------------------------------------------------------- */

static void raw_list(Writer *writer, const char *name, const char *json)
{
	AKV_JSON cJSON *list = cJSON_Parse(json);

	if (list)
		writer_json(writer, name, list);
	else
		writer->fault = -ENOMEM;
}

static void definition_write(Exchange *exchange, const Role *role)
{
	Writer *writer = &exchange->writer;

	writer_begin(writer, NULL, '{');
	writer_begin(writer, "properties", '{');
	writer_string(writer, "roleName", role->name);
	writer_string(writer, "type", "BuiltInRole");
	writer_string(writer, "description", role->about);
	writer_begin(writer, "assignableScopes", '[');
	writer_string(writer, NULL, "/");
	writer_end(writer, ']');
	writer_begin(writer, "permissions", '[');
	writer_begin(writer, NULL, '{');
	raw_list(writer, "actions", role->actions);
	raw_list(writer, "notActions", "[]");
	raw_list(writer, "dataActions", role->data_actions);
	raw_list(writer, "notDataActions", "[]");
	writer_end(writer, '}');
	writer_end(writer, ']');
	writer_end(writer, '}');
	writer_format(writer, "id",
		      "/subscriptions/%s" PROVIDER "roleDefinitions/%s",
		      exchange->captures[0], role->id);
	writer_string(writer, "type",
		      "Microsoft.Authorization/roleDefinitions");
	writer_string(writer, "name", role->id);
	writer_end(writer, '}');
}

/* $filter "roleName eq 'NAME'" is the one that clients send. */
static bool definition_is_asked(const Exchange *exchange, const Role *role)
{
	static const char start[] = "roleName eq '";
	const char *filter = exchange_parameter(exchange, "$filter");
	size_t n = strlen(role->name);

	if (!filter || strncasecmp(filter, start, sizeof(start) - 1) != 0)
		return true;
	filter += sizeof(start) - 1;
	return strncasecmp(filter, role->name, n) == 0 && filter[n] == '\'';
}

int arm_definitions_list(Exchange *exchange)
{
	const Role *role;

	if (!arm_vault(exchange, ARM_READ, "vaults/read"))
		return 0;
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_begin(&exchange->writer, "value", '[');
	for (size_t i = 0; (role = role_at(i)); i++) {
		if (definition_is_asked(exchange, role))
			definition_write(exchange, role);
	}
	writer_end(&exchange->writer, ']');
	writer_end(&exchange->writer, '}');
	return 0;
}

int arm_definition_get(Exchange *exchange)
{
	bool of_vault = exchange->captures[2] != NULL;
	const char *id = exchange->captures[of_vault ? 3 : 1];
	const Role *role = role_find(id);

	if (of_vault && !arm_vault(exchange, ARM_READ, "vaults/read"))
		return 0;
	if (!role)
		return error_reply(exchange, 404, "RoleDefinitionDoesNotExist",
				   NULL,
				   "The specified role definition with ID '%s' "
				   "does not exist.",
				   id);
	exchange_reply(exchange, 200);
	definition_write(exchange, role);
	return 0;
}
