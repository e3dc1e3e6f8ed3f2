/* SPDX-License-Identifier: MIT */

/* Pure. */

#include "vault/doctor-probe.h"

#include <strings.h>

#include "base/url.h"
#include "vault/sentence.h"

void probe_address(char ret[PROBE_ADDRESS_SIZE], const char *network_info)
{
	static const char word[] = "addr=";
	const char *at = strstr(network_info, word);
	size_t n = 0;

	if (at && (at == network_info || at[-1] == ';')) {
		at += strlen(word);
		n = strspn(at, "0123456789abcdefABCDEF.:");
	}
	(void)snprintf(ret, PROBE_ADDRESS_SIZE, "%.*s",
		       n < PROBE_ADDRESS_SIZE ? (int)n : 0, at ? at : "");
}

/* Its host is to be the parent of the vault's, as every client checks. */
static bool resource_is_the_vaults(const ProbeFacts *facts)
{
	const char *resource = facts->challenge->resource;
	Url url = {0};
	bool fits;

	if (resource[0] == '\0')
		return true;
	if (url_parse(&url, resource, NULL) != 0)
		return false;
	fits = host_is_below(facts->source->origin.host, url.origin.host) &&
	       strcasecmp(resource, facts->wanted) == 0;
	url_done(&url);
	return fits;
}

static void say_foreign_resource(Finding *ret, const ProbeFacts *facts)
{
	bool is_told = strcasecmp(facts->source->resource, facts->wanted) != 0;

	if (is_told) {
		finding_warning(ret, "vault-resource",
				"The vault asks for tokens for %s, which is "
				"not the resource of its domain, and resource= "
				"overrules that.",
				facts->challenge->resource);
		return;
	}
	finding_failed(ret, FINDING_EXIT_AUTHENTICATION, "vault-resource",
		       "Who answers for %s asks for tokens for %s, and a vault "
		       "there takes them for %s only (\"the challenge resource "
		       "does not match the requested domain\"): it is an "
		       "emulator or another host in the vault's place, and "
		       "no token is sent to it.",
		       facts->source->origin.host, facts->challenge->resource,
		       facts->wanted);
	finding_command(ret, "getent hosts %s", facts->source->origin.host);
}

static bool tenant_is_another(const ProbeFacts *facts)
{
	/* A domain may stand for the same tenant: only ids are compared. */
	return strlen(facts->tenant) == 36 && !strchr(facts->tenant, '.') &&
	       strcasecmp(facts->tenant, facts->challenge->tenant) != 0;
}

static void say_challenged(Finding *ret, const ProbeFacts *facts)
{
	const char *host = facts->source->origin.host;

	if (!facts->challenge || facts->challenge->tenant[0] == '\0') {
		finding_failed(ret, FINDING_EXIT_AUTHENTICATION,
			       "vault-no-challenge",
			       "Who answers for %s does not say which tenant "
			       "it belongs to, as a vault does: a proxy, or "
			       "another host in its place.",
			       host);
		finding_command(ret, "curl -i https://%s/secrets", host);
	} else if (!resource_is_the_vaults(facts)) {
		say_foreign_resource(ret, facts);
	} else if (tenant_is_another(facts)) {
		finding_warning(ret, "vault-tenant",
				"The vault %s belongs to the tenant %s, and "
				"tenant_id= (AZURE_TENANT_ID) is %s.",
				facts->source->vault, facts->challenge->tenant,
				facts->tenant);
	} else {
		finding_ok(ret, "vault-ok",
			   "the vault %s answers, of the tenant %s",
			   facts->source->vault, facts->challenge->tenant);
	}
}

/* It did not ask who we are. */
static void say_other(Finding *ret, const ProbeFacts *facts)
{
	const VaultError *error = facts->error;
	const char *command = sentence_command(error->sentence);
	int status = facts->response->status;
	int n = (int)strlen(error->sentence);

	if (status == 200) {
		finding_failed(ret, FINDING_EXIT_REFUSED, "vault-open",
			       "Who answers for %s gives an answer without a "
			       "token, which no vault does.",
			       facts->source->origin.host);
		return;
	}
	if (command)
		n = (int)(command - error->sentence) - 2;
	finding_failed(ret,
		       error->answer == VAULT_E_FORBIDDEN
			       ? FINDING_EXIT_REFUSED
			       : FINDING_EXIT_NETWORK,
		       error->answer == VAULT_E_FORBIDDEN ? "vault-forbids"
							  : "vault-answer",
		       "Asked without a token, %.*s.", n, error->sentence);
	if (command)
		finding_command(ret, "%s", command);
}

void doctor_probe(Finding *ret, const ProbeFacts *facts)
{
	const HttpResponse *response = facts->response;
	char address[PROBE_ADDRESS_SIZE];

	finding_init(ret, "vault");
	if (response->status == 401)
		say_challenged(ret, facts);
	else
		say_other(ret, facts);
	finding_fact(ret, "status", "%d", response->status);
	if (facts->challenge) {
		finding_fact(ret, "tenant", "%s", facts->challenge->tenant);
		finding_fact(ret, "resource", "%s", facts->challenge->resource);
	}
	probe_address(address, response->network_info);
	finding_fact(ret, "seen_as", "%s", address);
	finding_fact(ret, "region", "%s", response->region);
	finding_fact(ret, "service_version", "%s", response->service_version);
	finding_fact(ret, "request_id", "%s", response->request_id);
}
