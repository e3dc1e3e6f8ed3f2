/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/host-identity.h"

#include <strings.h>

#include "base/clock.h"
#include "emulator/access-token.h"
#include "emulator/emulator.h"
#include "emulator/jwt.h"

static bool selector_is_empty(const HostSelector *selector)
{
	return !selector->client_id && !selector->object_id &&
	       !selector->resource_id;
}

static bool id_fits(const char *asked, const char *has)
{
	return !asked || strcasecmp(asked, has) == 0;
}

static bool selector_fits(const HostSelector *selector,
			  const Principal *principal)
{
	return id_fits(selector->client_id, principal->client_id) &&
	       id_fits(selector->object_id, principal->object_id) &&
	       id_fits(selector->resource_id, principal->resource_id);
}

int host_identity_find(const Principal **ret, const Directory *directory,
		       const HostSelector *selector)
{
	bool empty = selector_is_empty(selector);
	const Principal *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < directory->n_principals; i++) {
		const Principal *principal = &directory->principals[i];

		if (principal->assignment == ASSIGNED_NOT ||
		    !selector_fits(selector, principal))
			continue;
		if (!empty || principal->assignment == ASSIGNED_SYSTEM) {
			*ret = principal;
			return 0;
		}
		found = principal;
		n++;
	}
	if (n == 0)
		return HOST_E_NONE;
	if (n > 1)
		return HOST_E_SEVERAL;
	*ret = found;
	return 0;
}

void host_token_done(HostToken *token)
{
	if (token->text.p)
		buf_done(&token->text);
}

/* Also "https://NAME.vault.azure.net": such a token is given, and of no use. */
static bool resource_exists(const char *resource)
{
	static const char scheme[] = "https://";
	char host[HOST_SIZE];
	HostMatch match;

	if (resource_is_known(resource))
		return true;
	if (strncasecmp(resource, scheme, sizeof(scheme) - 1) != 0)
		return false;
	(void)snprintf(host, sizeof(host), "%.*s",
		       (int)strcspn(resource + sizeof(scheme) - 1, "/:"),
		       resource + sizeof(scheme) - 1);
	host_match(&match, host);
	return match.kind == HOST_VAULT || match.kind == HOST_HSM;
}

int host_token_make(HostToken *ret, Exchange *exchange,
		    const Principal *principal, const char *resource)
{
	int64_t life_s = exchange->emulator->managed_lifetime_s;
	HostToken token = {
		.text = BUF_INIT(JWT_MAX),
		.life_s = life_s,
		.expires_s =
			exchange->now_us / (int64_t)CLOCK_US_PER_S + life_s,
	};
	const AccessTokenRequest request = {
		.principal = principal,
		.client_id = principal->client_id,
		.audience = token.resource,
		.proof = PROOF_ASSERTION,
		.life_s = life_s,
	};
	int r;

	if (strlen(resource) >= AUDIENCE_SIZE || !resource_exists(resource))
		return HOST_E_RESOURCE;
	(void)snprintf(token.resource, AUDIENCE_SIZE, "%s", resource);
	r = access_token_append(&token.text, exchange, &request);
	if (r < 0) {
		host_token_done(&token);
		return r;
	}
	*ret = token;
	return 0;
}
