/* SPDX-License-Identifier: MIT */

/* Tables, from the public documentation of the clouds. */

#include "emulator/clouds.h"

#include <strings.h>

#define VAULT_APP "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
#define VAULT_APP_USGOV "7e7c393b-45d0-48b1-a35e-2905ddf8183c"

static const Cloud clouds[] = {
	{
		.name = "public",
		.vault_suffix = ".vault.azure.net",
		.hsm_suffix = ".managedhsm.azure.net",
		.vault_resource = "https://vault.azure.net",
		.hsm_resource = "https://managedhsm.azure.net",
		.vault_app = VAULT_APP,
		.login = "login.microsoftonline.com",
		.arm = "management.azure.com",
		.graph = "graph.microsoft.com",
		.arm_legacy = "https://management.core.windows.net",
	},
	{
		.name = "china",
		.vault_suffix = ".vault.azure.cn",
		.hsm_suffix = ".managedhsm.azure.cn",
		.vault_resource = "https://vault.azure.cn",
		.hsm_resource = "https://managedhsm.azure.cn",
		.login = "login.chinacloudapi.cn",
		.arm = "management.chinacloudapi.cn",
		.graph = "microsoftgraph.chinacloudapi.cn",
		.arm_legacy = "https://management.core.chinacloudapi.cn",
	},
	{
		.name = "usgov",
		.vault_suffix = ".vault.usgovcloudapi.net",
		.hsm_suffix = ".managedhsm.usgovcloudapi.net",
		.vault_resource = "https://vault.usgovcloudapi.net",
		.hsm_resource = "https://managedhsm.usgovcloudapi.net",
		.vault_app = VAULT_APP_USGOV,
		.login = "login.microsoftonline.us",
		.arm = "management.usgovcloudapi.net",
		.graph = "graph.microsoft.us",
		.arm_legacy = "https://management.core.usgovcloudapi.net",
	},
	{
		/* Closed in 2021. */
		.name = "germany",
		.vault_suffix = ".vault.microsoftazure.de",
		.hsm_suffix = ".managedhsm.microsoftazure.de",
		.vault_resource = "https://vault.microsoftazure.de",
		.hsm_resource = "https://managedhsm.microsoftazure.de",
		.login = "login.microsoftonline.de",
		.arm = "management.microsoftazure.de",
		.arm_legacy = "https://management.core.cloudapi.de",
	},
	{
		.name = "bleu",
		.vault_suffix = ".vault.sovcloud-api.fr",
		.hsm_suffix = ".managedhsm.sovcloud-api.fr",
		.vault_resource = "https://vault.sovcloud-api.fr",
		.hsm_resource = "https://managedhsm.sovcloud-api.fr",
		.login = "login.sovcloud-identity.fr",
	},
	{
		.name = "delos",
		.vault_suffix = ".vault.sovcloud-api.de",
		.hsm_suffix = ".managedhsm.sovcloud-api.de",
		.vault_resource = "https://vault.sovcloud-api.de",
		.hsm_resource = "https://managedhsm.sovcloud-api.de",
		.login = "login.sovcloud-identity.de",
	},
	{
		/* For clients that can neither be told an address nor hosts. */
		.name = "local",
		.vault_suffix = ".vault.localhost",
		.hsm_suffix = ".managedhsm.localhost",
		.vault_resource = "https://vault.localhost",
		.hsm_resource = "https://managedhsm.localhost",
		.vault_app = VAULT_APP,
		.login = "login.microsoftonline.com",
		.arm = "management.localhost",
		.graph = "graph.localhost",
		.arm_legacy = "https://management.core.localhost",
	},
};

static const struct {
	const char *host;
	size_t cloud;
} login_aliases[] = {
	{"login.microsoft.com", 0},     {"login.windows.net", 0},
	{"sts.windows.net", 0},         {"login.partner.microsoftonline.cn", 1},
	{"login.usgovcloudapi.net", 2},
};

/* Besides those of the clouds above. */
static const char *const other_resources[] = {
	"https://graph.windows.net",
	"https://storage.azure.com",
	"https://eventgrid.azure.net",
	"api://AzureADTokenExchange",
	VAULT_APP,
	VAULT_APP_USGOV,
};

/* Does @host end with @suffix, with something before it? */
static bool label_take(char ret[HOST_SIZE], const char *host,
		       const char *suffix)
{
	size_t n = strlen(host), suffix_size = strlen(suffix);

	if (n <= suffix_size || n >= HOST_SIZE ||
	    strcmp(host + n - suffix_size, suffix) != 0)
		return false;
	memcpy(ret, host, n - suffix_size);
	ret[n - suffix_size] = '\0';
	return true;
}

static enum host_kind host_kind_in(const Cloud *cloud, const char *host,
				   char label[HOST_SIZE])
{
	if (label_take(label, host, cloud->vault_suffix))
		return HOST_VAULT;
	if (label_take(label, host, cloud->hsm_suffix))
		return HOST_HSM;
	if (strcmp(host, cloud->login) == 0)
		return HOST_LOGIN;
	if (cloud->arm && strcmp(host, cloud->arm) == 0)
		return HOST_ARM;
	if (cloud->graph && strcmp(host, cloud->graph) == 0)
		return HOST_GRAPH;
	return HOST_UNKNOWN;
}

static bool host_is_local(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       strspn(host, "0123456789.") == strlen(host);
}

void host_match(HostMatch *ret, const char *host)
{
	*ret = (HostMatch){.kind = HOST_UNKNOWN, .cloud = &clouds[0]};
	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds); i++) {
		ret->kind = host_kind_in(&clouds[i], host, ret->label);
		if (ret->kind == HOST_UNKNOWN)
			continue;
		ret->cloud = &clouds[i];
		return;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(login_aliases); i++) {
		if (strcmp(host, login_aliases[i].host) != 0)
			continue;
		ret->kind = HOST_LOGIN;
		ret->cloud = &clouds[login_aliases[i].cloud];
		return;
	}
	if (label_take(ret->label, host, ".oic.prod-aks.azure.com") ||
	    strcmp(host, "token.actions.githubusercontent.com") == 0)
		ret->kind = HOST_ISSUER;
	if (strcmp(host, "dev.azure.com") == 0)
		ret->kind = HOST_DEVOPS;
	if (host_is_local(host))
		ret->kind = HOST_LOCAL;
}

const char *host_resource(const HostMatch *where)
{
	return where->kind == HOST_HSM ? where->cloud->hsm_resource
				       : where->cloud->vault_resource;
}

/* The same, letters without case, but for one slash at the end of @asked? */
static bool resource_equal(const char *asked, const char *known)
{
	size_t n = strlen(known);

	return strncasecmp(asked, known, n) == 0 &&
	       (asked[n] == '\0' || strcmp(asked + n, "/") == 0);
}

/* The same as the resource that a service on @host (or NULL) has? */
static bool resource_is_of(const char *asked, const char *host)
{
	char known[HOST_SIZE + 16];

	if (!host)
		return false;
	(void)snprintf(known, sizeof(known), "https://%s", host);
	return resource_equal(asked, known);
}

bool audience_is_arm(const Cloud *cloud, const char *audience)
{
	return resource_is_of(audience, cloud->arm) ||
	       (cloud->arm_legacy &&
		resource_equal(audience, cloud->arm_legacy));
}

bool audience_is_graph(const Cloud *cloud, const char *audience)
{
	return resource_is_of(audience, cloud->graph) ||
	       strcmp(audience, "00000003-0000-0000-c000-000000000000") == 0;
}

bool resource_is_known(const char *resource)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(clouds); i++) {
		if (resource_equal(resource, clouds[i].vault_resource) ||
		    resource_equal(resource, clouds[i].hsm_resource) ||
		    audience_is_arm(&clouds[i], resource) ||
		    resource_is_of(resource, clouds[i].graph))
			return true;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(other_resources); i++) {
		if (resource_equal(resource, other_resources[i]))
			return true;
	}
	return false;
}

bool audience_is_vault_app(const Cloud *cloud, const char *audience)
{
	return cloud && cloud->vault_app &&
	       strcmp(audience, cloud->vault_app) == 0;
}
