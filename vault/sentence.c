/* SPDX-License-Identifier: MIT */

/*
 * Facts are cut out of the service's message by known words, and only the
 * characters that such a fact consists of are taken. Pure; used by answer.c.
 */

#include "vault/sentence.h"

#include <stdarg.h>
#include <strings.h>

#include "auth/quote.h"
#include "base/parse.h"

enum { FACT_SIZE = 400, QUOTE_SIZE = 200 };

#define LETTERS_AND_DIGITS                                      \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ" \
	"RSTUVWXYZ"
#define GUID_SET LETTERS_AND_DIGITS "-"
#define ADDRESS_SET "0123456789abcdefABCDEF.:"
#define URI_SET LETTERS_AND_DIGITS "-._~:/@%"
#define ARM_ID_SET LETTERS_AND_DIGITS "-._/()"

/* What follows @word in @text, as far as it is of @set; "" if nothing. */
static void fact_find(char ret[FACT_SIZE], const char *text, const char *word,
		      const char *set)
{
	const char *at = strstr(text, word);
	size_t n;

	ret[0] = '\0';
	if (!at)
		return;
	at += strlen(word);
	n = strspn(at, set);
	if (n >= FACT_SIZE)
		return;
	memcpy(ret, at, n);
	ret[n] = '\0';
}

static void AKV_PRINTF(2, 3)
	sentence_set(VaultError *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(error->sentence, sizeof(error->sentence), format,
			arguments);
	va_end(arguments);
}

/* --- words -------------------------------------------------------------- */

/*
 * How the Azure command line and the built-in roles speak of a collection. The
 * roles are the least that reads what is asked for ("Provide access to Key
 * Vault keys, certificates, and secrets with Azure role-based access control").
 */
typedef struct Words {
	const char *plural;      /* "no secrets" */
	const char *command;     /* az keyvault ... */
	const char *role;        /* that allows get and list */
	const char *permissions; /* of an access policy */
} Words;

static const Words collection_words[COLLECTIONS] = {
	[COLLECTION_SECRETS] = {"secrets", "secret", "Key Vault Secrets User",
				"--secret-permissions get list"},
	[COLLECTION_KEYS] = {"keys", "key", "Key Vault Crypto User",
			     "--key-permissions get list"},
	[COLLECTION_CERTIFICATES] = {"certificates", "certificate",
				     "Key Vault Certificate User",
				     "--certificate-permissions get list"},
	[COLLECTION_STORAGE] = {"storage accounts", "storage",
				"Key Vault Reader",
				"--storage-permissions get list getsas "
				"listsas"},
};

static Words words_of(const VaultTopic *topic)
{
	Words found = collection_words[topic->collection];

	if (topic->part == PART_ROTATION) {
		found.plural = "rotation policies";
		found.role = "Key Vault Reader";
		found.permissions = "--key-permissions getrotationpolicy";
	} else if (topic->part == PART_SAS) {
		found.plural = "SAS definitions";
		found.command = "storage sas-definition";
	} else if (topic->part == PART_PENDING) {
		found.plural = "certificate operations";
	}
	return found;
}

/* "the vault demo" */
static const char *vault_kind(const VaultTopic *topic)
{
	return topic->is_hsm ? "managed HSM" : "vault";
}

/* --- 403 ---------------------------------------------------------------- */

/* "the identity appid=..;oid=..", or without, where the service says none. */
static const char *caller_text(char ret[FACT_SIZE + 32],
			       const VaultError *error)
{
	(void)snprintf(ret, FACT_SIZE + 32, "the identity%s%s",
		       error->caller[0] != '\0' ? " " : "", error->caller);
	return ret;
}

static const char *caller_object(char ret[FACT_SIZE], const VaultError *error)
{
	fact_find(ret, error->caller, "oid=", GUID_SET);
	if (ret[0] == '\0')
		(void)snprintf(ret, FACT_SIZE, "OBJECT-ID");
	return ret;
}

/* The vault's ARM id, which the message of a refusal by role begins with. */
static const char *vault_scope(char ret[FACT_SIZE], const char *message)
{
	static const char type[] = "/providers/microsoft.keyvault/vaults/";
	const char *found = NULL;

	fact_find(ret, message, "Resource: '", ARM_ID_SET);
	for (char *p = ret; *p && !found; p++)
		if (strncasecmp(p, type, strlen(type)) == 0)
			found = p;
	if (!found || strncmp(ret, "/subscriptions/", 15) != 0) {
		(void)snprintf(ret, FACT_SIZE, "VAULT-ID");
	} else {
		size_t n = (size_t)(found - ret) + strlen(type);

		n += strcspn(ret + n, "/");
		ret[n] = '\0';
	}
	return ret;
}

/* A managed HSM has roles of its own, and knows nothing else. */
static void sentence_no_hsm_role(VaultError *error, const SentenceFacts *facts)
{
	char caller[FACT_SIZE + 32], object[FACT_SIZE];

	sentence_set(error,
		     "%s has no role on the managed HSM %s that allows this: "
		     "az keyvault role assignment create --hsm-name %s --role "
		     "\"Managed HSM Crypto Auditor\" --assignee-object-id %s "
		     "--scope /keys",
		     caller_text(caller, error), facts->topic->vault,
		     facts->topic->vault, caller_object(object, error));
}

static void sentence_no_role(VaultError *error, const SentenceFacts *facts)
{
	char caller[FACT_SIZE + 32], object[FACT_SIZE], scope[FACT_SIZE];

	if (facts->topic->is_hsm) {
		sentence_no_hsm_role(error, facts);
		return;
	}
	sentence_set(error,
		     "%s has no role on the vault %s that allows this (a new "
		     "one takes some minutes): az role assignment create "
		     "--role \"%s\" --assignee-object-id %s --scope \"%s\"",
		     caller_text(caller, error), facts->topic->vault,
		     words_of(facts->topic).role, caller_object(object, error),
		     vault_scope(scope, facts->message));
}

static void sentence_no_policy(VaultError *error, const SentenceFacts *facts)
{
	char caller[FACT_SIZE + 32], object[FACT_SIZE];

	sentence_set(error,
		     "no access policy of the vault %s allows this to %s: az "
		     "keyvault set-policy --name %s --object-id %s "
		     "%s",
		     facts->topic->vault, caller_text(caller, error),
		     facts->topic->vault, caller_object(object, error),
		     words_of(facts->topic).permissions);
}

static void sentence_firewall(VaultError *error, const SentenceFacts *facts)
{
	char address[FACT_SIZE];

	fact_find(address, facts->message, "Client address: ", ADDRESS_SET);
	if (address[0] == '\0')
		fact_find(address, facts->network_info, "addr=", ADDRESS_SET);
	if (address[0] == '\0')
		(void)snprintf(address, sizeof(address), "ADDRESS");
	sentence_set(error,
		     "the firewall of the vault %s does not list the address "
		     "%s that this machine comes from: az keyvault "
		     "network-rule add --name %s --ip-address %s",
		     facts->topic->vault, address, facts->topic->vault,
		     address);
}

static bool says(const SentenceFacts *facts, const char *words)
{
	return strstr(facts->message, words) != NULL;
}

/* "does not have keys get permission on key vault ..." */
static bool says_no_permission(const SentenceFacts *facts)
{
	return says(facts, "does not have secrets") ||
	       says(facts, "does not have keys") ||
	       says(facts, "does not have certificates") ||
	       says(facts, "does not have storage");
}

static void sentence_forbidden(VaultError *error, const SentenceFacts *facts)
{
	const char *inner = error->inner;

	if (ascii_equal_fold(inner, "ForbiddenByRbac") ||
	    ascii_equal_fold(inner, "DeniedWithNoValidRBAC")) {
		sentence_no_role(error, facts);
	} else if (ascii_equal_fold(inner, "ForbiddenByFirewall") ||
		   says(facts, "Client address is not authorized")) {
		sentence_firewall(error, facts);
	} else if (ascii_equal_fold(inner, "ForbiddenByConnection") ||
		   says(facts, "Public network access is disabled")) {
		sentence_set(error,
			     "the vault %s is closed to public networks: run "
			     "this where its private endpoint is, and check "
			     "that its name resolves to that one",
			     facts->topic->vault);
	} else if (facts->topic->is_hsm) {
		sentence_no_hsm_role(error, facts);
	} else if (ascii_equal_fold(inner, "ForbiddenByPolicy") ||
		   ascii_equal_fold(inner, "AccessDenied") ||
		   says(facts, "on any access policy") ||
		   says_no_permission(facts)) {
		sentence_no_policy(error, facts);
	} else {
		sentence_set(error,
			     "the vault %s forbids this (%s%s%s): check the "
			     "permissions of the identity it names, and the "
			     "vault's network rules",
			     facts->topic->vault, error->code,
			     inner[0] != '\0' ? ", " : "", inner);
	}
}

/* --- 401 ---------------------------------------------------------------- */

static void sentence_audience(VaultError *error, const SentenceFacts *facts)
{
	char wanted[FACT_SIZE], found[FACT_SIZE];
	size_t n;

	fact_find(wanted, facts->message, "Expected ", URI_SET);
	fact_find(found, facts->message, "found: ", URI_SET);
	n = strlen(found);
	if (n > 0 && found[n - 1] == '.') /* the full stop */
		found[--n] = '\0';
	if (n > 0 && found[n - 1] == '/' && strlen(wanted) == n - 1 &&
	    strncmp(wanted, found, n - 1) == 0)
		sentence_set(error,
			     "the token's audience %s ends in '/', and the "
			     "vault %s wants none there: ask for the resource "
			     "%s",
			     found, facts->topic->vault, wanted);
	else
		sentence_set(
			error,
			"the token is for %s, and the vault %s wants one "
			"for %s: ask for that resource (resource=)",
			n > 0 ? found : "another resource", facts->topic->vault,
			wanted[0] != '\0' ? wanted : "its cloud's constant");
}

static void sentence_issuer(VaultError *error, const SentenceFacts *facts)
{
	static const char host[] = "https://sts.windows.net/";
	const char *second = strstr(facts->message, "found ");
	char wanted[FACT_SIZE], found[FACT_SIZE] = "";

	fact_find(wanted, facts->message, host, GUID_SET);
	if (second)
		fact_find(found, second, host, GUID_SET);
	sentence_set(error,
		     "the token was issued by the tenant %s, and the vault %s "
		     "belongs to the tenant %s: set tenant_id=%s (or "
		     "AZURE_TENANT_ID)",
		     found[0] != '\0' ? found : "of another vault",
		     facts->topic->vault,
		     wanted[0] != '\0' ? wanted : "it names",
		     wanted[0] != '\0' ? wanted : "TENANT-ID");
}

static void sentence_unauthorized(VaultError *error, const SentenceFacts *facts)
{
	if (says(facts, "AKV10022"))
		sentence_audience(error, facts);
	else if (says(facts, "AKV10032"))
		sentence_issuer(error, facts);
	else if (says(facts, "AKV10000"))
		sentence_set(error,
			     "the vault %s got no token that it could read: "
			     "something on the way removes the Authorization "
			     "header",
			     facts->topic->vault);
	else if (says(facts, "TokenExpired") || says(facts, "S2S12086") ||
		 says(facts, "IDX10223") || says(facts, "not yet valid"))
		sentence_set(error,
			     "the vault %s says that the token is outside its "
			     "time: check this machine's clock",
			     facts->topic->vault);
	else
		sentence_set(error,
			     "the vault %s does not accept the token%s%s: run "
			     "akvfs doctor to see what is wrong with it",
			     facts->topic->vault,
			     error->inner[0] != '\0' ? ", " : "", error->inner);
}

/* --- the rest ----------------------------------------------------------- */

static void sentence_refused(VaultError *error, const SentenceFacts *facts)
{
	char message[QUOTE_SIZE];

	quote_text(message, sizeof(message), facts->message,
		   strlen(facts->message));
	if (error->status >= 300 && error->status < 400)
		sentence_set(error,
			     "a redirect (HTTP %d) came in place of an answer "
			     "of the vault %s, which never sends one: look "
			     "for a proxy or a login page on the way",
			     error->status, facts->topic->vault);
	else if (says(facts, "is not recognized") && says(facts, "version"))
		sentence_set(error,
			     "the vault %s does not know this version of its "
			     "interface, saying: %s; set api_version=",
			     facts->topic->vault, message);
	else
		sentence_set(error,
			     "the vault %s refused the request (HTTP "
			     "%d%s%s)",
			     facts->topic->vault, error->status,
			     error->code[0] != '\0' ? " " : "", error->code);
}

static void sentence_unavailable(VaultError *error, const SentenceFacts *facts)
{
	if (error->status == 401)
		sentence_set(error,
			     "the vault %s cannot find the key that the token "
			     "was signed with (AKV10046): a fault of the "
			     "service if it passes, a damaged token if not",
			     facts->topic->vault);
	else
		sentence_set(error,
			     "the vault %s is failing (HTTP %d%s%s): wait, and "
			     "look at https://status.azure.com",
			     facts->topic->vault, error->status,
			     error->code[0] != '\0' ? " " : "", error->code);
}

/* No whole answer came, or one that is none. */
static void sentence_no_answer(VaultError *error, const SentenceFacts *facts)
{
	const char *vault = facts->topic->vault;
	char reason[QUOTE_SIZE];

	quote_text(reason, sizeof(reason), facts->reason,
		   strlen(facts->reason));
	if (error->answer == VAULT_E_UNREACHABLE)
		sentence_set(error,
			     "the vault %s cannot be reached (%s): check the "
			     "network, and the proxy if there is one",
			     vault, reason);
	else if (error->answer == VAULT_E_UNRESOLVED)
		sentence_set(error,
			     "the host name of the vault %s does not resolve: "
			     "check the vault's name, cloud=, and the private "
			     "DNS zone if it has a private endpoint",
			     vault);
	else if (error->answer == VAULT_E_TLS)
		sentence_set(error,
			     "who answers for the vault %s cannot be trusted "
			     "(%s): if a proxy inspects TLS here, give its "
			     "root certificate with cafile=",
			     vault, reason);
	else
		sentence_set(error,
			     "the answer of the vault %s cannot be believed "
			     "(%s)",
			     vault, reason);
}

static void sentence_not_found(VaultError *error, const VaultTopic *topic)
{
	const char *is_deleted = topic->part == PART_DELETED ? "-deleted" : "";

	sentence_set(error,
		     "the %s %s has no such object; to see what it has: az "
		     "keyvault %s list%s --%s-name %s",
		     vault_kind(topic), topic->vault, words_of(topic).command,
		     is_deleted, topic->is_hsm ? "hsm" : "vault", topic->vault);
}

static void sentence_absent(VaultError *error, const VaultTopic *topic)
{
	if (topic->is_hsm && topic->collection != COLLECTION_KEYS)
		sentence_set(error, "the managed HSM %s holds keys only",
			     topic->vault);
	else
		sentence_set(error,
			     "the %s %s knows no %s%s, or not in this version "
			     "of its interface (api_version=)",
			     vault_kind(topic), topic->vault,
			     topic->part == PART_DELETED ? "deleted " : "",
			     words_of(topic).plural);
}

void sentence_write(VaultError *error, const SentenceFacts *facts)
{
	const char *vault = facts->topic->vault;

	switch (error->answer) {
	case VAULT_OK:
		sentence_set(error, "the vault %s answered", vault);
		break;
	case VAULT_E_NOT_FOUND:
		sentence_not_found(error, facts->topic);
		break;
	case VAULT_E_FORBIDDEN:
		sentence_forbidden(error, facts);
		break;
	case VAULT_E_UNAUTHORIZED:
		sentence_unauthorized(error, facts);
		break;
	case VAULT_E_DISABLED:
		sentence_set(error,
			     "this version of the object is disabled in the "
			     "vault %s: az keyvault %s set-attributes "
			     "--vault-name %s --enabled true --name NAME",
			     vault, words_of(facts->topic).command, vault);
		break;
	case VAULT_E_THROTTLED:
		sentence_set(error,
			     "the vault %s gets more requests than it takes: "
			     "raise ttl=, or mount once in place of many times",
			     vault);
		break;
	case VAULT_E_UNAVAILABLE:
		sentence_unavailable(error, facts);
		break;
	case VAULT_E_UNREACHABLE:
	case VAULT_E_UNRESOLVED:
	case VAULT_E_TLS:
	case VAULT_E_UNTRUSTED:
		sentence_no_answer(error, facts);
		break;
	case VAULT_E_REFUSED:
		sentence_refused(error, facts);
		break;
	case VAULT_E_ABSENT:
		if (error->status == 403)
			sentence_forbidden(error, facts);
		else
			sentence_absent(error, facts->topic);
		break;
	}
}

const char *sentence_command(const char *sentence)
{
	static const char before[] = ": az ";
	const char *at = strstr(sentence, before);

	return at ? at + 2 : NULL;
}
