/* SPDX-License-Identifier: MIT */

/*
 * One table describes every option; reading and writing both follow it. Used
 * by the commands, the launcher and the worker.
 */

#include "fs/options.h"

#include <inttypes.h>

#include "base/parse.h"

enum option_kind {
	OPTION_TEXT,
	OPTION_SECONDS,
	OPTION_NUMBER,
	OPTION_SWITCH,
	OPTION_VISIBLE, /* hidden or visible */
	OPTION_MODE,
	OPTION_WORD,    /* no value: sets a bool */
	OPTION_UNWORD,  /* no value: clears it */
	OPTION_NOTHING, /* of mount(8): accepted without effect */
};

typedef struct OptionRow {
	const char *key;
	enum option_kind kind;
	size_t offset;
	uint64_t max; /* of a number; the size of a text */
} OptionRow;

#define ROW_TEXT(name)                                       \
	{                                                    \
#name, OPTION_TEXT, offsetof(Options, name), \
			sizeof(((Options *)0)->name)         \
	}
#define ROW(name, kind, field, max)                       \
	{                                                 \
		name, kind, offsetof(Options, field), max \
	}
#define ROW_NOTHING(name)                  \
	{                                  \
		name, OPTION_NOTHING, 0, 0 \
	}

static const OptionRow option_rows[] = {
	ROW_TEXT(source),
	ROW("ttl", OPTION_SECONDS, ttl_s, OPTION_TTL_MAX_S),
	ROW("negative_ttl", OPTION_SECONDS, negative_ttl_s, OPTION_TTL_MAX_S),
	ROW("stale", OPTION_SECONDS, stale_s, OPTION_TTL_MAX_S),
	ROW("timeout", OPTION_SECONDS, timeout_s, OPTION_TIMEOUT_MAX_S),
	ROW("transfers", OPTION_NUMBER, transfers, OPTION_TRANSFERS_MAX),
	ROW("page_cache", OPTION_SWITCH, page_cache, 0),
	ROW("arm", OPTION_SWITCH, arm, 0),
	ROW("ctldir", OPTION_VISIBLE, ctldir, 0),
	ROW("debug", OPTION_WORD, debug, 0),
	ROW("quiet", OPTION_WORD, quiet, 0),
	ROW("syslog", OPTION_WORD, syslog, 0),
	ROW("uid", OPTION_NUMBER, uid, UINT32_MAX - 1),
	ROW("gid", OPTION_NUMBER, gid, UINT32_MAX - 1),
	ROW("file_mode", OPTION_MODE, file_mode, 0),
	ROW("dir_mode", OPTION_MODE, dir_mode, 0),
	ROW("allow_other", OPTION_WORD, allow_other, 0),
	ROW("rw", OPTION_WORD, read_write, 0),
	ROW("ro", OPTION_UNWORD, read_write, 0),
	ROW_TEXT(auth),
	ROW_TEXT(client_id),
	ROW_TEXT(tenant_id),
	ROW_TEXT(cloud),
	ROW_TEXT(authority),
	ROW_TEXT(resource),
	ROW_TEXT(vault_suffix),
	ROW_TEXT(cafile),
	ROW_TEXT(connect_to),
	ROW_TEXT(api_version),
	ROW_TEXT(arm_id),
	ROW("token_v1", OPTION_SWITCH, token_v1, 0),
	ROW_TEXT(certificate),
	ROW("send_chain", OPTION_SWITCH, send_chain, 0),
	ROW("rs256", OPTION_SWITCH, rs256, 0),
	ROW_TEXT(token_file),
	ROW_TEXT(identity_client_id),
	ROW_TEXT(identity_object_id),
	ROW_TEXT(identity_resource_id),
	ROW_TEXT(identity_endpoint),
	ROW_TEXT(identity_thumbprint),
	ROW_TEXT(msi_endpoint),
	ROW_TEXT(imds_endpoint),
	ROW_TEXT(pod_identity_host),
	ROW_TEXT(default_identity),
	ROW_TEXT(oidc_uri),
	ROW_TEXT(service_connection),
	ROW_TEXT(token_credentials),
	ROW_TEXT(allowed_tenants),
	ROW_TEXT(proxy),
	ROW_TEXT(no_proxy),
	ROW_TEXT(config),
	ROW_NOTHING("_netdev"),
	ROW_NOTHING("auto"),
	ROW_NOTHING("noauto"),
	ROW_NOTHING("nofail"),
	ROW_NOTHING("user"),
	ROW_NOTHING("nouser"),
	ROW_NOTHING("users"),
	ROW_NOTHING("defaults"),
	ROW_NOTHING("exec"),
	ROW_NOTHING("noexec"),
	ROW_NOTHING("suid"),
	ROW_NOTHING("nosuid"),
	ROW_NOTHING("dev"),
	ROW_NOTHING("nodev"),
	ROW_NOTHING("async"),
	ROW_NOTHING("sync"),
	ROW_NOTHING("atime"),
	ROW_NOTHING("noatime"),
	ROW_NOTHING("relatime"),
};

void options_init(Options *options)
{
	*options = (Options){
		.ttl_s = 300,
		.negative_ttl_s = 30,
		.stale_s = 86400,
		.timeout_s = 5,
		.transfers = 16,
		.page_cache = true,
		.arm = true,
		.file_mode = 0400,
		.dir_mode = 0500,
		.auth = "auto",
	};
}

static const OptionRow *option_find(const char *key)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(option_rows); i++) {
		if (strcmp(option_rows[i].key, key) == 0)
			return &option_rows[i];
	}
	return NULL;
}

static int option_refuse(char *why, size_t why_size, const char *key,
			 const char *expected)
{
	(void)snprintf(why, why_size, "option %.*s: expected %s",
		       OPTION_KEY_MAX, key, expected);
	return OPTIONS_E_INVALID;
}

/* Blanks around a value do not count, wherever it is said. */
static int option_set_text(const OptionRow *row, char *field, const char *value,
			   char *why, size_t why_size)
{
	size_t n;

	value += strspn(value, " ");
	n = strlen(value);
	while (n > 0 && value[n - 1] == ' ')
		n--;
	if (n >= row->max)
		return option_refuse(why, why_size, row->key,
				     "a shorter value");
	/* It becomes a line of the worker's configuration. */
	for (const char *p = value; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return option_refuse(why, why_size, row->key,
					     "no control characters");
	}
	(void)snprintf(field, row->max, "%.*s", (int)n, value);
	return 0;
}

static int option_set_value(const OptionRow *row, void *field,
			    const char *value, char *why, size_t why_size)
{
	switch (row->kind) {
	case OPTION_TEXT:
		return option_set_text(row, field, value, why, why_size);
	case OPTION_SECONDS:
		if (parse_duration_s(field, value, row->max) != 0)
			return option_refuse(why, why_size, row->key,
					     "a duration such as 300, 5s, 2m, "
					     "1h or 7d, of at most 30 days "
					     "(timeout: 10 minutes)");
		return 0;
	case OPTION_NUMBER:
		if (parse_uint64(field, value, row->max) != 0)
			return option_refuse(why, why_size, row->key,
					     "a whole number in its range");
		return 0;
	case OPTION_SWITCH:
		if (parse_switch(field, value) != 0)
			return option_refuse(why, why_size, row->key,
					     "on or off");
		return 0;
	case OPTION_VISIBLE:
		if (strcmp(value, "hidden") != 0 &&
		    strcmp(value, "visible") != 0)
			return option_refuse(why, why_size, row->key,
					     "hidden or visible");
		*(bool *)field = strcmp(value, "visible") == 0;
		return 0;
	case OPTION_MODE:
		if (parse_mode(field, value) != 0)
			return option_refuse(why, why_size, row->key,
					     "an octal mode such as 0400");
		return 0;
	default:
		return option_refuse(why, why_size, row->key, "no value");
	}
}

int options_set(Options *options, const char *key, const char *value, char *why,
		size_t why_size)
{
	const OptionRow *row = option_find(key);
	void *field;
	int r = 0;

	if (!row && strncmp(key, "x-", 2) == 0)
		return 0;
	if (!row) {
		(void)snprintf(why, why_size,
			       "option %.*s is not known (no blanks after "
			       "commas; see akvfs(8))",
			       OPTION_KEY_MAX, key);
		return OPTIONS_E_INVALID;
	}
	field = (char *)options + row->offset;
	if (row->kind == OPTION_NOTHING)
		return 0;
	if (row->kind == OPTION_WORD && !value)
		*(bool *)field = true;
	else if (row->kind == OPTION_UNWORD && !value)
		*(bool *)field = false;
	else if (!value)
		return option_refuse(why, why_size, key, "KEY=VALUE");
	else
		r = option_set_value(row, field, value, why, why_size);
	if (r == 0 && field == &options->uid)
		options->has_uid = true;
	if (r == 0 && field == &options->gid)
		options->has_gid = true;
	if (r == 0 && options->transfers == 0)
		return option_refuse(why, why_size, key, "at least 1");
	if (r == 0 && options->timeout_s == 0)
		return option_refuse(why, why_size, key, "at least 1s");
	return r;
}

/* Copy up to the next comma that is not escaped; returns what is behind. */
static const char *list_item(Buf *item, const char *list, int *r)
{
	*r = 0;
	for (; *list && *list != ',' && *r == 0; list++) {
		if (list[0] == '\\' && (list[1] == ',' || list[1] == '\\'))
			list++;
		*r = buf_append_char(item, *list);
	}
	return *list == ',' ? list + 1 : list;
}

static int options_set_word(Options *options, char *word, char *why,
			    size_t why_size)
{
	char *equals = strchr(word, '=');

	if (equals)
		*equals = '\0';
	return options_set(options, word, equals ? equals + 1 : NULL, why,
			   why_size);
}

int options_set_list(Options *options, const char *list, char *why,
		     size_t why_size)
{
	AKV_BUF Buf item = BUF_INIT(BUF_MAX_URL);
	int r = 0;

	while (*list && r == 0) {
		buf_reset(&item);
		list = list_item(&item, list, &r);
		if (r == 0 && item.n > 0)
			r = options_set_word(options, item.p, why, why_size);
	}
	return r;
}

static char *line_trim(char *line)
{
	char *end;

	while (*line == ' ' || *line == '\t')
		line++;
	end = line + strlen(line);
	while (end > line &&
	       (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	return line;
}

static int options_set_line(Options *options, char *line, char *why,
			    size_t why_size)
{
	char *equals;

	line = line_trim(line);
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return options_set(options, line, NULL, why, why_size);
	*equals = '\0';
	return options_set(options, line_trim(line), line_trim(equals + 1), why,
			   why_size);
}

int options_set_file(Options *options, int fd, const char *name, char *why,
		     size_t why_size)
{
	AKV_BUF Buf content = BUF_INIT(BUF_MAX_FILE);
	char reason[256] = "", *line, *rest;
	unsigned number = 0;
	int r = buf_append_fd(&content, fd);

	if (r == 0 && memchr(content.p, '\0', content.n)) {
		(void)snprintf(why, why_size, "%s: it is not text", name);
		return OPTIONS_E_INVALID;
	}
	rest = content.p;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		number++;
		r = options_set_line(options, line, reason, sizeof(reason));
	}
	if (r > 0)
		(void)snprintf(why, why_size, "%s, line %u: %s", name, number,
			       reason);
	return r;
}

int options_set_environment(Options *options, char *why, size_t why_size)
{
	static const struct {
		const char *variable, *key;
	} rows[] = {
		{"AZURE_TENANT_ID", "tenant_id"},
		{"AZURE_CLIENT_ID", "client_id"},
		{"AZURE_AUTHORITY_HOST", "authority"},
		{"AZURE_CLIENT_CERTIFICATE_PATH", "certificate"},
		{"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "send_chain"},
		{"AZURE_FEDERATED_TOKEN_FILE", "token_file"},
		{"AZURE_TOKEN_CREDENTIALS", "token_credentials"},
		{"AZURE_ADDITIONALLY_ALLOWED_TENANTS", "allowed_tenants"},
		{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "pod_identity_host"},
		{"IDENTITY_ENDPOINT", "identity_endpoint"},
		{"IDENTITY_SERVER_THUMBPRINT", "identity_thumbprint"},
		{"IMDS_ENDPOINT", "imds_endpoint"},
		{"MSI_ENDPOINT", "msi_endpoint"},
		{"DEFAULT_IDENTITY_CLIENT_ID", "default_identity"},
		{"SYSTEM_OIDCREQUESTURI", "oidc_uri"},
		{"SSL_CERT_FILE", "cafile"},
		{"ALL_PROXY", "proxy"},
		{"all_proxy", "proxy"},
		{"HTTPS_PROXY", "proxy"},
		{"https_proxy", "proxy"},
		{"NO_PROXY", "no_proxy"},
		{"no_proxy", "no_proxy"},
	};
	char reason[256] = "";

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		const char *value = secure_getenv(rows[i].variable);
		int r;

		if (!value || !*value)
			continue;
		/* Others say 1 and true, where an option says on. */
		if (strcmp(rows[i].key, "send_chain") == 0)
			value = strcmp(value, "1") == 0 ||
						ascii_equal_fold(value, "true")
					? "on"
					: "off";
		r = options_set(options, rows[i].key, value, reason,
				sizeof(reason));
		if (r > 0)
			(void)snprintf(why, why_size, "%s: %s",
				       rows[i].variable, reason);
		if (r != 0)
			return r;
	}
	return 0;
}

static int option_write(const OptionRow *row, const Options *options, Buf *buf)
{
	const void *field = (const char *)options + row->offset;

	switch (row->kind) {
	case OPTION_TEXT:
		/* If it is empty too: that may not be its default. */
		return buf_printf(buf, "%s=%s\n", row->key,
				  (const char *)field);
	case OPTION_SECONDS:
	case OPTION_NUMBER:
		return buf_printf(buf, "%s=%" PRIu64 "\n", row->key,
				  *(const uint64_t *)field);
	case OPTION_SWITCH:
		return buf_printf(buf, "%s=%s\n", row->key,
				  *(const bool *)field ? "on" : "off");
	case OPTION_VISIBLE:
		return buf_printf(buf, "%s=%s\n", row->key,
				  *(const bool *)field ? "visible" : "hidden");
	case OPTION_MODE:
		return buf_printf(buf, "%s=%04o\n", row->key,
				  *(const unsigned *)field);
	case OPTION_WORD:
		if (!*(const bool *)field)
			return 0;
		return buf_printf(buf, "%s\n", row->key);
	default:
		return 0;
	}
}

int options_write(const Options *options, Buf *buf)
{
	int r = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(option_rows) && r == 0; i++)
		r = option_write(&option_rows[i], options, buf);
	return r;
}

enum log_level options_log_level(const Options *options)
{
	if (options->debug)
		return LOG_LEVEL_DEBUG;
	return options->quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
}
