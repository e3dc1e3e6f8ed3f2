/* SPDX-License-Identifier: MIT */

/* Called by worker.c and client.c. Secrets stay in the shared state, under
 * their pads. */

#include "fs/identity.h"

#include <unistd.h>

#include "auth/token-endpoint.h"
#include "base/sealed.h"
#include "base/secret.h"

/* Shells on such a machine often lack the variables, so the program tells; and
 * its folder may be closed to who we are about to become. */
bool identity_arc_agent_is_there(void)
{
	return access("/opt/azcmagent/bin/himds", F_OK) == 0 ||
	       access("/var/opt/azcmagent/bin/himds", F_OK) == 0;
}

int identity_source(Source *ret, Cloud *custom, const Options *o, char *why,
		    size_t why_size)
{
	Source source;
	int r = o->authority[0] ? authority_check(o->authority) : 0;

	if (r < 0)
		return r;
	if (r > 0) {
		(void)snprintf(why, why_size,
			       "option authority (or AZURE_AUTHORITY_HOST): "
			       "expected https:// and a host, without a path");
		return SOURCE_E_INVALID;
	}
	if (o->vault_suffix[0] && o->cloud[0]) {
		(void)snprintf(why, why_size,
			       "vault_suffix= is for a cloud that akvfs does "
			       "not know, and cloud= names one that it knows: "
			       "leave one of them out");
		return SOURCE_E_INVALID;
	}
	if (o->vault_suffix[0]) {
		r = cloud_state(custom, o->vault_suffix, o->resource,
				o->authority, why, why_size);
		if (r == 0)
			r = source_parse_of(&source, o->source, custom, why,
					    why_size);
	} else {
		r = source_parse(&source, o->source,
				 o->cloud[0] ? o->cloud : NULL, why, why_size);
		if (r == 0 && o->resource[0])
			source.resource = o->resource;
	}
	if (r == 0)
		*ret = source;
	return r < 0 ? r : r > 0 ? SOURCE_E_INVALID : 0;
}

static int kept_open(void *data, Secret **ret)
{
	const Sealed *sealed = data;
	Secret *secret = NULL;
	int r;

	if (sealed_size(sealed) == 0)
		return -ENOENT;
	r = secret_new_blank(&secret, sealed_size(sealed));
	if (r < 0)
		return r;
	sealed_open(sealed, secret_fill(secret));
	*ret = secret;
	return 0;
}

static int kept_put(void *data, const Secret *secret)
{
	Sealed *sealed = data;

	if (!secret)
		return sealed_store(sealed, "", 0);
	return sealed_store(sealed, secret_bytes(secret), secret_size(secret));
}

static SecretStore kept(State *state, enum state_secret which)
{
	return (SecretStore){
		.open = kept_open,
		.put = kept_put,
		.data = &state->secrets[which],
	};
}

/* An application's id stands for a managed identity's where no other does. */
static void managed_configure(ManagedConfig *config, const Options *o,
			      State *state, bool arc_agent)
{
	bool named = o->identity_client_id[0] || o->identity_object_id[0] ||
		     o->identity_resource_id[0];
	bool is_application = strcmp(o->auth, "federated") == 0;

	*config = (ManagedConfig){
		.client_id = named            ? o->identity_client_id
			     : is_application ? NULL
					      : o->client_id,
		.object_id = o->identity_object_id,
		.resource_id = o->identity_resource_id,
		.identity_endpoint = o->identity_endpoint,
		.msi_endpoint = o->msi_endpoint,
		.imds_endpoint = o->imds_endpoint,
		.pod_host = o->pod_identity_host,
		.thumbprint = o->identity_thumbprint,
		.default_client_id = o->default_identity,
		.arc_agent = arc_agent,
		.identity_header = kept(state, STATE_IDENTITY_HEADER),
		.msi_secret = kept(state, STATE_MSI_SECRET),
	};
}

void identity_configure(CredentialConfig *ret, const Options *o, State *state,
			const Source *source, bool arc_agent)
{
	*ret = (CredentialConfig){
		.kind = o->auth,
		.preference = o->token_credentials,
		.authority = o->authority[0] ? o->authority
					     : source->cloud->authority,
		.client_id = o->client_id,
		.tenant_id = o->tenant_id,
		.v1 = o->token_v1,
		.client_secret = kept(state, STATE_CLIENT_SECRET),
		.certificate = o->certificate[0] != '\0',
		.certificate_password = kept(state, STATE_CERTIFICATE_PASSWORD),
		.send_chain = o->send_chain,
		.rs256 = o->rs256,
		/* Named, it has a place where the file is by default. */
		.token_file = o->token_file[0] != '\0' ||
			      strcmp(o->auth, "workload") == 0,
		.exchange_audience = source->cloud->exchange_audience,
		.oidc_uri = o->oidc_uri,
		.service_connection = o->service_connection,
		.system_token = kept(state, STATE_SYSTEM_TOKEN),
		.refresh_token = kept(state, STATE_REFRESH_TOKEN),
		.chosen = &state->sign_in_source,
	};
	managed_configure(&ret->managed, o, state, arc_agent);
}
