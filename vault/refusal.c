/* SPDX-License-Identifier: MIT */

/*
 * Nothing repeats: each act sets a fact that rules it out the next time. The
 * challenge's resource is only compared, never asked for; a table and an
 * option say what the resource is.
 */

#include "vault/refusal.h"

#include <strings.h>

#include "base/parse.h"

/* "72f988bf-86f1-41af-91ab-2d7cd011db47" */
static bool is_guid(const char *text)
{
	static const char set[] = "0123456789abcdefABCDEF-";

	return strlen(text) == 36 && strspn(text, set) == 36 &&
	       text[8] == '-' && text[13] == '-' && text[18] == '-' &&
	       text[23] == '-';
}

/* Names of domains may stand for the same tenant: only ids are compared. */
static bool tenants_differ(const char *a, const char *b)
{
	return is_guid(a) && is_guid(b) && !ascii_equal_fold(a, b);
}

/*
 * An option that names the resource (an emulator's, say) is the user's word
 * against the challenge's. Else it must be the cloud's constant, whose host the
 * vault's host is below.
 */
static bool resource_is_believable(const RefusalFacts *facts)
{
	const Source *source = facts->source;
	const char *resource = facts->challenge->resource;
	const Cloud *cloud = source->cloud;
	const char *table =
		source->is_hsm ? cloud->hsm_resource : cloud->vault_resource;

	if (resource[0] == '\0' || strcmp(source->resource, table) != 0)
		return true;
	return ascii_equal_fold(resource, table) &&
	       host_is_below(source->origin.host,
			     source->is_hsm ? cloud->hsm_suffix
					    : cloud->vault_suffix);
}

static enum refusal_act take_tenant(const RefusalFacts *facts, char *why,
				    size_t why_size)
{
	if (!facts->challenge || facts->challenge->tenant[0] == '\0') {
		(void)snprintf(why, why_size,
			       "the vault %s does not say which tenant it "
			       "belongs to: set tenant_id= (or "
			       "AZURE_TENANT_ID)",
			       facts->source->vault);
		return REFUSAL_FINAL;
	}
	if (!resource_is_believable(facts)) {
		(void)snprintf(why, why_size,
			       "the vault %s asks for a token for %s, and a "
			       "vault of this cloud takes one for %s only: no "
			       "token is sent; check the vault's name",
			       facts->source->vault, facts->challenge->resource,
			       facts->source->resource);
		return REFUSAL_FINAL;
	}
	return REFUSAL_TAKE_TENANT;
}

bool tenant_is_allowed(const char *list, const char *tenant)
{
	size_t wanted = strlen(tenant);

	while (list && *list) {
		size_t n;

		list += strspn(list, "; ");
		n = strcspn(list, "; ");
		if ((n == 1 && *list == '*') ||
		    (n == wanted && strncasecmp(list, tenant, n) == 0))
			return true;
		list += n;
	}
	return false;
}

static enum refusal_act judge_tenant(const RefusalFacts *facts, char *why,
				     size_t why_size)
{
	if (!facts->tenant_taken &&
	    (!facts->tenant_is_configured ||
	     tenant_is_allowed(facts->allowed_tenants,
			       facts->challenge->tenant)))
		return take_tenant(facts, why, why_size);
	(void)snprintf(
		why, why_size,
		"the token is of the tenant %s, and the vault %s belongs "
		"to the tenant %s: set tenant_id=%s (or "
		"AZURE_TENANT_ID) and sign in with an identity of that "
		"tenant, or allow that one by allowed_tenants=",
		facts->tenant, facts->source->vault, facts->challenge->tenant,
		facts->challenge->tenant);
	return REFUSAL_FINAL;
}

enum refusal_act refusal_judge(const RefusalFacts *facts, char *why,
			       size_t why_size)
{
	const Challenge *challenge = facts->challenge;

	why[0] = '\0';
	if (!facts->tenant)
		return take_tenant(facts, why, why_size);
	if (challenge && challenge->claims[0] != '\0')
		return facts->claims_answered ? REFUSAL_FINAL
					      : REFUSAL_ANSWER_CLAIMS;
	if (challenge && tenants_differ(challenge->tenant, facts->tenant))
		return judge_tenant(facts, why, why_size);
	return facts->token_is_fresh || facts->minted ? REFUSAL_FINAL
						      : REFUSAL_MINT;
}
