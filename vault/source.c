/* SPDX-License-Identifier: MIT */

/*
 * SOURCE is what a person typed, so each refusal says what was expected. The
 * host is judged after libcurl's own parser has taken the URL apart: what is
 * compared with the table is what would be connected to.
 */

#include "vault/source.h"

#include "base/parse.h"

enum {
	VAULT_NAME_MIN = 3,
	VAULT_NAME_MAX = 24,
	HTTPS_PORT = 443,
};

#define SOURCE_FORMS                                                      \
	"a vault name (myvault), its host "                               \
	"(myvault.vault.azure.net) or an https URL "                      \
	"(https://myvault.vault.azure.net, also with the path /secrets, " \
	"/keys, /certificates or /storage)"

/*
 * 3 to 24 letters, digits and single hyphens, from a letter to a letter or
 * digit ("Azure Key Vault naming rules").
 */
static bool vault_name_is_valid(const char *name, size_t n)
{
	if (n < VAULT_NAME_MIN || n > VAULT_NAME_MAX)
		return false;
	if (!name_is_valid(name, n) || name[n - 1] == '-' || name[0] == '-' ||
	    (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (size_t i = 1; i < n; i++)
		if (name[i] == '-' && name[i - 1] == '-')
			return false;
	return true;
}

static bool is_host(const char *text)
{
	for (const char *p = text; *p; p++)
		if (!name_is_valid(p, 1) && *p != '.')
			return false;
	return strchr(text, '.') != NULL;
}

static void say(char *why, size_t why_size, const char *what)
{
	(void)snprintf(why, why_size, "%s; SOURCE is " SOURCE_FORMS, what);
}

/* The cloud that @host is of, where it may be @wanted's only, unless NULL. */
static const Cloud *cloud_of(const char *host, const Cloud *wanted,
			     const char **ret_resource)
{
	if (!wanted || cloud_is_known(wanted))
		return cloud_by_host(host, ret_resource);
	if (!host_is_below(host, wanted->vault_suffix))
		return NULL;
	*ret_resource = wanted->vault_resource;
	return wanted;
}

/* Which vault of which cloud is at @source->origin? */
static int source_take_host(Source *source, const Cloud *wanted, char *why,
			    size_t why_size)
{
	const char *host = source->origin.host;
	const char *resource = NULL;
	const Cloud *cloud = cloud_of(host, wanted, &resource);
	size_t n = strcspn(host, ".");

	if (!cloud) {
		say(why, why_size,
		    host_is_below(host, "privatelink.vaultcore.azure.net")
			    ? "a private link name is not a vault's own name"
		    : wanted && !cloud_is_known(wanted)
			    ? "the host is not below vault_suffix="
			    : "the host is not below a vault suffix of any "
			      "known cloud");
		return SOURCE_E_INVALID;
	}
	if (wanted && wanted != cloud) {
		(void)snprintf(why, why_size,
			       "the host is of the cloud \"%s\", but "
			       "cloud=%s was given; leave one of them out",
			       cloud->name, wanted->name);
		return SOURCE_E_INVALID;
	}
	source->is_hsm = resource == cloud->hsm_resource;
	if (strcmp(host + n + 1, source->is_hsm ? cloud->hsm_suffix
						: cloud->vault_suffix) != 0 ||
	    !vault_name_is_valid(host, n)) {
		say(why, why_size,
		    "the host's first part is not a vault name (3 to 24 "
		    "letters, digits and single hyphens, a letter first)");
		return SOURCE_E_INVALID;
	}
	memcpy(source->vault, host, n);
	source->vault[n] = '\0';
	source->cloud = cloud;
	source->resource = resource;
	return 0;
}

bool source_can_hold(const Source *source, enum collection collection)
{
	return !source->is_hsm || collection == COLLECTION_KEYS;
}

/* "/secrets" or "/secrets/" */
static bool path_is(const char *path, const char *segment)
{
	size_t n = strlen(segment);

	return strncmp(path + 1, segment, n) == 0 &&
	       (path[1 + n] == '\0' || strcmp(path + 1 + n, "/") == 0);
}

/* The path chooses the collection; "" and "/" choose none. */
static int source_take_path(Source *source, const char *path, char *why,
			    size_t why_size)
{
	if (strcmp(path, "/") == 0)
		return 0;
	for (int i = 0; i < COLLECTIONS; i++) {
		enum collection collection = (enum collection)i;

		if (!path_is(path, collection_segment(collection)))
			continue;
		if (!source_can_hold(source, collection)) {
			say(why, why_size,
			    "this is a managed HSM, which holds keys only");
			return SOURCE_E_INVALID;
		}
		source->has_collection = true;
		source->collection = collection;
		return 0;
	}
	say(why, why_size, "the URL's path is no collection of a vault");
	return SOURCE_E_INVALID;
}

static int source_take_url(Source *source, const char *text,
			   const Cloud *wanted, char *why, size_t why_size)
{
	Url url = {0};
	int r = url_parse(&url, text, NULL);

	if (r == URL_E_INVALID) {
		say(why, why_size, "this is not a URL that can be used");
		return SOURCE_E_INVALID;
	}
	if (r < 0)
		return r;
	source->origin = url.origin;
	if (strcmp(url.origin.scheme, "https") != 0) {
		say(why, why_size,
		    "a vault is reached over https only, and this is another "
		    "scheme");
		r = SOURCE_E_INVALID;
	} else if (url.origin.port != HTTPS_PORT) {
		say(why, why_size, "a vault's port is 443 and no other");
		r = SOURCE_E_INVALID;
	} else if (url.query[0] != '\0') {
		say(why, why_size, "the URL has a query");
		r = SOURCE_E_INVALID;
	} else {
		r = source_take_host(source, wanted, why, why_size);
	}
	if (r == 0)
		r = source_take_path(source, url.path, why, why_size);
	url_done(&url);
	return r;
}

/* Make a URL of what was typed; a scheme decides that it is one. */
static int source_read(Source *source, const char *text, const Cloud *wanted,
		       char *why, size_t why_size)
{
	const Cloud *cloud = wanted ? wanted : cloud_at(0);
	char url[URL_HOST_MAX + 16];
	size_t n = strlen(text);

	if (strstr(text, "://"))
		return source_take_url(source, text, wanted, why, why_size);
	if (n > URL_HOST_MAX || (!is_host(text) && strchr(text, '.'))) {
		say(why, why_size, "this is neither a name nor a URL");
		return SOURCE_E_INVALID;
	}
	if (!is_host(text)) {
		if (!vault_name_is_valid(text, n)) {
			say(why, why_size,
			    "this is not a vault name (3 to 24 letters, "
			    "digits and single hyphens, a letter first)");
			return SOURCE_E_INVALID;
		}
		(void)snprintf(url, sizeof(url), "https://%s.%s", text,
			       cloud->vault_suffix);
	} else {
		(void)snprintf(url, sizeof(url), "https://%s", text);
	}
	return source_take_url(source, url, wanted, why, why_size);
}

int source_parse(Source *ret, const char *text, const char *cloud_name,
		 char *why, size_t why_size)
{
	const Cloud *wanted = NULL;
	Source source = {0};
	int r;

	if (cloud_name) {
		wanted = cloud_by_name(cloud_name);
		if (!wanted) {
			(void)snprintf(why, why_size,
				       "there is no cloud of that name; cloud= "
				       "is public, usgov, china, germany, bleu "
				       "or delos");
			return SOURCE_E_INVALID;
		}
	}
	r = source_read(&source, text, wanted, why, why_size);
	if (r == 0)
		*ret = source;
	return r;
}

int source_parse_of(Source *ret, const char *text, const Cloud *custom,
		    char *why, size_t why_size)
{
	Source source = {0};
	int r = source_read(&source, text, custom, why, why_size);

	if (r == 0)
		*ret = source;
	return r;
}
