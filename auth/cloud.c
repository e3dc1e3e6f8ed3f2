/* SPDX-License-Identifier: MIT */

/*
 * A constant table, searches in it, and a row that is not in it. Called where
 * SOURCE and cloud= are read, and where a challenge names a resource.
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

/* --- a cloud that is in no table ------------------------------------------ */

bool cloud_is_known(const Cloud *cloud)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds); i++)
		if (cloud == &clouds[i])
			return true;
	return false;
}

const char *resource_fault(const char *resource)
{
	static const char scope_end[] = "/.default";
	size_t n = strlen(resource), end_n = sizeof(scope_end) - 1;

	if (n == 0 || !ascii_is_printable(resource) || strchr(resource, ' '))
		return "is no name of a resource";
	if (resource[n - 1] == '/')
		return "ends in '/', and Key Vault takes no token for that "
		       "(AKV10022): leave it out";
	if (n >= end_n && strcmp(resource + n - end_n, scope_end) == 0)
		return "is a scope: leave /.default out";
	return NULL;
}

/* Labels of small letters, digits and hyphens, two at least. */
static bool suffix_is_valid(const char *suffix)
{
	size_t n = strlen(suffix);

	return n > 0 && n <= URL_HOST_MAX &&
	       strspn(suffix, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n &&
	       strchr(suffix, '.') && suffix[0] != '.' &&
	       suffix[n - 1] != '.' && !strstr(suffix, "..");
}

static bool are_related(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || host_is_below(a, b) || host_is_below(b, a);
}

/* The cloud whose vaults or HSMs @suffix could stand for; NULL: none. */
static const Cloud *cloud_related(const char *suffix)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds); i++)
		if (are_related(suffix, clouds[i].vault_suffix) ||
		    are_related(suffix, clouds[i].hsm_suffix))
			return &clouds[i];
	return NULL;
}

/* Is the host of @resource, an https URL, @suffix or above it? */
static int resource_is_above(bool *ret, const char *resource,
			     const char *suffix)
{
	Url url = {0};
	int r = url_parse(&url, resource, NULL);

	if (r < 0)
		return r;
	*ret = r == 0 && strcmp(url.origin.scheme, "https") == 0 &&
	       (strcmp(suffix, url.origin.host) == 0 ||
		host_is_below(suffix, url.origin.host));
	url_done(&url);
	return 0;
}

int cloud_state(Cloud *ret, const char *vault_suffix, const char *resource,
		const char *authority, char *why, size_t why_size)
{
	const Cloud *related = cloud_related(vault_suffix);
	const char *fault = resource_fault(resource);
	bool above = false;
	int r = 0;

	why[0] = '\0';
	if (!suffix_is_valid(vault_suffix))
		(void)snprintf(why, why_size,
			       "vault_suffix= is what the hosts of vaults have "
			       "in common, such as vault.example.org, in lower "
			       "case");
	else if (related)
		(void)snprintf(why, why_size,
			       "vault_suffix= is for a cloud that akvfs does "
			       "not know, and this is the cloud \"%s\": leave "
			       "it out",
			       related->name);
	else if (resource[0] == '\0' || authority[0] == '\0')
		(void)snprintf(why, why_size,
			       "vault_suffix= needs resource= and authority=, "
			       "too: of a cloud that akvfs does not know, it "
			       "knows neither");
	else if (fault)
		(void)snprintf(why, why_size, "resource= %s", fault);
	else
		r = resource_is_above(&above, resource, vault_suffix);
	if (r < 0 || why[0] != '\0')
		return r < 0 ? r : CLOUD_E_INVALID;
	if (!above) {
		(void)snprintf(why, why_size,
			       "resource= has to be https and the host of "
			       "vault_suffix=, or one above it: a token for "
			       "other vaults must not go to these");
		return CLOUD_E_INVALID;
	}
	*ret = (Cloud){
		.name = "stated by options",
		.authority = authority,
		.vault_suffix = vault_suffix,
		.vault_resource = resource,
		.exchange_audience = clouds[0].exchange_audience,
	};
	return 0;
}
