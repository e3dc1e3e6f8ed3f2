/* SPDX-License-Identifier: MIT */

/*
 * A constant table and two searches in it. Called where SOURCE and cloud= are
 * read, and where a challenge names a resource.
 */

#include "auth/cloud.h"

#include "base/parse.h"
#include "base/url.h"

static const Cloud clouds[] = {
	{
		.name = "public",
		.authority = "https://login.microsoftonline.com",
		.vault_suffix = "vault.azure.net",
		.vault_resource = "https://vault.azure.net",
		.hsm_suffix = "managedhsm.azure.net",
		.hsm_resource = "https://managedhsm.azure.net",
		.arm = "https://management.azure.com",
		.graph = "https://graph.microsoft.com",
		.exchange_audience = "api://AzureADTokenExchange",
	},
	{
		.name = "usgov",
		.authority = "https://login.microsoftonline.us",
		.vault_suffix = "vault.usgovcloudapi.net",
		.vault_resource = "https://vault.usgovcloudapi.net",
		.hsm_suffix = "managedhsm.usgovcloudapi.net",
		.hsm_resource = "https://managedhsm.usgovcloudapi.net",
		.arm = "https://management.usgovcloudapi.net",
		.graph = "https://graph.microsoft.us",
		.exchange_audience = "api://AzureADTokenExchangeUSGov",
	},
	{
		.name = "china",
		.authority = "https://login.chinacloudapi.cn",
		.vault_suffix = "vault.azure.cn",
		.vault_resource = "https://vault.azure.cn",
		.hsm_suffix = "managedhsm.azure.cn",
		.hsm_resource = "https://managedhsm.azure.cn",
		.arm = "https://management.chinacloudapi.cn",
		.graph = "https://microsoftgraph.chinacloudapi.cn",
		.exchange_audience = "api://AzureADTokenExchangeChina",
	},
	/* Closed in 2021; kept for the names that old configurations hold. */
	{
		.name = "germany",
		.authority = "https://login.microsoftonline.de",
		.vault_suffix = "vault.microsoftazure.de",
		.vault_resource = "https://vault.microsoftazure.de",
		.hsm_suffix = "managedhsm.microsoftazure.de",
		.hsm_resource = "https://managedhsm.microsoftazure.de",
		.arm = "https://management.microsoftazure.de",
		.exchange_audience = "api://AzureADTokenExchange",
	},
	/* The two European sovereign clouds, Bleu and Delos. */
	{
		.name = "bleu",
		.authority = "https://login.sovcloud-identity.fr",
		.vault_suffix = "vault.sovcloud-api.fr",
		.vault_resource = "https://vault.sovcloud-api.fr",
		.hsm_suffix = "managedhsm.sovcloud-api.fr",
		.hsm_resource = "https://managedhsm.sovcloud-api.fr",
		.exchange_audience = "api://AzureADTokenExchange",
	},
	{
		.name = "delos",
		.authority = "https://login.sovcloud-identity.de",
		.vault_suffix = "vault.sovcloud-api.de",
		.vault_resource = "https://vault.sovcloud-api.de",
		.hsm_suffix = "managedhsm.sovcloud-api.de",
		.hsm_resource = "https://managedhsm.sovcloud-api.de",
		.exchange_audience = "api://AzureADTokenExchange",
	},
};

const Cloud *cloud_at(size_t i)
{
	return i < AKV_ARRAY_LEN(clouds) ? &clouds[i] : NULL;
}

const Cloud *cloud_by_name(const char *name)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds); i++)
		if (ascii_equal_fold(clouds[i].name, name))
			return &clouds[i];
	return NULL;
}

const Cloud *cloud_by_host(const char *host, const char **ret_resource)
{
	const char *resource = NULL;
	const Cloud *found = NULL;

	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds) && !found; i++) {
		const Cloud *cloud = &clouds[i];

		if (host_is_below(host, cloud->vault_suffix))
			resource = cloud->vault_resource;
		else if (host_is_below(host, cloud->hsm_suffix))
			resource = cloud->hsm_resource;
		if (resource)
			found = cloud;
	}
	if (found && ret_resource)
		*ret_resource = resource;
	return found;
}
