/* SPDX-License-Identifier: MIT */

/*
 * Pure. A source that is not there is no failure as long as another one may
 * come after it.
 */

#include "auth/doctor-sign-in.h"

#include "auth/aadsts.h"
#include "auth/credential.h"

static bool is_managed(const SignInFacts *facts)
{
	return strcmp(facts->kind, "managed") == 0 ||
	       strcmp(facts->kind, "arc") == 0 ||
	       strcmp(facts->kind, "federated") == 0;
}

static bool is_tool(const SignInFacts *facts)
{
	return strcmp(facts->kind, "cli") == 0 ||
	       strcmp(facts->kind, "azd") == 0;
}

/* --- what to run -------------------------------------------------------- */

static void command_managed(Finding *ret, const SignInFacts *facts)
{
	const char *sentence = facts->failure ? facts->failure->sentence : "";

	if (strstr(sentence, "several user-assigned") ||
	    strstr(sentence, "not assigned to this machine") ||
	    strstr(sentence, "no system-assigned"))
		finding_command(ret, "az vm identity show --resource-group "
				     "RESOURCE-GROUP --name MACHINE");
	else
		finding_command(ret, "curl --noproxy '*' -H Metadata:true "
				     "'http://169.254.169.254/metadata/"
				     "instance?api-version=2021-02-01'");
}

static void command_of(Finding *ret, const SignInFacts *facts)
{
	char text[AADSTS_COMMAND_SIZE] = "";

	if (facts->failure)
		aadsts_command(text, facts->failure->code, facts->client_id,
			       facts->tenant);
	if (text[0] != '\0')
		finding_command(ret, "%s", text);
	else if (strcmp(facts->kind, "azd") == 0)
		finding_command(ret, "azd auth login");
	else if (is_tool(facts))
		finding_command(ret, "az login%s%s",
				is_set(facts->tenant) ? " --tenant " : "",
				facts->tenant);
	else if (is_managed(facts))
		command_managed(ret, facts);
}

/* --- what there is ------------------------------------------------------ */

/* 500011 and its like: the resource is wrong, and here it is known which. */
static bool resource_is_wrong(const SignInFacts *facts)
{
	long code = facts->failure->code;

	return (code == 500011 || code == 50001) &&
	       strcmp(facts->resource, facts->wanted) != 0;
}

static void say_wrong_resource(Finding *ret, const SignInFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "sign-in-resource",
		       "A token for %s is not to be had (AADSTS%ld): the "
		       "resource of every vault is %s, never the vault's own "
		       "URL or a private link's; leave resource= out.",
		       facts->resource, facts->failure->code, facts->wanted);
	finding_command(ret, "akvfs doctor -o resource=%s %s", facts->wanted,
			facts->host);
}

/* The sentence that auth/ has made. */
static void say_as_it_is(Finding *ret, const SignInFacts *facts,
			 enum finding_exit exit, const char *code)
{

	finding_failed(ret, exit, code, "%s", facts->failure->sentence);
	command_of(ret, facts);
}

/* No federated credential matches: say what was compared. */
static void say_mismatch(Finding *ret, const SignInFacts *facts)
{
	const Claims *presented = facts->presented;

	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "sign-in-federation",
		       "%s. The token file has the issuer \"%s\", the subject "
		       "\"%s\" and the audience \"%s\".",
		       facts->failure->sentence, presented->issuer,
		       presented->subject, presented->audience);
	command_of(ret, facts);
}

static bool is_mismatch(const SignInFacts *facts)
{
	long code = facts->failure->code;

	return facts->presented &&
	       (code == 70021 || (code >= 700211 && code <= 700213));
}

static void say_refused(Finding *ret, const SignInFacts *facts)
{
	if (resource_is_wrong(facts))
		say_wrong_resource(ret, facts);
	else if (is_mismatch(facts))
		say_mismatch(ret, facts);
	else
		say_as_it_is(ret, facts, FINDING_EXIT_AUTHENTICATION,
			     facts->failure->code > 0 ? "sign-in-aadsts"
						      : "sign-in-refused");
}

static void say_late(Finding *ret, const SignInFacts *facts)
{
	const AuthFailure *failure = facts->failure;
	char met[128] = "";

	if (failure && failure->status > 0)
		(void)snprintf(met, sizeof(met),
			       ": it is asked again and again, and answers "
			       "HTTP %d",
			       failure->status);
	else if (failure && failure->result != HTTP_OK)
		(void)snprintf(met, sizeof(met),
			       ": it is asked again and again (%s)",
			       http_result_text(failure->result));
	finding_failed(ret, FINDING_EXIT_NETWORK, "sign-in-late",
		       "No token came by %s in %u seconds%s%s.", facts->name,
		       facts->waited_s, met,
		       is_managed(facts)
			       ? "; on a machine of Azure, enable an identity "
				 "and keep proxies and firewalls off the "
				 "metadata address; elsewhere, sign in by "
				 "another auth="
			       : "");
	command_of(ret, facts);
}

/* It is not there: that ends nothing but a search for this one alone. */
static void say_absent(Finding *ret, const SignInFacts *facts,
		       const char *reason)
{
	if (!facts->alone) {
		finding_skipped(ret, "sign-in-absent", "%s", reason);
		return;
	}
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "sign-in-absent", "%s",
		       reason);
	command_of(ret, facts);
}

static void say_fault(Finding *ret, const SignInFacts *facts)
{
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "sign-in-fault",
		       "Signing in by %s is not possible here: %s.",
		       facts->name, strerror(-facts->result));
}

/* There is no token, for the reason facts->failure. */
static void say_failure(Finding *ret, const SignInFacts *facts)
{
	const AuthFailure *failure = facts->failure;

	if (failure->absent)
		say_absent(ret, facts, failure->sentence);
	else if (facts->result == TOKEN_RESPONSE_E_REFUSED)
		say_refused(ret, facts);
	else if (facts->result == TOKEN_RESPONSE_E_UNREACHABLE)
		say_as_it_is(ret, facts, FINDING_EXIT_NETWORK,
			     "sign-in-unreachable");
	else
		say_as_it_is(ret, facts, FINDING_EXIT_AUTHENTICATION,
			     "sign-in-invalid");
}

static void say_result(Finding *ret, const SignInFacts *facts)
{
	switch (facts->result) {
	case SIGN_IN_RESULT_OK:
		finding_ok(ret, "sign-in-ok", "%s gives a token", facts->name);
		break;
	case SIGN_IN_RESULT_NOT_SET_UP:
		say_absent(ret, facts, facts->reason);
		break;
	case SIGN_IN_RESULT_NO_TENANT:
		finding_skipped(ret, "sign-in-no-tenant",
				"nobody says in which tenant: the vault does "
				"not answer, and AZURE_TENANT_ID is not set");
		break;
	case SIGN_IN_RESULT_LATE:
		say_late(ret, facts);
		break;
	default:
		if (facts->result > 0)
			say_failure(ret, facts);
		else
			say_fault(ret, facts);
		break;
	}
}

static void add_failure(Finding *ret, const AuthFailure *failure)
{
	if (failure->status > 0)
		finding_fact(ret, "status", "%d", failure->status);
	finding_fact(ret, "error", "%s", failure->error);
	if (failure->code > 0)
		finding_fact(ret, "aadsts", "%ld", failure->code);
	finding_fact(ret, "correlation_id", "%s", failure->correlation_id);
	finding_fact(ret, "trace_id", "%s", failure->trace_id);
	finding_fact(ret, "timestamp", "%s", failure->timestamp);
}

void doctor_sign_in(Finding *ret, const SignInFacts *facts)
{
	finding_init(ret, "sign-in");
	finding_fact(ret, "credential", "%s", facts->name);
	finding_fact(ret, "auth", "%s", facts->kind);
	if (facts->result != SIGN_IN_RESULT_NOT_SET_UP)
		finding_fact(ret, "identity", "%s", facts->identity);
	if (facts->result == SIGN_IN_RESULT_OK) {
		finding_fact(ret, "tenant", "%s", facts->tenant);
		finding_fact(ret, "resource", "%s", facts->resource);
	}
	say_result(ret, facts);
	if (facts->result > 0 && facts->failure)
		add_failure(ret, facts->failure);
}

void doctor_sign_in_none(Finding *ret, const char *tenant)
{
	finding_init(ret, "sign-in");
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "sign-in-none",
		       "There is nothing to sign in with here: no variables of "
		       "an application, no workload's token, no managed "
		       "identity, no login by az or azd.");
	finding_command(ret, "az login%s%s", is_set(tenant) ? " --tenant " : "",
			tenant ? tenant : "");
}

void doctor_sign_in_unused(Finding *finding, const char *before)
{
	finding_ok(finding, "sign-in-unused",
		   "it works too, and a mount takes %s, which comes first",
		   before);
}
