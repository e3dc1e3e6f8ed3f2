/* SPDX-License-Identifier: MIT */

/* A table and readers of what the places write. Used by managed.c. */

#include "auth/managed-host.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/parse.h"
#include "base/url.h"

#define IMDS_ADDRESS "http://169.254.169.254"
#define IMDS_PATH "/metadata/identity/oauth2/token"
#define ARC_ADDRESS "http://127.0.0.1:40342"

/* The names of the ids are not aliases: a wrong one is ignored in silence, and
 * the token is the system-assigned identity's. NULL: not taken. */
static const struct {
	const char *text, *version;
	const char *client_id, *object_id, *resource_id;
} hosts[] = {
	[MANAGED_SERVICE_FABRIC] = {"Service Fabric", "2019-07-01-preview",
				    NULL, NULL, NULL},
	[MANAGED_APP_SERVICE] = {"App Service", "2019-08-01", "client_id",
				 "object_id", "mi_res_id"},
	[MANAGED_MACHINE_LEARNING] = {"Azure Machine Learning", "2017-09-01",
				      "clientid", NULL, NULL},
	[MANAGED_CLOUD_SHELL] = {"Cloud Shell", NULL, NULL, NULL, NULL},
	[MANAGED_ARC] = {"Azure Arc", "2020-06-01", "client_id", "object_id",
			 "msi_res_id"},
	[MANAGED_IMDS] = {"the instance metadata service", "2018-02-01",
			  "client_id", "object_id", "msi_res_id"},
};

enum managed_host managed_host_of(const ManagedConfig *config)
{
	bool endpoint = is_set(config->identity_endpoint);

	if (endpoint && secret_store_probe(&config->identity_header) == 0)
		return is_set(config->thumbprint) ? MANAGED_SERVICE_FABRIC
						  : MANAGED_APP_SERVICE;
	if (is_set(config->msi_endpoint))
		return secret_store_probe(&config->msi_secret) == 0
			       ? MANAGED_MACHINE_LEARNING
			       : MANAGED_CLOUD_SHELL;
	if ((endpoint && is_set(config->imds_endpoint)) || config->arc_agent)
		return MANAGED_ARC;
	return MANAGED_IMDS;
}

const char *managed_host_text(enum managed_host host)
{
	return hosts[host].text;
}

const char *managed_host_id(enum managed_host host, const ManagedConfig *config,
			    const char **ret_name)
{
	*ret_name = NULL;
	if (is_set(config->client_id)) {
		*ret_name = hosts[host].client_id;
		return config->client_id;
	}
	if (is_set(config->object_id)) {
		*ret_name = hosts[host].object_id;
		return config->object_id;
	}
	if (is_set(config->resource_id)) {
		*ret_name = hosts[host].resource_id;
		return config->resource_id;
	}
	if (host == MANAGED_MACHINE_LEARNING &&
	    is_set(config->default_client_id)) {
		*ret_name = hosts[host].client_id;
		return config->default_client_id;
	}
	return "";
}

/* --- addresses ---------------------------------------------------------- */

static bool ipv4_is_near(uint32_t a)
{
	return a >> 24 == 127 || a >> 24 == 10 || a >> 20 == 0xac1 ||
	       a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe;
}

bool host_may_be_clear(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	char bare[URL_HOST_MAX + 1];
	size_t n = strlen(host);

	if (ascii_equal_fold(host, "localhost"))
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ipv4_is_near(ntohl(v4.s_addr));
	if (n > 2 && n < sizeof(bare) && host[0] == '[') {
		(void)snprintf(bare, sizeof(bare), "%.*s", (int)(n - 2),
			       host + 1);
		host = bare;
	}
	return inet_pton(AF_INET6, host, &v6) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) ||
		(v6.s6_addr[0] & 0xfe) == 0xfc);
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return ascii_equal_fold(host, "localhost") ||
	       strcmp(host, "[::1]") == 0 || strcmp(host, "::1") == 0 ||
	       (inet_pton(AF_INET, host, &v4) == 1 &&
		ntohl(v4.s_addr) >> 24 == 127);
}

static const char *origin_fault(enum managed_host host, const Url *url)
{
	bool clear = strcmp(url->origin.scheme, "http") == 0;

	if (url->query[0] != '\0')
		return "has a query";
	if (!clear && strcmp(url->origin.scheme, "https") != 0)
		return "is neither http nor https";
	if (host == MANAGED_SERVICE_FABRIC && clear)
		return "is not https, by which its certificate is known";
	if (host == MANAGED_ARC && !is_loopback(url->origin.host))
		return "is not on this machine";
	if (clear && !host_may_be_clear(url->origin.host))
		return "is in clear, and neither on this machine nor private";
	return NULL;
}

/* Where to ask, and under which path ("": the endpoint's own). */
static const char *endpoint_of(enum managed_host host,
			       const ManagedConfig *config,
			       const char **ret_path)
{
	*ret_path = "";
	switch (host) {
	case MANAGED_MACHINE_LEARNING:
	case MANAGED_CLOUD_SHELL:
		return config->msi_endpoint;
	case MANAGED_IMDS:
		*ret_path = IMDS_PATH;
		return is_set(config->pod_host) ? config->pod_host
						: IMDS_ADDRESS;
	case MANAGED_ARC:
		if (is_set(config->identity_endpoint) &&
		    is_set(config->imds_endpoint))
			return config->identity_endpoint;
		*ret_path = IMDS_PATH;
		return ARC_ADDRESS;
	default:
		return config->identity_endpoint;
	}
}

static int url_begin(Buf *url, enum managed_host host,
		     const ManagedConfig *config, char *why, size_t why_size)
{
	const char *path;
	const char *endpoint = endpoint_of(host, config, &path);
	char origin[ORIGIN_TEXT_SIZE];
	const char *fault;
	Url parsed = {0};
	int r = url_parse(&parsed, endpoint, NULL);

	if (r < 0)
		return r;
	fault = r == 0 ? origin_fault(host, &parsed) : "is no URL";
	if (fault) {
		url_done(&parsed);
		(void)snprintf(why, why_size,
			       "the address of the managed identities of %s "
			       "%s",
			       managed_host_text(host), fault);
		return MANAGED_E_REFUSED;
	}
	origin_format(origin, &parsed.origin);
	r = buf_printf(url, "%s%s", origin, path[0] ? path : parsed.path);
	url_done(&parsed);
	return r;
}

static int url_query(Buf *url, enum managed_host host, const char *id_name,
		     const char *id, const char *resource)
{
	int r = buf_printf(url,
			   "?api-version=%s&resource=", hosts[host].version);

	if (r == 0)
		r = buf_append_percent(url, resource, strlen(resource));
	if (r == 0 && id[0] != '\0') {
		r = buf_printf(url, "&%s=", id_name);
		if (r == 0)
			r = buf_append_percent(url, id, strlen(id));
	}
	return r;
}

int managed_host_url(Buf *url, enum managed_host host,
		     const ManagedConfig *config, const char *resource,
		     char *why, size_t why_size)
{
	int ids = is_set(config->client_id) + is_set(config->object_id) +
		  is_set(config->resource_id);
	const char *name;
	const char *id = managed_host_id(host, config, &name);
	int r;

	if (ids > 1) {
		(void)snprintf(why, why_size,
			       "a managed identity has one id here: its client "
			       "id, its object id or its resource id");
		return MANAGED_E_REFUSED;
	}
	if (id[0] != '\0' && !name) {
		(void)snprintf(why, why_size,
			       "%s takes no such id of a user-assigned "
			       "identity: leave it out%s",
			       managed_host_text(host),
			       host == MANAGED_MACHINE_LEARNING
				       ? ", or give its client id"
				       : "");
		return MANAGED_E_REFUSED;
	}
	r = url_begin(url, host, config, why, why_size);
	if (r == 0 && host != MANAGED_CLOUD_SHELL)
		r = url_query(url, host, name, id, resource);
	return r;
}

/* --- what the places write ---------------------------------------------- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

int thumbprint_parse(unsigned char ret[HTTP_SHA1_SIZE], const char *text)
{
	unsigned char bytes[HTTP_SHA1_SIZE] = {0};
	size_t n = 0;

	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (*text == ':' || *text == ' ')
			continue;
		if (digit < 0 || n == 2 * sizeof(bytes))
			return MANAGED_E_REFUSED;
		bytes[n / 2] = (unsigned char)(bytes[n / 2] << 4 | digit);
		n++;
	}
	if (n != 2 * sizeof(bytes))
		return MANAGED_E_REFUSED;
	memcpy(ret, bytes, sizeof(bytes));
	return 0;
}

/* "Basic realm=PATH", the path in quotes or not, and nothing else. */
static const char *challenge_path(char *ret, size_t size, const char *text)
{
	static const char scheme[] = "Basic ", name[] = "realm=";
	size_t n;

	if (strncasecmp(text, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	text += sizeof(scheme) - 1;
	text += strspn(text, " ");
	if (strncasecmp(text, name, sizeof(name) - 1) != 0)
		return NULL;
	text += sizeof(name) - 1;
	n = strlen(text);
	if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= size)
		return NULL;
	(void)snprintf(ret, size, "%.*s", (int)n, text);
	return ret;
}

int arc_key_name(char ret[ARC_KEY_NAME_SIZE], const char *const *challenges,
		 size_t n)
{
	static const char folder[] = ARC_KEY_FOLDER "/";
	char path[sizeof(folder) + ARC_KEY_NAME_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (!challenge_path(path, sizeof(path), challenges[i]))
			continue;
		if (strncmp(path, folder, sizeof(folder) - 1) != 0 ||
		    !arc_key_name_is_valid(path + sizeof(folder) - 1))
			return MANAGED_E_REFUSED;
		memcpy(ret, path + sizeof(folder) - 1,
		       strlen(path) - sizeof(folder) + 2);
		return 0;
	}
	return MANAGED_E_REFUSED;
}
