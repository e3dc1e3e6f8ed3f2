/* SPDX-License-Identifier: MIT */

/*
 * Pure. Of a refusal's sentence only the command is taken: here it is known
 * who asks.
 */

#include "vault/doctor-access.h"

#include <strings.h>

#include "auth/doctor-token.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/time.h"
#include "vault/sentence.h"

/* So old may a token be that has all that was granted before "just now". */
enum { TOKEN_OLD_S = 300 };

bool role_reads(const char *role, const char *noun)
{
	static const struct {
		const char *role, *noun;
	} roles[] = {
		{"Key Vault Administrator", NULL},
		{"Key Vault Secrets User", "secrets"},
		{"Key Vault Secrets Officer", "secrets"},
		{"Key Vault Crypto User", "keys"},
		{"Key Vault Crypto Officer", "keys"},
		{"Key Vault Certificate User", "certificates"},
		{"Key Vault Certificates Officer", "certificates"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(roles); i++)
		if (strcmp(roles[i].role, role) == 0 &&
		    (!roles[i].noun || strcmp(roles[i].noun, noun) == 0))
			return true;
	return false;
}

/* --- what the management plane says of us --------------------------------- */

static const char *object_of(const AccessFacts *facts)
{
	return facts->claims ? facts->claims->object_id : "";
}

/* The first role of @object that reads @noun (NULL: any role); or NULL. */
static const char *role_of(const ArmVault *arm, const char *object,
			   const char *noun)
{
	const cJSON *entry;

	if (!arm || !arm->roles || object[0] == '\0')
		return NULL;
	cJSON_ArrayForEach (entry, arm->roles) {
		const char *who = "", *role = "";

		if (json_get_string(&who, entry, "principalId") == 0 &&
		    json_get_string(&role, entry, "role") == 0 &&
		    ascii_equal_fold(who, object) &&
		    (!noun || role_reads(role, noun)))
			return role;
	}
	return NULL;
}

/* The access policy for @object; or NULL. */
static const cJSON *policy_of(const ArmVault *arm, const char *object)
{
	const cJSON *entry;

	if (!arm || !arm->policies || object[0] == '\0')
		return NULL;
	cJSON_ArrayForEach (entry, arm->policies) {
		const char *who = "";

		if (json_get_string(&who, entry, "objectId") == 0 &&
		    ascii_equal_fold(who, object))
			return entry;
	}
	return NULL;
}

/* "get, set": what a policy allows of @noun; "nothing". */
static void policy_words(char *ret, size_t size, const cJSON *policy,
			 const char *noun)
{
	const cJSON *permissions = NULL, *words = NULL, *word;
	size_t n = 0;

	(void)snprintf(ret, size, "nothing");
	if (json_get_object(&permissions, policy, "permissions") != 0 ||
	    json_get_array(&words, permissions, noun) != 0)
		return;
	cJSON_ArrayForEach (word, words) {
		if (!cJSON_IsString(word) || n >= size)
			continue;
		n += (size_t)snprintf(ret + n, size - n, "%s%s",
				      n > 0 ? ", " : "", word->valuestring);
	}
}

/* --- refusals --------------------------------------------------------------
 */

static void owner_of(char ret[TOKEN_OWNER_SIZE], const AccessFacts *facts)
{
	ret[0] = '\0';
	if (facts->claims)
		token_owner(ret, facts->claims);
	if (ret[0] == '\0')
		(void)snprintf(ret, TOKEN_OWNER_SIZE, "%s",
			       facts->error->caller[0] != '\0'
				       ? facts->error->caller
				       : "somebody that the vault does not "
					 "name");
}

/* A managed identity's token holds the groups of the day it was issued. */
static bool token_is_old(const AccessFacts *facts)
{
	return facts->is_managed && facts->claims &&
	       facts->claims->issued_s >= 0 &&
	       facts->now_s - facts->claims->issued_s > TOKEN_OLD_S;
}

static void say_no_role(Finding *ret, const AccessFacts *facts,
			const char *owner)
{
	const char *role = role_of(facts->arm, object_of(facts), facts->noun);
	const char *other = role_of(facts->arm, object_of(facts), NULL);
	char issued[TIME_TEXT_SIZE];

	if (role) {
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-role-new",
			       "You are %s; this identity has the role \"%s\" "
			       "on the vault %s, and the vault does not know "
			       "it yet: a new role takes some minutes.",
			       owner, role, facts->vault);
	} else if (!other && token_is_old(facts)) {
		time_format_rfc3339(issued, facts->claims->issued_s);
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-role-token",
			       "You are %s; this identity has no data-plane "
			       "role on the vault %s of its own, and its token "
			       "is of %s: what it got since then by joining a "
			       "group counts with the next token, up to 24 "
			       "hours later. Give the role to the identity "
			       "itself.",
			       owner, facts->vault, issued);
	} else if (other) {
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-role",
			       "You are %s; the role \"%s\" that this identity "
			       "has on the vault %s does not let it %s %s "
			       "(Owner and Contributor manage a vault and read "
			       "nothing in it).",
			       owner, other, facts->vault, facts->verb,
			       facts->noun);
	} else {
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-role",
			       "You are %s; this identity has no data-plane "
			       "role on the vault %s (Owner and Contributor "
			       "manage a vault and read nothing in it).",
			       owner, facts->vault);
	}
}

static void say_no_policy(Finding *ret, const AccessFacts *facts,
			  const char *owner)
{
	const char *app = facts->claims ? facts->claims->app_id : "";
	const cJSON *policy = policy_of(facts->arm, object_of(facts));
	char words[128];

	if (policy) {
		policy_words(words, sizeof(words), policy, facts->noun);
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-policy-verb",
			       "You are %s; the access policy of the vault %s "
			       "for this identity lacks the permission to %s "
			       "%s (it has: %s).",
			       owner, facts->vault, facts->verb, facts->noun,
			       words);
	} else if (policy_of(facts->arm, app)) {
		finding_failed(ret, FINDING_EXIT_REFUSED,
			       "access-policy-object",
			       "You are %s; an access policy of the vault %s "
			       "names the application's id %s, and it counts "
			       "for object ids only: name %s.",
			       owner, facts->vault, app, object_of(facts));
	} else {
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-policy",
			       "You are %s; no access policy of the vault %s "
			       "gives this identity the permission to %s %s.",
			       owner, facts->vault, facts->verb, facts->noun);
	}
}

static void say_firewall(Finding *ret, const AccessFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_REFUSED, "access-firewall",
		       "The vault sees you as %s and its firewall does not "
		       "list it.",
		       facts->seen_as[0] != '\0' ? facts->seen_as
						 : "an address");
}

static void say_private(Finding *ret, const AccessFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_REFUSED, "access-private",
		       "The vault %s is closed to public networks, and this "
		       "machine comes from one (as %s): run this where its "
		       "private endpoint is, with a name that leads there.",
		       facts->vault,
		       facts->seen_as[0] != '\0' ? facts->seen_as
						 : "an address that is not "
						   "stated");
	finding_command(ret, "getent hosts %s", facts->host);
}

/* As the sentence has it, without its command. */
static void say_sentence(Finding *ret, const AccessFacts *facts,
			 enum finding_exit exit, const char *code)
{
	const char *command = sentence_command(facts->error->sentence);
	int n = (int)strlen(facts->error->sentence);

	if (command)
		n = (int)(command - facts->error->sentence) - 2;
	finding_failed(ret, exit, code, "%.*s", n, facts->error->sentence);
}

static void say_absent(Finding *ret, const AccessFacts *facts)
{
	if (facts->name)
		finding_failed(ret, FINDING_EXIT_REFUSED, "access-absent",
			       "The vault %s has no secret of that name, or "
			       "it was deleted.",
			       facts->vault);
	else
		say_sentence(ret, facts, FINDING_EXIT_REFUSED, "access-absent");
}

static void say_disabled(Finding *ret, const AccessFacts *facts)
{
	say_sentence(ret, facts, FINDING_EXIT_REFUSED, "access-disabled");
	if (facts->name)
		finding_command(ret,
				"az keyvault secret set-attributes "
				"--vault-name %s --name %s --enabled true",
				facts->vault, facts->name);
}

static bool inner_is(const AccessFacts *facts, const char *code)
{
	return ascii_equal_fold(facts->error->inner, code);
}

/* It is not so much that this identity may not, as that it is this one. */
static void say_another(Finding *ret, const AccessFacts *facts,
			const char *owner)
{
	finding_failed(ret, FINDING_EXIT_REFUSED, "access-identity",
		       "You are %s; this identity may not %s %s in the vault "
		       "%s. Is it the one that you meant? %s.",
		       owner, facts->verb, facts->noun, facts->vault,
		       facts->doubt);
	finding_command(ret,
			"akvfs doctor -o auth=secret,client_id=APPLICATION-ID "
			"%s",
			facts->host);
}

static bool is_network_rule(const AccessFacts *facts)
{
	return inner_is(facts, "ForbiddenByFirewall") ||
	       inner_is(facts, "ForbiddenByConnection");
}

static void say_forbidden(Finding *ret, const AccessFacts *facts)
{
	char owner[TOKEN_OWNER_SIZE];

	owner_of(owner, facts);
	if (facts->can_get)
		finding_warning(ret, "access-no-list",
				"this identity may get %s and not list them: "
				"reading by name works, and ls does not",
				facts->noun);
	else if (facts->doubt && !is_network_rule(facts))
		say_another(ret, facts, owner);
	else if (inner_is(facts, "ForbiddenByRbac") ||
		 inner_is(facts, "DeniedWithNoValidRBAC"))
		say_no_role(ret, facts, owner);
	else if (inner_is(facts, "ForbiddenByPolicy") ||
		 inner_is(facts, "AccessDenied"))
		say_no_policy(ret, facts, owner);
	else if (inner_is(facts, "ForbiddenByFirewall"))
		say_firewall(ret, facts);
	else if (inner_is(facts, "ForbiddenByConnection"))
		say_private(ret, facts);
	else
		say_sentence(ret, facts, FINDING_EXIT_REFUSED,
			     "access-forbidden");
}

static void say_unauthorized(Finding *ret, const AccessFacts *facts)
{
	const char *code = inner_is(facts, "AKV10022")   ? "access-audience"
			   : inner_is(facts, "AKV10032") ? "access-tenant"
			   : inner_is(facts, "AKV10000") ? "access-no-token"
							 : "access-token";

	say_sentence(ret, facts, FINDING_EXIT_AUTHENTICATION, code);
}

static void say_answer(Finding *ret, const AccessFacts *facts)
{
	switch (facts->error->answer) {
	case VAULT_OK:
		finding_ok(ret, "access-ok", "this identity may %s %s",
			   facts->verb, facts->noun);
		break;
	case VAULT_E_FORBIDDEN:
		say_forbidden(ret, facts);
		break;
	case VAULT_E_UNAUTHORIZED:
		say_unauthorized(ret, facts);
		break;
	case VAULT_E_NOT_FOUND:
		say_absent(ret, facts);
		break;
	case VAULT_E_DISABLED:
		say_disabled(ret, facts);
		break;
	case VAULT_E_THROTTLED:
		say_sentence(ret, facts, FINDING_EXIT_NETWORK,
			     "access-throttled");
		break;
	case VAULT_E_UNAVAILABLE:
		say_sentence(ret, facts, FINDING_EXIT_NETWORK,
			     inner_is(facts, "AKV10046") ? "access-key"
							 : "access-failing");
		break;
	case VAULT_E_UNREACHABLE:
	case VAULT_E_UNRESOLVED:
	case VAULT_E_TLS:
		say_sentence(ret, facts, FINDING_EXIT_NETWORK,
			     "access-unreachable");
		break;
	case VAULT_E_UNTRUSTED:
	case VAULT_E_REFUSED:
	case VAULT_E_ABSENT:
		say_sentence(ret, facts, FINDING_EXIT_REFUSED,
			     "access-refused");
		break;
	}
}

void doctor_access(Finding *ret, const AccessFacts *facts)
{
	const VaultError *error = facts->error;
	const char *command = sentence_command(error->sentence);

	finding_init(ret, facts->stage);
	say_answer(ret, facts);
	if (ret->state == FINDING_FAILED && command && !ret->command[0] &&
	    strcmp(ret->code, "access-role-new") != 0)
		finding_command(ret, "%s", command);
	if (strcmp(ret->code, "access-role-new") == 0)
		finding_command(ret, "akvfs doctor %s", facts->host);
	if (error->status > 0)
		finding_fact(ret, "status", "%d", error->status);
	finding_fact(ret, "error", "%s", error->code);
	finding_fact(ret, "inner_error", "%s", error->inner);
	if (error->answer != VAULT_OK)
		finding_fact(ret, "caller", "%s", error->caller);
	finding_fact(ret, "request_id", "%s", error->request_id);
}

/* --- the management plane --------------------------------------------------
 */

static void add_network(Finding *ret, const cJSON *acls)
{
	const cJSON *rules = NULL;
	const char *action = "";

	if (json_get_string(&action, acls, "defaultAction") == 0)
		finding_fact(ret, "network_default", "%s", action);
	if (json_get_array(&rules, acls, "ipRules") == 0)
		finding_fact(ret, "network_addresses", "%d",
			     cJSON_GetArraySize(rules));
}

static void add_vault(Finding *ret, const ArmVault *arm)
{
	AKV_BUF Buf id = BUF_INIT(ARM_ID_MAX + 1);

	if (arm_id_append(&id, &arm->id, false) == 0)
		finding_fact(ret, "id", "%s", id.p);
	finding_fact(ret, "location", "%s", arm->location);
	finding_fact(ret, "access", "%s", arm->rbac ? "roles" : "policies");
	finding_fact(ret, "public_network_access", "%s", arm->public_access);
	add_network(ret, arm->network_acls);
	finding_fact(ret, "private_endpoints", "%d",
		     cJSON_GetArraySize(arm->endpoints));
	if (!arm->rbac)
		finding_fact(ret, "policies", "%d",
			     cJSON_GetArraySize(arm->policies));
}

void doctor_arm(Finding *ret, const ArmVault *arm, const VaultError *error,
		const Claims *claims)
{
	const char *object = claims ? claims->object_id : "";
	const char *role;

	finding_init(ret, "arm");
	if (!arm) {
		finding_skipped(ret, "arm-unseen",
				"a mount does not need it: "
				"%s",
				error->sentence);
		return;
	}
	finding_ok(ret, "arm-ok",
		   "seen in Azure Resource Manager; %s decide "
		   "who may read",
		   arm->rbac ? "roles" : "access policies");
	add_vault(ret, arm);
	role = role_of(arm, object, NULL);
	if (arm->rbac && arm->roles)
		finding_fact(ret, "own_role", "%s", role ? role : "none");
}
