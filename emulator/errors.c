/* SPDX-License-Identifier: MIT */

/* The members come in the order in which the service writes them. */

#include "emulator/errors.h"

#include <stdarg.h>

#include "emulator/arm-scopes.h"
#include "emulator/object.h"

#define HELP_NOT_FOUND "https://go.microsoft.com/fwlink/?linkid=2125182"
#define HELP_FORBIDDEN "https://go.microsoft.com/fwlink/?linkid=2125287"

static int error_v(Exchange *exchange, unsigned status, const char *code,
		   const char *inner, const char *format, va_list arguments)
	AKV_PRINTF(5, 0);

static int error_v(Exchange *exchange, unsigned status, const char *code,
		   const char *inner, const char *format, va_list arguments)
{
	char message[BUF_MAX_LINE];
	Writer *writer = &exchange->writer;

	(void)vsnprintf(message, sizeof(message), format, arguments);
	exchange_reply(exchange, status);
	writer_begin(writer, NULL, '{');
	writer_begin(writer, "error", '{');
	writer_string(writer, "code", code);
	writer_string(writer, "message", message);
	if (inner) {
		writer_begin(writer, "innererror", '{');
		writer_string(writer, "code", inner);
		writer_end(writer, '}');
	}
	writer_end(writer, '}');
	writer_end(writer, '}');
	return 0;
}

int error_reply(Exchange *exchange, unsigned status, const char *code,
		const char *inner, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)error_v(exchange, status, code, inner, format, arguments);
	va_end(arguments);
	return 0;
}

int error_bad_parameter(Exchange *exchange, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)error_v(exchange, 400, "BadParameter", NULL, format, arguments);
	va_end(arguments);
	return 0;
}

int error_not_found(Exchange *exchange, const Kind *kind, const char *name,
		    const char *version)
{
	return error_reply(
		exchange, 404, kind->not_found, NULL,
		"A %s with (name/id) %s%s%s was not found in this key vault. "
		"If you recently deleted this %s you may be able to recover it "
		"using the correct recovery command. For help resolving this "
		"issue, please see " HELP_NOT_FOUND,
		kind->noun, name, version ? "/" : "", version ? version : "",
		kind->noun);
}

int error_deleted_not_found(Exchange *exchange, const Kind *kind,
			    const char *name)
{
	return error_reply(exchange, 404, kind->not_found, NULL,
			   "Deleted %s not found: %s", kind->title, name);
}

int error_disabled(Exchange *exchange, const Kind *kind, const char *verb)
{
	return error_reply(exchange, 403, "Forbidden", kind->disabled,
			   "Operation %s is not allowed on a disabled %s.",
			   verb, kind->noun);
}

int error_managed(Exchange *exchange, const Kind *kind, const char *verb)
{
	return error_reply(exchange, 403, "Forbidden", kind->managed,
			   "Operation \"%s\" is not allowed as this object's "
			   "lifetime is managed by Key Vault.",
			   verb);
}

int error_method(Exchange *exchange)
{
	return error_reply(exchange, 405, "MethodNotAllowed", NULL,
			   "HTTP %s not allowed", exchange->method);
}

int error_unauthorized(Exchange *exchange, const char *why)
{
	char challenge[512];

	(void)error_reply(exchange, 401, "Unauthorized", NULL, "%s", why);
	(void)snprintf(challenge, sizeof(challenge),
		       "Bearer authorization=\"https://%s/%s\", "
		       "resource=\"%s\"",
		       exchange->where.cloud->login, exchange->vault->tenant,
		       host_resource(&exchange->where));
	exchange_add_header(exchange, "WWW-Authenticate", challenge);
	return 0;
}

/* How the service names the caller in its refusals. */
static void caller_format(char *ret, size_t size, const Caller *caller)
{
	(void)snprintf(ret, size,
		       "appid=%s;oid=%s;iss=https://sts.windows.net/%s/",
		       caller->client_id, caller->object_id, caller->tenant);
}

/* What a word of an access policy is called in a role definition. */
static const char *rbac_action(const Kind *kind, const char *word)
{
	static const struct {
		enum permission_group group;
		const char *word, *action;
	} actions[] = {
		{PERMISSION_SECRETS, "get", "secrets/getSecret/action"},
		{PERMISSION_SECRETS, "list", "secrets/readMetadata/action"},
		{PERMISSION_SECRETS, "set", "secrets/setSecret/action"},
		{PERMISSION_SECRETS, "delete", "secrets/delete"},
		{PERMISSION_SECRETS, "recover", "secrets/recover/action"},
		{PERMISSION_SECRETS, "purge", "secrets/purge/action"},
		{PERMISSION_SECRETS, "backup", "secrets/backup/action"},
		{PERMISSION_SECRETS, "restore", "secrets/restore/action"},
		{PERMISSION_KEYS, "get", "keys/read"},
		{PERMISSION_KEYS, "list", "keys/read"},
		{PERMISSION_KEYS, "create", "keys/create/action"},
		{PERMISSION_KEYS, "import", "keys/import/action"},
		{PERMISSION_KEYS, "update", "keys/update/action"},
		{PERMISSION_KEYS, "delete", "keys/delete"},
		{PERMISSION_KEYS, "recover", "keys/recover/action"},
		{PERMISSION_KEYS, "purge", "keys/purge/action"},
		{PERMISSION_KEYS, "backup", "keys/backup/action"},
		{PERMISSION_KEYS, "restore", "keys/restore/action"},
		{PERMISSION_KEYS, "encrypt", "keys/encrypt/action"},
		{PERMISSION_KEYS, "decrypt", "keys/decrypt/action"},
		{PERMISSION_KEYS, "wrapKey", "keys/wrap/action"},
		{PERMISSION_KEYS, "unwrapKey", "keys/unwrap/action"},
		{PERMISSION_KEYS, "sign", "keys/sign/action"},
		{PERMISSION_KEYS, "verify", "keys/verify/action"},
		{PERMISSION_KEYS, "release", "keys/release/action"},
		{PERMISSION_KEYS, "rotate", "keys/rotate/action"},
		{PERMISSION_KEYS, "getRotationPolicy",
		 "keyrotationpolicies/read"},
		{PERMISSION_KEYS, "setRotationPolicy",
		 "keyrotationpolicies/write"},
		{PERMISSION_CERTIFICATES, "get", "certificates/read"},
		{PERMISSION_CERTIFICATES, "list", "certificates/read"},
		{PERMISSION_CERTIFICATES, "create",
		 "certificates/create/action"},
		{PERMISSION_CERTIFICATES, "import",
		 "certificates/import/action"},
		{PERMISSION_CERTIFICATES, "update",
		 "certificates/update/action"},
		{PERMISSION_CERTIFICATES, "delete", "certificates/delete"},
		{PERMISSION_CERTIFICATES, "recover",
		 "certificates/recover/action"},
		{PERMISSION_CERTIFICATES, "purge", "certificates/purge/action"},
		{PERMISSION_CERTIFICATES, "backup",
		 "certificates/backup/action"},
		{PERMISSION_CERTIFICATES, "restore",
		 "certificates/restore/action"},
		{PERMISSION_CERTIFICATES, "getIssuers", "certificatecas/read"},
		{PERMISSION_CERTIFICATES, "listIssuers", "certificatecas/read"},
		{PERMISSION_CERTIFICATES, "setIssuers", "certificatecas/write"},
		{PERMISSION_CERTIFICATES, "deleteIssuers",
		 "certificatecas/delete"},
		{PERMISSION_CERTIFICATES, "manageContacts",
		 "certificatecontacts/write"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(actions); i++) {
		if (actions[i].group == kind->group &&
		    strcmp(actions[i].word, word) == 0)
			return actions[i].action;
	}
	return word;
}

int error_forbidden(Exchange *exchange, const Kind *kind, const char *word)
{
	const Vault *vault = exchange->vault;
	char caller[512], subscription[GUID_SIZE];

	caller_format(caller, sizeof(caller), &exchange->caller);
	if (!vault->rbac)
		return error_reply(
			exchange, 403, "Forbidden", "ForbiddenByPolicy",
			"The user, group or application '%s' does not have %s "
			"%s permission on key vault '%s;location=%s'. For help "
			"resolving this issue, please see " HELP_FORBIDDEN,
			caller, kind->plural, word, vault->name,
			vault->location);
	subscription_of_vault(subscription, vault);
	return error_reply(
		exchange, 403, "Forbidden", "ForbiddenByRbac",
		"Caller is not authorized to perform action on resource.\r\n"
		"If role assignments, deny assignments or role definitions "
		"were changed recently, please observe propagation time.\r\n"
		"Caller: %s\r\n"
		"Action: 'Microsoft.KeyVault/vaults/%s'\r\n"
		"Resource: '/subscriptions/%s/resourcegroups/%s/providers/"
		"microsoft.keyvault/vaults/%s'\r\n"
		"Assignment: (not found)\r\n"
		"DenyAssignmentId: null\r\n"
		"DecisionReason: 'DeniedWithNoValidRBAC' \r\n"
		"Vault: %s;location=%s\r\n",
		caller, rbac_action(kind, word), subscription,
		vault->facts.group, vault->name, vault->name, vault->location);
}

int error_network(Exchange *exchange, bool closed)
{
	const Vault *vault = exchange->vault;
	char caller[512];

	caller_format(caller, sizeof(caller), &exchange->caller);
	if (closed)
		return error_reply(
			exchange, 403, "Forbidden", "ForbiddenByConnection",
			"Public network access is disabled and request is not "
			"from a trusted service nor via an approved private "
			"link.\r\nCaller: %s\r\nVault: %s;location=%s",
			caller, vault->name, vault->location);
	return error_reply(exchange, 403, "Forbidden", "ForbiddenByFirewall",
			   "Client address is not authorized and caller is not "
			   "a trusted service.\r\nClient address: "
			   "%s\r\nCaller: %s\r\nVault: %s;location=%s",
			   exchange->client, caller, vault->name,
			   vault->location);
}

static int error_conflict(Exchange *exchange, const char *inner,
			  const Kind *kind, const char *name, const char *rest)
{
	return error_reply(exchange, 409, "Conflict", inner, "%s %s %s",
			   kind->title, name, rest);
}

int error_write(Exchange *exchange, const Kind *kind, const char *name,
		int answer)
{
	switch (answer) {
	case OBJECT_E_BEING_DELETED:
		return error_conflict(exchange, "ObjectIsBeingDeleted", kind,
				      name,
				      "is currently being deleted and cannot "
				      "be re-created; retry later.");
	case OBJECT_E_BEING_RECOVERED:
		return error_conflict(exchange, "ObjectIsBeingRecovered", kind,
				      name,
				      "is currently being recovered and cannot "
				      "be re-created; retry later.");
	case OBJECT_E_DELETED:
		return error_reply(
			exchange, 409, "Conflict",
			"ObjectIsDeletedButRecoverable",
			"%s %s is currently in a deleted but recoverable "
			"state, and its name cannot be reused; in this state, "
			"the %s can only be recovered or purged.",
			kind->title, name, kind->noun);
	default:
		return error_not_found(exchange, kind, name, NULL);
	}
}

int error_recover(Exchange *exchange, const Kind *kind, const char *name,
		  int answer)
{
	switch (answer) {
	case OBJECT_E_LIVE:
		return error_reply(exchange, 400, "MethodNotAllowed",
				   "RequestNotAllowedOnNonDeletedObject",
				   "%s exists already: %s", kind->title, name);
	case OBJECT_E_BEING_DELETED:
		return error_conflict(exchange, "ObjectIsBeingDeleted", kind,
				      name, "is currently being deleted.");
	case OBJECT_E_BEING_RECOVERED:
		return error_conflict(exchange, "ObjectIsBeingRecovered", kind,
				      name, "is currently being recovered.");
	default:
		return error_not_found(exchange, kind, name, NULL);
	}
}

int error_purge(Exchange *exchange, const Kind *kind, const char *name,
		int answer)
{
	switch (answer) {
	case OBJECT_E_BEING_DELETED:
		return error_reply(
			exchange, 409, "Conflict", "ObjectIsBeingDeleted",
			"%s is currently being deleted.", kind->title);
	case OBJECT_E_BEING_RECOVERED:
		return error_reply(
			exchange, 409, "Conflict", "ObjectIsBeingRecovered",
			"%s is currently being recovered.", kind->title);
	default:
		return error_not_found(exchange, kind, name, NULL);
	}
}
