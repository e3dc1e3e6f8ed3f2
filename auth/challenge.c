/* SPDX-License-Identifier: MIT */

/*
 * The grammar of RFC 9110 11.6.1: challenges are separated by commas, and so
 * are the parameters of one, so what follows a comma is a parameter if a "="
 * follows it, else the scheme of the next challenge. A header that breaks the
 * grammar gives nothing from the break on, the challenge around it included.
 * Called by vault/vault.c.
 */

#include "auth/challenge.h"

#include <strings.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/url.h"

enum { PARAMETER_NAME_MAX = 64 };

/* A parameter of a challenge; its value without quotes. */
typedef struct Parameter {
	char name[PARAMETER_NAME_MAX + 1];
	char value[CHALLENGE_CLAIMS_MAX + 1];
} Parameter;

/* What was gathered of a challenge, as written. */
typedef struct Gathered {
	bool bearer;
	unsigned count;
	unsigned seen; /* bits by index into gathered_names */
	char authorization[CHALLENGE_RESOURCE_MAX + 1];
	char authorization_uri[CHALLENGE_RESOURCE_MAX + 1];
	char resource[CHALLENGE_RESOURCE_MAX + 1];
	char scope[CHALLENGE_RESOURCE_MAX + 1];
	char error[PARAMETER_NAME_MAX + 1];
	char claims[CHALLENGE_CLAIMS_MAX + 1];
} Gathered;

#define GATHERED(member)                                \
	{                                               \
#member, offsetof(Gathered, member),    \
			sizeof(((Gathered *)0)->member) \
	}

static const struct {
	const char *name;
	size_t offset, size;
} gathered_names[] = {
	GATHERED(authorization), GATHERED(authorization_uri),
	GATHERED(resource),      GATHERED(scope),
	GATHERED(error),         GATHERED(claims),
};

bool tenant_is_valid(const char *tenant)
{
	size_t n = strlen(tenant);

	return n > 0 && n <= CHALLENGE_TENANT_MAX &&
	       strspn(tenant, "0123456789abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-") == n &&
	       strspn(tenant, ".") != n;
}

/* --- the characters ----------------------------------------------------- */

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* tchar of RFC 9110 5.6.2 */
static bool is_token(char c)
{
	return is_alphanumeric(c) ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token68(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("-._~+/", c));
}

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t");
}

/* Commas may be doubled: a list may have empty elements. */
static const char *skip_commas(const char *p)
{
	return p + strspn(p, " \t,");
}

static const char *skip_token(const char *p)
{
	while (is_token(*p))
		p++;
	return p;
}

/* The end of a token68 that stands alone behind a scheme, or @p if none does.
 */
static const char *skip_token68(const char *p)
{
	const char *end = p;

	while (is_token68(*end))
		end++;
	if (end == p)
		return p;
	end += strspn(end, "=");
	end = skip_space(end);
	return *end == ',' || *end == '\0' ? end : p;
}

/*
 * Read a quoted-string, whose opening quote is at @p, into @value. NULL if it
 * does not end or holds what it may not.
 */
static const char *read_quoted(char *value, size_t size, const char *p,
			       bool *ret_cut)
{
	size_t n = 0;

	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if ((unsigned char)*p < 0x20 && *p != '\t')
			return NULL; /* also the end of the text */
		if (*p == 0x7f)
			return NULL;
		if (n + 1 < size)
			value[n++] = *p;
		else
			*ret_cut = true;
	}
	value[n] = '\0';
	return p + 1;
}

/* "name = value" at @p. NULL if it breaks the grammar. */
static const char *read_parameter(Parameter *ret, const char *p, bool *ret_cut)
{
	const char *end = skip_token(p);
	size_t n = (size_t)(end - p);

	if (n == 0 || n > PARAMETER_NAME_MAX)
		return NULL;
	memcpy(ret->name, p, n);
	ret->name[n] = '\0';
	p = skip_space(end);
	if (*p != '=')
		return NULL;
	p = skip_space(p + 1);
	if (*p == '"')
		return read_quoted(ret->value, sizeof(ret->value), p, ret_cut);
	end = skip_token(p);
	n = (size_t)(end - p);
	if (n == 0)
		return NULL;
	*ret_cut = n >= sizeof(ret->value);
	n = AKV_MIN(n, sizeof(ret->value) - 1);
	memcpy(ret->value, p, n);
	ret->value[n] = '\0';
	return end;
}

/* --- the challenge ------------------------------------------------------ */

/* Keep the parameter if it is one of ours; false if that cannot be. */
static bool gather(Gathered *gathered, const Parameter *parameter, bool cut)
{
	if (++gathered->count > CHALLENGE_PARAMETERS_MAX)
		return false;
	for (size_t i = 0; i < AKV_ARRAY_LEN(gathered_names); i++) {
		char *to = (char *)gathered + gathered_names[i].offset;
		size_t n = strlen(parameter->value);

		if (!ascii_equal_fold(gathered_names[i].name, parameter->name))
			continue;
		if ((gathered->seen & 1U << i) || cut ||
		    n >= gathered_names[i].size ||
		    !ascii_is_printable(parameter->value))
			return false;
		gathered->seen |= 1U << i;
		memcpy(to, parameter->value, n + 1);
	}
	return true;
}

static bool stands_for_no_tenant(const char *segment)
{
	static const char *const words[] = {"common", "organizations",
					    "consumers", "adfs", "dstsv2"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++)
		if (ascii_equal_fold(words[i], segment))
			return true;
	return false;
}

/* The first segment of the path of an https URL. */
static int take_tenant(Challenge *challenge, const char *text)
{
	Url url = {0};
	int r = url_parse(&url, text, NULL);
	size_t n;

	if (r < 0)
		return r;
	if (r != 0)
		return CHALLENGE_E_INVALID;
	n = strcspn(url.path + 1, "/");
	if (strcmp(url.origin.scheme, "https") != 0 ||
	    n > CHALLENGE_TENANT_MAX) {
		r = CHALLENGE_E_INVALID;
	} else {
		memcpy(challenge->tenant, url.path + 1, n);
		challenge->tenant[n] = '\0';
		if (stands_for_no_tenant(challenge->tenant))
			challenge->tenant[0] = '\0';
		else if (n > 0 && !tenant_is_valid(challenge->tenant))
			r = CHALLENGE_E_INVALID;
	}
	url_done(&url);
	return r;
}

/* A resource has no trailing slash, and a scope is one with "/.default". */
static void take_resource(Challenge *challenge, const Gathered *gathered)
{
	static const char end[] = "/.default";
	const char *from = gathered->resource[0] != '\0' ? gathered->resource
							 : gathered->scope;
	size_t n = strlen(from);

	if (from == gathered->scope && n > strlen(end) &&
	    strcmp(from + n - strlen(end), end) == 0)
		n -= strlen(end);
	if (n > 0 && from[n - 1] == '/')
		n--;
	memcpy(challenge->resource, from, n);
	challenge->resource[n] = '\0';
}

/* CHALLENGE_E_NONE for another scheme, or one without anything to use. */
static int challenge_make(Challenge *ret, const Gathered *gathered)
{
	const char *authorization = gathered->authorization[0] != '\0'
					    ? gathered->authorization
					    : gathered->authorization_uri;
	Challenge challenge = {0};
	int r;

	if (!gathered->bearer)
		return CHALLENGE_E_NONE;
	if (authorization[0] != '\0') {
		r = take_tenant(&challenge, authorization);
		if (r != 0)
			return r;
	}
	take_resource(&challenge, gathered);
	if (ascii_equal_fold(gathered->error, "insufficient_claims") ||
	    ascii_equal_fold(gathered->error, "invalid_token"))
		memcpy(challenge.claims, gathered->claims,
		       sizeof(challenge.claims));
	if (authorization[0] == '\0' && challenge.claims[0] == '\0')
		return CHALLENGE_E_NONE;
	*ret = challenge;
	return 0;
}

/*
 * Read one challenge at *@at, from its scheme to the next one's, and move *@at
 * there. CHALLENGE_E_INVALID moves it to the end.
 */
static int challenge_read(Challenge *ret, const char **at, Gathered *gathered,
			  Parameter *parameter)
{
	const char *p = *at;
	const char *end = skip_token(p);

	memset(gathered, 0, sizeof(*gathered));
	gathered->bearer = end - p == 6 && strncasecmp(p, "bearer", 6) == 0;
	*at = p + strlen(p);
	if (end == p || (*end != '\0' && !strchr(" \t,", *end)))
		return CHALLENGE_E_INVALID;
	p = skip_space(end);
	end = skip_token68(p);
	if (end != p) {
		*at = skip_commas(end);
		return CHALLENGE_E_NONE;
	}
	for (p = skip_commas(p); *p != '\0'; p = skip_commas(p)) {
		bool cut = false;

		end = skip_token(p);
		if (end != p && *skip_space(end) != '=')
			break; /* the next scheme */
		p = read_parameter(parameter, p, &cut);
		if (!p || !gather(gathered, parameter, cut))
			return CHALLENGE_E_INVALID;
		p = skip_space(p);
		if (*p != '\0' && *p != ',')
			return CHALLENGE_E_INVALID;
	}
	*at = p;
	return challenge_make(ret, gathered);
}

int challenge_parse(Challenge *ret, const char *const *headers, size_t n)
{
	Gathered *gathered = malloc(sizeof(*gathered));
	Parameter *parameter = malloc(sizeof(*parameter));
	int result = gathered && parameter ? CHALLENGE_E_NONE : -ENOMEM;

	for (size_t i = 0; i < n && result > 0; i++) {
		const char *p = skip_commas(headers[i]);

		while (*p != '\0' && result > 0) {
			int r = challenge_read(ret, &p, gathered, parameter);

			if (r <= 0 || r == CHALLENGE_E_INVALID)
				result = r;
		}
	}
	free(gathered);
	free(parameter);
	return result;
}

int challenge_claims(const Challenge *challenge, Buf *buf)
{
	char text[CHALLENGE_CLAIMS_MAX + 1];
	AKV_BUF Buf decoded = BUF_INIT(CHALLENGE_CLAIMS_MAX);
	AKV_JSON cJSON *object = NULL;
	size_t n = strlen(challenge->claims);
	int r;

	while (n > 0 && challenge->claims[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = challenge->claims[i];

		text[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
	}
	r = base64_decode(&decoded, BASE64_URL, text, n);
	if (r < 0)
		return r;
	if (r != 0)
		return CHALLENGE_E_INVALID;
	r = json_parse(&object, decoded.p, decoded.n, NULL);
	if (r < 0)
		return r;
	if (r != 0 || !cJSON_IsObject(object))
		return CHALLENGE_E_INVALID;
	return buf_append(buf, decoded.p, decoded.n);
}
