/* SPDX-License-Identifier: MIT */

/* Made once, by who owns the loop; the calls are in vault.c. */

#include "vault/vault-state.h"

int vault_new(Vault **ret, const VaultConfig *config, Loop *loop, Http *http,
	      SignIn *sign_in)
{
	const char *version = config->api_version ? config->api_version
						  : VAULT_API_VERSION_DEFAULT;
	AKV_CLEANUP(vault_freep) Vault *vault = calloc(1, sizeof(*vault));

	if (!vault)
		return -ENOMEM;
	vault->loop = loop;
	vault->http = http;
	vault->sign_in = sign_in;
	vault->source = config->source;
	if (strlen(config->source.resource) > CHALLENGE_RESOURCE_MAX ||
	    strlen(version) > API_VERSION_MAX ||
	    strspn(version, "0123456789abcdefghijklmnopqrstuvwxyz.-") !=
		    strlen(version))
		return -EINVAL;
	memcpy(vault->resource, config->source.resource,
	       strlen(config->source.resource) + 1);
	vault->source.resource = vault->resource;
	memcpy(vault->api_version, version, strlen(version) + 1);
	if (config->tenant && config->tenant[0] != '\0') {
		if (!tenant_is_valid(config->tenant))
			return -EINVAL;
		memcpy(vault->tenant, config->tenant,
		       strlen(config->tenant) + 1);
		vault->tenant_is_configured = true;
	}
	if (config->allowed_tenants) {
		vault->allowed_tenants = strdup(config->allowed_tenants);
		if (!vault->allowed_tenants)
			return -ENOMEM;
	}
	*ret = AKV_TAKE(vault);
	return 0;
}

Vault *vault_free(Vault *vault)
{
	if (!vault)
		return NULL;
	while (vault->first)
		vault_cancel(vault->first);
	free(vault->allowed_tenants);
	free(vault);
	return NULL;
}

void vault_patience(Vault *vault, uint64_t patience_us)
{
	vault->patience_us = patience_us;
}

const char *vault_name(const Vault *vault)
{
	return vault->source.vault;
}

const char *vault_api_version(const Vault *vault)
{
	return vault->api_version;
}

const Origin *vault_origin(const Vault *vault)
{
	return &vault->source.origin;
}

const Source *vault_source(const Vault *vault)
{
	return &vault->source;
}

const char *vault_tenant(const Vault *vault)
{
	return vault->tenant[0] != '\0' ? vault->tenant : NULL;
}

const ArmId *vault_arm_id(const Vault *vault)
{
	return vault->arm_id.vault[0] != '\0' ? &vault->arm_id : NULL;
}

bool vault_can_hold(const Vault *vault, enum collection collection)
{
	return source_can_hold(&vault->source, collection);
}

enum collection vault_first_collection(const Vault *vault)
{
	const Source *source = &vault->source;

	if (source->has_collection)
		return source->collection;
	return source->is_hsm ? COLLECTION_KEYS : COLLECTION_SECRETS;
}

VaultTopic vault_topic(const Vault *vault, const VaultAsk *ask)
{
	return (VaultTopic){
		.vault = vault_name(vault),
		.is_hsm = vault->source.is_hsm,
		.is_whole = ask->is_whole,
		.collection = ask->collection,
		.part = ask->part,
	};
}
