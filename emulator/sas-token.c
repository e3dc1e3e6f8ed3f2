/* SPDX-License-Identifier: MIT */

/* Functions of their arguments. */

#include "emulator/sas-token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

#include "base/base64.h"
#include "base/time.h"
#include "emulator/exchange.h"

enum { FIELDS_MAX = 32 };

/* From this version of the storage service on there is a line more to sign. */
static const char scope_version[] = "2020-12-06";
/* And from this one on, a service's token says what it is for. */
static const char resource_version[] = "2018-11-09";

typedef struct Fields {
	char *text; /* owned: what the others point into */
	struct {
		const char *name, *value;
	} of[FIELDS_MAX];
	size_t n;
} Fields;

static void fields_done(Fields *fields)
{
	free(fields->text);
}

static int fields_parse(Fields *ret, const char *query)
{
	char *rest;

	ret->text = strdup(query);
	if (!ret->text)
		return -ENOMEM;
	rest = ret->text;
	while (rest && *rest) {
		char *pair = strsep(&rest, "&");
		char *value = strchr(pair, '=');

		if (*pair == '\0')
			continue;
		if (!value || ret->n == FIELDS_MAX)
			return SAS_TOKEN_E_INVALID;
		*value++ = '\0';
		if (percent_decode(value, false) != 0)
			return SAS_TOKEN_E_INVALID;
		ret->of[ret->n].name = pair;
		ret->of[ret->n++].value = value;
	}
	return 0;
}

static const char *field(const Fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++) {
		if (strcmp(fields->of[i].name, name) == 0)
			return fields->of[i].value;
	}
	return "";
}

/* --- what is signed ----------------------------------------------------- */

static int lines_append(Buf *ret, const Fields *fields,
			const char *const names[], size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_printf(ret, "%s\n", field(fields, names[i]));
	return r;
}

static int account_string(Buf *ret, const SasTemplate *template,
			  const Fields *fields, const char *until)
{
	static const char *const before[] = {"sp", "ss", "srt", "st"};
	static const char *const after[] = {"sip", "spr", "sv"};
	int r = buf_printf(ret, "%s\n", template->account);

	if (r == 0)
		r = lines_append(ret, fields, before, AKV_ARRAY_LEN(before));
	if (r == 0)
		r = buf_printf(ret, "%s\n", until);
	if (r == 0)
		r = lines_append(ret, fields, after, AKV_ARRAY_LEN(after));
	if (r == 0 && strcmp(field(fields, "sv"), scope_version) >= 0)
		r = buf_printf(ret, "%s\n", field(fields, "ses"));
	return r;
}

/* "https://ACCOUNT.blob.core.windows.net/a/b" is "/blob/ACCOUNT/a/b". */
static int resource_append(Buf *ret, const SasTemplate *template)
{
	static const char scheme[] = "https://";
	const char *host = template->uri + sizeof(scheme) - 1;
	size_t n = strlen(template->account);
	const char *service = host + n + 1, *path;

	if (strncasecmp(template->uri, scheme, sizeof(scheme) - 1) != 0 ||
	    strncasecmp(host, template->account, n) != 0 || host[n] != '.')
		return SAS_TOKEN_E_INVALID;
	path = strchr(service, '/');
	if (!path)
		return SAS_TOKEN_E_INVALID;
	return buf_printf(ret, "/%.*s/%s%.*s\n", (int)strcspn(service, "."),
			  service, template->account, (int)strcspn(path, "?"),
			  path);
}

/* Of a blob or a file; their last five lines are headers to be sent. */
static int service_string(Buf *ret, const SasTemplate *template,
			  const Fields *fields, const char *until)
{
	static const char *const middle[] = {"si", "sip", "spr", "sv"};
	static const char *const last[] = {"rscc", "rscd", "rsce", "rscl"};
	const char *version = field(fields, "sv");
	bool blob = strstr(template->uri, ".blob.") != NULL;
	int r = buf_printf(ret, "%s\n%s\n%s\n", field(fields, "sp"),
			   field(fields, "st"), until);

	if (r == 0)
		r = resource_append(ret, template);
	if (r == 0)
		r = lines_append(ret, fields, middle, AKV_ARRAY_LEN(middle));
	if (r == 0 && blob && strcmp(version, resource_version) >= 0)
		r = buf_printf(ret, "%s\n\n", field(fields, "sr"));
	if (r == 0 && blob && strcmp(version, scope_version) >= 0)
		r = buf_printf(ret, "%s\n", field(fields, "ses"));
	if (r == 0)
		r = lines_append(ret, fields, last, AKV_ARRAY_LEN(last));
	if (r == 0)
		r = buf_append_string(ret, field(fields, "rsct"));
	return r;
}

/* --- the token ---------------------------------------------------------- */

static int sign(Buf *ret, const Buf *text,
		const unsigned char key[STORAGE_KEY_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!HMAC(EVP_sha256(), key, STORAGE_KEY_SIZE,
		  (const unsigned char *)text->p, text->n, digest, &n))
		return -EIO;
	return base64_encode(ret, BASE64_STANDARD, digest, n);
}

static int field_append(Buf *ret, const char *name, const char *value)
{
	int r = buf_printf(ret, "%c%s=", ret->n == 0 ? '?' : '&', name);

	/* Times and lists keep their ':' and ',', as the service leaves them.
	 */
	for (; r == 0 && *value; value++)
		r = *value == ':' || *value == ','
			    ? buf_append_char(ret, *value)
			    : buf_append_percent(ret, value, 1);
	return r;
}

static int token_append(Buf *ret, const Fields *fields, const char *until,
			const char *signature)
{
	static const char *const names[] = {
		"sv",  "ss", "srt", "sr",   "sp",   "st",   "se",   "sip",
		"spr", "si", "ses", "rscc", "rscd", "rsce", "rscl", "rsct"};
	AKV_BUF Buf token = BUF_INIT(SAS_TOKEN_MAX);
	int r = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(names) && r == 0; i++) {
		const char *value = strcmp(names[i], "se") == 0
					    ? until
					    : field(fields, names[i]);

		if (*value)
			r = field_append(&token, names[i], value);
	}
	if (r == 0)
		r = field_append(&token, "sig", signature);
	return r == 0 ? buf_append(ret, token.p, token.n) : r;
}

int sas_token_make(Buf *ret, const SasTemplate *template,
		   const unsigned char key[STORAGE_KEY_SIZE], int64_t expires_s)
{
	AKV_CLEANUP(fields_done) Fields fields = {0};
	AKV_BUF Buf text = BUF_INIT(SAS_TOKEN_MAX);
	AKV_BUF Buf signature = BUF_INIT(BUF_MAX_LINE);
	const char *mark = strchr(template->uri, '?');
	char until[TIME_TEXT_SIZE];
	int r;

	r = fields_parse(&fields, mark ? mark + 1 : template->uri);
	if (r != 0)
		return r;
	if (*field(&fields, "sv") == '\0')
		return SAS_TOKEN_E_INVALID;
	time_format_rfc3339(until, expires_s);
	r = template->service ? service_string(&text, template, &fields, until)
			      : account_string(&text, template, &fields, until);
	if (r == 0)
		r = sign(&signature, &text, key);
	if (r == 0)
		r = token_append(ret, &fields, until, signature.p);
	return r == -EMSGSIZE ? SAS_TOKEN_E_INVALID : r;
}

int period_parse(int64_t *ret_s, const char *text)
{
	static const struct {
		char unit;
		bool time;
		int64_t seconds;
	} units[] = {
		{'D', false, 86400},
		{'H', true, 3600},
		{'M', true, 60},
		{'S', true, 1},
	};
	int64_t sum = 0;
	bool time = false, owed = false; /* "T" promises more */

	if (*text++ != 'P')
		return PERIOD_E_INVALID;
	for (size_t i = 0; *text && i < AKV_ARRAY_LEN(units); i++) {
		int64_t number = 0;
		const char *at;

		if (*text == 'T' && !time) {
			time = owed = true;
			text++;
		}
		for (at = text;
		     *at >= '0' && *at <= '9' && number <= STORAGE_PERIOD_MAX_S;
		     at++)
			number = number * 10 + (*at - '0');
		if (at == text || *at != units[i].unit || time != units[i].time)
			continue;
		sum += number * units[i].seconds;
		text = at + 1;
		owed = false;
	}
	if (*text || owed || sum <= 0 || sum > STORAGE_PERIOD_MAX_S)
		return PERIOD_E_INVALID;
	*ret_s = sum;
	return 0;
}
