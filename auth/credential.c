/* SPDX-License-Identifier: MIT */

/*
 * The kinds, by what auth= calls them. "auto" is the one that looks around
 * (chain.c); each other is used alone.
 */

#include "auth/credential.h"

#include "auth/chain.h"
#include "auth/cli.h"
#include "auth/client-certificate.h"
#include "auth/client-secret.h"
#include "auth/device.h"
#include "auth/federated.h"
#include "auth/managed.h"
#include "auth/pipelines.h"
#include "auth/workload.h"
#include "base/parse.h"

#define APPLICATION "AZURE_CLIENT_ID (or client_id=), an https authority and "

static const struct {
	const char *kind;
	const CredentialOps *ops;
	const char *needs;
} kinds[] = {
	{"auto", &chain_ops, ""},
	{"secret", &client_secret_ops, APPLICATION "AZURE_CLIENT_SECRET"},
	{"certificate", &client_certificate_ops,
	 APPLICATION "AZURE_CLIENT_CERTIFICATE_PATH (or certificate=)"},
	{"workload", &workload_ops,
	 APPLICATION "AZURE_FEDERATED_TOKEN_FILE (or token_file=)"},
	{"managed", &managed_ops, ""},
	{"arc", &managed_arc_ops, ""},
	{"federated", &federated_ops,
	 APPLICATION "a managed identity (identity_client_id= where there are "
		     "several)"},
	{"cli", &cli_az_ops, ""},
	{"azd", &cli_azd_ops, ""},
	{"device", &device_ops,
	 APPLICATION "a person (the application must allow public client "
		     "flows)"},
	{"pipelines", &pipelines_ops,
	 APPLICATION "SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN and "
		     "service_connection="},
};

static int say_unknown(char *why, size_t why_size)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_LINE);
	int r = buf_append_string(&text,
				  "there is no such way to sign in: auth= is ");

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds) && r == 0; i++)
		r = buf_printf(&text, "%s%s", i > 0 ? ", " : "", kinds[i].kind);
	(void)snprintf(why, why_size, "%s", text.p);
	return r < 0 ? r : CREDENTIAL_E_UNKNOWN;
}

int credential_new(Credential **ret, const CredentialConfig *config, char *why,
		   size_t why_size)
{
	const char *wanted = is_set(config->kind) ? config->kind : "auto";

	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		int r;

		if (!ascii_equal_fold(wanted, kinds[i].kind))
			continue;
		if (i == 0 && chain_sources(config->preference) == 0) {
			(void)snprintf(why, why_size,
				       "AZURE_TOKEN_CREDENTIALS is prod, dev, "
				       "EnvironmentCredential, "
				       "WorkloadIdentityCredential, "
				       "ManagedIdentityCredential, "
				       "AzureCLICredential or "
				       "AzureDeveloperCLICredential");
			return CREDENTIAL_E_UNKNOWN;
		}
		r = kinds[i].ops->new (ret, config);
		if (r == CREDENTIAL_E_UNAVAILABLE)
			(void)snprintf(why, why_size,
				       "there is nothing to sign in with "
				       "(auth=%s): set %s",
				       kinds[i].kind, kinds[i].needs);
		return r;
	}
	return say_unknown(why, why_size);
}

int secret_store_probe(const SecretStore *store)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r;

	if (!store->open)
		return CREDENTIAL_E_UNAVAILABLE;
	r = store->open(store->data, &secret);
	if (r == -ENOENT || (r == 0 && secret_size(secret) == 0))
		return CREDENTIAL_E_UNAVAILABLE;
	return r;
}

Credential *credential_free(Credential *credential)
{
	if (credential)
		credential->ops->free(credential);
	return NULL;
}
