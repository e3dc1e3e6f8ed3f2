/* SPDX-License-Identifier: MIT */

/*
 * First what is right as it stands, then what nearly is, so that the sentence
 * can say which letter is wrong. Used by the commands that explain a token.
 */

#include "auth/audience.h"

#include "base/parse.h"
#include "base/url.h"

#define SCOPE_END "/.default"
#define GUID_SIZE 36

/* Version 2.0 of tokens names an application by its id. */
static const struct {
	const char *id;
	enum audience_plane plane;
	const char *cloud; /* of one cloud only; NULL: of all others */
} apps[] = {
	{"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", AUDIENCE_VAULT, NULL},
	{"7e7c393b-45d0-48b1-a35e-2905ddf8183c", AUDIENCE_VAULT, "usgov"},
	{"797f4846-ba00-4fd7-ba43-dac1f8f63013", AUDIENCE_ARM, NULL},
	{"00000003-0000-0000-c000-000000000000", AUDIENCE_GRAPH, NULL},
};

/* What Azure Resource Manager was called before; without the slash. */
static const struct {
	const char *resource, *cloud;
} former_arms[] = {
	{"https://management.core.windows.net", "public"},
	{"https://management.core.usgovcloudapi.net", "usgov"},
	{"https://management.core.chinacloudapi.cn", "china"},
	{"https://management.core.cloudapi.de", "germany"},
};

static const char *const private_link_suffixes[] = {
	"vaultcore.azure.net",
	"vaultcore.usgovcloudapi.net",
	"vaultcore.azure.cn",
};

/* --- judging ------------------------------------------------------------ */

static bool equal_n(const char *text, size_t n, const char *known)
{
	char copy[256];

	if (!known || n >= sizeof(copy))
		return false;
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	return ascii_equal_fold(copy, known);
}

static bool is_former_arm(const Cloud *cloud, const char *text, size_t n)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(former_arms); i++) {
		if (strcmp(former_arms[i].cloud, cloud->name) == 0 &&
		    equal_n(text, n, former_arms[i].resource))
			return true;
	}
	return false;
}

/* The resource of a service, to the letter. */
static enum audience_plane plane_in(const Cloud *cloud, const char *text,
				    size_t n)
{
	if (equal_n(text, n, cloud->vault_resource))
		return AUDIENCE_VAULT;
	if (equal_n(text, n, cloud->hsm_resource))
		return AUDIENCE_HSM;
	if (equal_n(text, n, cloud->arm) || is_former_arm(cloud, text, n))
		return AUDIENCE_ARM;
	if (equal_n(text, n, cloud->graph))
		return AUDIENCE_GRAPH;
	return AUDIENCE_NOWHERE;
}

/* @home may be one that is in no table. */
static bool take_resource(Audience *audience, const char *text, size_t n,
			  const Cloud *home)
{
	const Cloud *cloud;

	audience->cloud = home;
	audience->plane = home ? plane_in(home, text, n) : AUDIENCE_NOWHERE;
	if (audience->plane != AUDIENCE_NOWHERE)
		return true;
	audience->cloud = NULL;
	for (size_t i = 0; (cloud = cloud_at(i)); i++) {
		audience->plane = plane_in(cloud, text, n);
		if (audience->plane == AUDIENCE_NOWHERE)
			continue;
		audience->cloud = cloud;
		return true;
	}
	return false;
}

static bool take_app(Audience *audience, const char *text, const Cloud *home)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(apps); i++) {
		const Cloud *only =
			apps[i].cloud ? cloud_by_name(apps[i].cloud) : NULL;
		bool shared = !only && (apps[i].plane != AUDIENCE_VAULT ||
					home != cloud_by_name("usgov"));

		if (!ascii_equal_fold(text, apps[i].id))
			continue;
		audience->plane = apps[i].plane;
		audience->cloud = only             ? only
				  : shared && home ? home
						   : cloud_at(0);
		return true;
	}
	return false;
}

static size_t without_slashes(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == '/')
		n--;
	return n;
}

/* The host of what may be a URL; "" if there is none. */
static void host_of(char ret[URL_HOST_MAX + 1], const char *text)
{
	const char *after = strstr(text, "://");

	if (after)
		text = after + 3;
	(void)snprintf(
		ret, URL_HOST_MAX + 1, "%.*s",
		(int)AKV_MIN(strcspn(text, "/:?#"), (size_t)URL_HOST_MAX),
		text);
	ascii_lower(ret);
}

/* One vault's own name, or one that its private link resolves to. */
static bool take_own_host(Audience *audience, const char *host)
{
	const char *resource = NULL;
	const Cloud *cloud = cloud_by_host(host, &resource);

	if (cloud) {
		audience->cloud = cloud;
		audience->plane = resource == cloud->hsm_resource
					  ? AUDIENCE_HSM
					  : AUDIENCE_VAULT;
		return true;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(private_link_suffixes); i++) {
		if (!host_is_below(host, private_link_suffixes[i]))
			continue;
		audience->plane = AUDIENCE_VAULT;
		return true;
	}
	return false;
}

static bool is_guid(const char *text)
{
	return strlen(text) == GUID_SIZE &&
	       strspn(text, "0123456789abcdefABCDEF-") == GUID_SIZE;
}

static bool is_exchange(const char *text)
{
	const Cloud *cloud;

	for (size_t i = 0; (cloud = cloud_at(i)); i++)
		if (ascii_equal_fold(text, cloud->exchange_audience))
			return true;
	return false;
}

/* What is left is right nowhere: how nearly is it? */
static enum audience_fault fault_find(Audience *audience, const char *text,
				      const Cloud *home)
{
	char url[URL_HOST_MAX + 16], host[URL_HOST_MAX + 1];
	size_t n = strlen(text);

	if (strncmp(text, "spn:", 4) == 0) {
		if (!take_app(audience, text + 4, home))
			(void)take_resource(audience, text + 4,
					    without_slashes(text + 4, n - 4),
					    home);
		return AUDIENCE_SPN;
	}
	if (is_exchange(text))
		return AUDIENCE_EXCHANGE;
	if (take_resource(audience, text, without_slashes(text, n), home))
		return AUDIENCE_SLASH;
	if (ascii_ends_with_fold(text, SCOPE_END)) {
		(void)take_resource(
			audience, text,
			without_slashes(text, n - strlen(SCOPE_END)), home);
		return AUDIENCE_SCOPE;
	}
	host_of(host, text);
	if (take_own_host(audience, host))
		return AUDIENCE_OWN_URL;
	(void)snprintf(url, sizeof(url), "https://%s", host);
	if (take_resource(audience, url, strlen(url), home))
		return AUDIENCE_FORM;
	if (is_guid(text) || strncmp(text, "api://", 6) == 0)
		return AUDIENCE_APPLICATION;
	return AUDIENCE_UNKNOWN;
}

/* ARM and Graph are known to take one slash. */
static bool slash_is_allowed(enum audience_plane plane)
{
	return plane == AUDIENCE_ARM || plane == AUDIENCE_GRAPH;
}

void audience_judge(Audience *ret, const char *audience, const char *version,
		    const Cloud *home)
{
	size_t n = strlen(audience);

	*ret = (Audience){.fault = AUDIENCE_OK};
	if (n == 0) {
		ret->fault = AUDIENCE_ABSENT;
		return;
	}
	if (take_resource(ret, audience, n, home))
		return;
	if (audience[n - 1] == '/' &&
	    take_resource(ret, audience, n - 1, home) &&
	    slash_is_allowed(ret->plane))
		return;
	if (take_app(ret, audience, home)) {
		if (ret->plane == AUDIENCE_VAULT && strcmp(version, "2.0") != 0)
			ret->fault = AUDIENCE_APP_ID;
		return;
	}
	ret->fault = fault_find(ret, audience, home);
}

bool audience_works(const Audience *audience, enum audience_plane plane,
		    const Cloud *home)
{
	return audience->fault == AUDIENCE_OK && audience->plane == plane &&
	       (!home || audience->cloud == home);
}

/* --- words --------------------------------------------------------------- */

const char *audience_resource(enum audience_plane plane, const Cloud *cloud)
{
	switch (plane) {
	case AUDIENCE_VAULT:
		return cloud->vault_resource;
	case AUDIENCE_HSM:
		return cloud->hsm_resource;
	case AUDIENCE_ARM:
		return cloud->arm;
	case AUDIENCE_GRAPH:
		return cloud->graph;
	case AUDIENCE_NOWHERE:
		break;
	}
	return NULL;
}

const char *audience_plane_text(enum audience_plane plane)
{
	switch (plane) {
	case AUDIENCE_VAULT:
		return "data plane of vaults";
	case AUDIENCE_HSM:
		return "data plane of managed HSMs";
	case AUDIENCE_ARM:
		return "management plane (Azure Resource Manager)";
	case AUDIENCE_GRAPH:
		return "Microsoft Graph";
	case AUDIENCE_NOWHERE:
		break;
	}
	return "none of them";
}

const char *audience_fault_word(enum audience_fault fault)
{
	static const char *const words[] = {
		[AUDIENCE_OK] = "ok",
		[AUDIENCE_ABSENT] = "absent",
		[AUDIENCE_SLASH] = "slash",
		[AUDIENCE_OWN_URL] = "own-url",
		[AUDIENCE_SCOPE] = "scope",
		[AUDIENCE_SPN] = "spn",
		[AUDIENCE_APP_ID] = "app-id",
		[AUDIENCE_FORM] = "form",
		[AUDIENCE_EXCHANGE] = "exchange",
		[AUDIENCE_APPLICATION] = "application",
		[AUDIENCE_UNKNOWN] = "unknown",
	};

	return words[fault];
}

/* Of a service that it is really for, or of another cloud. */
static void why_elsewhere(char ret[AUDIENCE_WHY_SIZE], const Audience *audience,
			  const char *text, enum audience_plane plane,
			  const Cloud *home)
{
	const char *cloud = audience->cloud->name;

	if (audience->plane == plane)
		(void)snprintf(ret, AUDIENCE_WHY_SIZE,
			       "it is for the cloud %s (aud %s), and this one "
			       "is %s: ask for %s, or set cloud=%s",
			       cloud, text, home->name,
			       audience_resource(plane, home), cloud);
	else
		(void)snprintf(
			ret, AUDIENCE_WHY_SIZE,
			"it is for %s (aud %s), and %s wants %s: ask for that "
			"resource",
			audience->plane == AUDIENCE_ARM     ? "Azure Resource "
							      "Manager"
			: audience->plane == AUDIENCE_GRAPH ? "Microsoft Graph"
			: audience->plane == AUDIENCE_HSM   ? "managed HSMs"
							    : "vaults",
			text,
			plane == AUDIENCE_HSM ? "a managed HSM" : "a vault",
			audience_resource(plane, home));
}

static const char *fault_text(enum audience_fault fault)
{
	switch (fault) {
	case AUDIENCE_ABSENT:
		return "it names no audience";
	case AUDIENCE_SLASH:
		return "its audience ends in '/', and Key Vault requires none";
	case AUDIENCE_OWN_URL:
		return "its audience is a vault's own URL, and Key Vault "
		       "requires one that is the same for all vaults";
	case AUDIENCE_SCOPE:
		return "its audience is a scope: \"/.default\" is for asking "
		       "the v2 endpoint, and is never part of a resource";
	case AUDIENCE_SPN:
		return "its audience begins with \"spn:\", which Key Vault "
		       "does not take";
	case AUDIENCE_APP_ID:
		return "its audience is the id of Key Vault's application, "
		       "which is taken in tokens of version 2.0 only";
	case AUDIENCE_FORM:
		return "its audience has the right host and another form than "
		       "the resource";
	case AUDIENCE_EXCHANGE:
		return "it is to be exchanged for an application's token, and "
		       "no service takes it as it is";
	case AUDIENCE_APPLICATION:
		return "it is for another application";
	case AUDIENCE_OK:
	case AUDIENCE_UNKNOWN:
		break;
	}
	return "it is for a service that is not Key Vault";
}

void audience_why(char ret[AUDIENCE_WHY_SIZE], const Audience *audience,
		  const char *text, enum audience_plane plane,
		  const Cloud *home)
{
	bool quoted = text[0] != '\0';

	ret[0] = '\0';
	if (audience_works(audience, plane, home))
		return;
	if (audience->fault == AUDIENCE_OK) {
		why_elsewhere(ret, audience, text, plane, home);
		return;
	}
	(void)snprintf(ret, AUDIENCE_WHY_SIZE, "%s%s%s%s: ask for %s",
		       fault_text(audience->fault), quoted ? " (aud " : "",
		       text, quoted ? ")" : "", audience_resource(plane, home));
}
