/* SPDX-License-Identifier: MIT */

/*
 * Pure. What is wrong is said of the first of: form, audience, tenant, issuer,
 * time. Claims are text that anybody may have written.
 */

#include "auth/doctor-token.h"

#include <inttypes.h>
#include <strings.h>

#include "base/parse.h"
#include "base/time.h"

/* A vault's clock and Entra's may differ by so much. */
enum { TOKEN_SKEW_S = 300 };

static bool is_user(const Claims *claims)
{
	return strcmp(claims->kind, "user") == 0 ||
	       (claims->kind[0] == '\0' && claims->user[0] != '\0');
}

void token_owner(char ret[TOKEN_OWNER_SIZE], const Claims *claims)
{
	const char *kind = claims->managed_id[0] != '\0'
				   ? "the managed identity"
			   : is_user(claims) ? "the user"
					     : "the application";
	const char *name = is_user(claims) && claims->user[0] != '\0'
				   ? claims->user
				   : claims->app_id;

	if (name[0] == '\0' && claims->object_id[0] == '\0')
		(void)snprintf(ret, TOKEN_OWNER_SIZE, "%s", "");
	else if (claims->object_id[0] == '\0')
		(void)snprintf(ret, TOKEN_OWNER_SIZE, "%s %s", kind, name);
	else
		(void)snprintf(ret, TOKEN_OWNER_SIZE, "%s %s (object %s)", kind,
			       name, claims->object_id);
}

/* --- what is wrong ------------------------------------------------------ */

static void command_for_resource(Finding *ret, const TokenStageFacts *facts)
{
	const char *resource = audience_resource(facts->plane, facts->cloud);

	if (facts->kind[0] == '\0')
		finding_command(ret,
				"az account get-access-token --resource %s "
				"--query accessToken --output tsv | akvfs "
				"doctor --token-stdin %s",
				resource, facts->vault);
	else
		finding_command(ret, "akvfs doctor -o resource=%s %s", resource,
				facts->vault);
}

static void say_audience(Finding *ret, const TokenStageFacts *facts,
			 const Audience *audience)
{
	const char *wanted = audience_resource(facts->plane, facts->cloud);
	const char *found = facts->claims->audience;
	char why[AUDIENCE_WHY_SIZE];

	audience_why(why, audience, found, facts->plane, facts->cloud);
	if (audience->fault == AUDIENCE_OK && audience->plane == AUDIENCE_ARM)
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "token-audience-arm",
			       "The token is for Azure Resource Manager (aud "
			       "%s), the vault wants %s: request that "
			       "resource.",
			       found, wanted);
	else if (audience->fault == AUDIENCE_SLASH)
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "token-audience-slash",
			       "The token's audience ends in '/', Key Vault "
			       "requires none: use %s.",
			       wanted);
	else
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       audience->fault == AUDIENCE_OWN_URL
				       ? "token-audience-vault"
			       : audience->plane == AUDIENCE_GRAPH
				       ? "token-audience-graph"
				       : "token-audience",
			       "The vault %s does not take the token: %s.",
			       facts->vault, why);
	command_for_resource(ret, facts);
}

static void say_tenant(Finding *ret, const TokenStageFacts *facts)
{
	bool is_application = strcmp(facts->kind, "secret") == 0 ||
			      strcmp(facts->kind, "certificate") == 0 ||
			      strcmp(facts->kind, "workload") == 0;

	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "token-tenant",
		       "You are signed in to tenant %s, vault belongs to %s: "
		       "%s%s.",
		       facts->claims->tenant, facts->tenant,
		       is_application ? "sign in with an application of that "
					"tenant"
				      : "az login --tenant ",
		       is_application ? "" : facts->tenant);
	if (is_application)
		finding_command(ret, "export AZURE_TENANT_ID=%s",
				facts->tenant);
	else
		finding_command(ret, "az login --tenant %s", facts->tenant);
}

static void say_time(Finding *ret, const TokenStageFacts *facts)
{
	const Claims *claims = facts->claims;
	char when[TIME_TEXT_SIZE];

	if (claims->expires_s >= 0 && claims->expires_s <= facts->now_s) {
		time_format_rfc3339(when, claims->expires_s);
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "token-expired",
			       "The token has expired at %s, by the vault's "
			       "time: get a new one.",
			       when);
		if (facts->kind[0] == '\0')
			command_for_resource(ret, facts);
		else
			finding_command(ret, "timedatectl set-ntp true");
	} else if (claims->not_before_s > facts->now_s + TOKEN_SKEW_S) {
		time_format_rfc3339(when, claims->not_before_s);
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "token-not-yet",
			       "The token is valid from %s on, which is still "
			       "to come by the vault's time.",
			       when);
		finding_command(ret, "timedatectl set-ntp true");
	}
}

static bool issuer_is_of(const Claims *claims, const char *tenant)
{
	const char *at = strchr(claims->issuer, '/');
	size_t n = strlen(tenant);

	for (; at; at = strchr(at + 1, '/'))
		if (strncasecmp(at + 1, tenant, n) == 0 &&
		    (at[1 + n] == '/' || at[1 + n] == '\0'))
			return true;
	return false;
}

static void say_issuer(Finding *ret, const TokenStageFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "token-issuer",
		       "The token was issued by %s, and the vault takes those "
		       "of the tenant %s only.",
		       facts->claims->issuer, facts->tenant);
	finding_command(ret, "az login --tenant %s", facts->tenant);
}

/* Another identity than the one that is configured. */
static void say_owner(Finding *ret, const TokenStageFacts *facts)
{
	const Claims *claims = facts->claims;
	char owner[TOKEN_OWNER_SIZE];

	token_owner(owner, claims);
	if (facts->client_id[0] != '\0' && claims->app_id[0] != '\0' &&
	    !ascii_equal_fold(facts->client_id, claims->app_id))
		finding_warning(ret, "token-identity",
				"You are %s, and not %s, which "
				"AZURE_CLIENT_ID (client_id=) names.",
				owner, facts->client_id);
	else
		finding_ok(ret, "token-ok", "you are %s",
			   owner[0] != '\0' ? owner
					    : "somebody that it does "
					      "not name");
}

static void judge(Finding *ret, const TokenStageFacts *facts)
{
	const Claims *claims = facts->claims;
	const char *tenant = facts->tenant;
	Audience audience;

	audience_judge(&audience, claims->audience, claims->version,
		       facts->cloud);
	say_owner(ret, facts);
	if (!audience_works(&audience, facts->plane, facts->cloud))
		say_audience(ret, facts, &audience);
	else if (tenant[0] != '\0' && claims->tenant[0] != '\0' &&
		 !ascii_equal_fold(claims->tenant, tenant))
		say_tenant(ret, facts);
	else if (tenant[0] != '\0' && claims->issuer[0] != '\0' &&
		 !issuer_is_of(claims, tenant))
		say_issuer(ret, facts);
	else
		say_time(ret, facts);
}

/* --- the facts ---------------------------------------------------------- */

static void add_time(Finding *ret, const char *name, int64_t seconds)
{
	char text[TIME_TEXT_SIZE];

	if (seconds < 0)
		return;
	time_format_rfc3339(text, seconds);
	finding_fact(ret, name, "%s", text);
}

static void add_claims(Finding *ret, const Claims *claims, int64_t now_s)
{
	finding_fact(ret, "audience", "%s", claims->audience);
	finding_fact(ret, "issuer", "%s", claims->issuer);
	finding_fact(ret, "tenant", "%s", claims->tenant);
	finding_fact(ret, "app_id", "%s", claims->app_id);
	finding_fact(ret, "object_id", "%s", claims->object_id);
	finding_fact(ret, "user", "%s", claims->user);
	finding_fact(ret, "kind", "%s", claims->kind);
	finding_fact(ret, "managed_identity", "%s", claims->managed_id);
	finding_fact(ret, "version", "%s", claims->version);
	finding_fact(ret, "proof", "%s", claims->proof);
	finding_fact(ret, "scopes", "%s", claims->scopes);
	if (claims->roles > 0)
		finding_fact(ret, "roles", "%u", claims->roles);
	add_time(ret, "issued", claims->issued_s);
	add_time(ret, "not_before", claims->not_before_s);
	add_time(ret, "expires", claims->expires_s);
	if (claims->expires_s >= 0)
		finding_fact(ret, "remaining_s", "%" PRId64,
			     claims->expires_s - now_s);
	finding_fact(ret, "token_id", "%s", claims->unique_id);
}

void doctor_token(Finding *ret, const TokenStageFacts *facts)
{
	finding_init(ret, "token");
	if (facts->result == CLAIMS_E_OPAQUE) {
		finding_warning(ret, "token-opaque",
				"The token says nothing of itself (it is no "
				"JWT), which Key Vault's do.");
	} else if (facts->result != 0) {
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "token-damaged", "The token is damaged: %s.",
			       claims_answer_text(facts->result));
		command_for_resource(ret, facts);
	} else {
		judge(ret, facts);
		add_claims(ret, facts->claims, facts->now_s);
	}
}
