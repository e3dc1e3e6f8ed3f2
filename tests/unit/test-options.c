/* SPDX-License-Identifier: MIT */

/* Every option: what it sets, what it refuses, and that it can be handed on. */

#include <sys/mman.h>

#include "fs/options.h"
#include "tests/unit/check.h"

static Options options;
static char why[512];

static int set(const char *key, const char *value)
{
	why[0] = '\0';
	return options_set(&options, key, value, why, sizeof(why));
}

static int set_list(const char *list)
{
	why[0] = '\0';
	return options_set_list(&options, list, why, sizeof(why));
}

static int set_file(const void *text, size_t n)
{
	AKV_FD int fd = memfd_create("options", MFD_CLOEXEC);

	why[0] = '\0';
	if (fd < 0 || write(fd, text, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return options_set_file(&options, fd, "akvfs.conf", why, sizeof(why));
}

static int set_text(const char *text)
{
	return set_file(text, strlen(text));
}

static void begin(void)
{
	options_init(&options);
	why[0] = '\0';
}

static void defaults_are_those_of_the_manual(void)
{
	begin();
	CHECK_EQ(options.ttl_s, 300);
	CHECK_EQ(options.negative_ttl_s, 30);
	CHECK_EQ(options.stale_s, 86400);
	CHECK_EQ(options.timeout_s, 5);
	CHECK_EQ(options.transfers, 16);
	CHECK(options.page_cache);
	CHECK(!options.debug && !options.syslog && !options.allow_other);
	CHECK_EQ(options_log_level(&options), LOG_LEVEL_INFO);
	CHECK(!options.has_uid && !options.has_gid && !options.read_write);
	CHECK_EQ(options.file_mode, 0400);
	CHECK_EQ(options.dir_mode, 0500);
	CHECK_STR(options.auth, "auto");
	CHECK_STR(options.tenant_id, "");
	CHECK_STR(options.api_version, "");
	CHECK(!options.token_v1);
}

static void numbers_are_set(void)
{
	begin();
	CHECK_OK(set("ttl", "0"));
	CHECK_EQ(options.ttl_s, 0);
	CHECK_OK(set("ttl", "90"));
	CHECK_EQ(options.ttl_s, 90);
	CHECK_OK(set("negative_ttl", "7s"));
	CHECK_EQ(options.negative_ttl_s, 7);
	CHECK_OK(set("stale", "2h"));
	CHECK_EQ(options.stale_s, 7200);
	CHECK_OK(set("stale", "30d"));
	CHECK_EQ(options.stale_s, OPTION_TTL_MAX_S);
	CHECK_OK(set("timeout", "10m"));
	CHECK_EQ(options.timeout_s, OPTION_TIMEOUT_MAX_S);
	CHECK_OK(set("transfers", "1"));
	CHECK_EQ(options.transfers, 1);
	CHECK_OK(set("transfers", "64"));
	CHECK_EQ(options.transfers, OPTION_TRANSFERS_MAX);
	CHECK_OK(set("uid", "0"));
	CHECK(options.has_uid && options.uid == 0);
	CHECK_OK(set("gid", "4294967294"));
	CHECK(options.has_gid && options.gid == 4294967294);
	CHECK_OK(set("file_mode", "0440"));
	CHECK_EQ(options.file_mode, 0440);
	CHECK_OK(set("dir_mode", "555"));
	CHECK_EQ(options.dir_mode, 0555);
}

static void words_and_switches_are_set(void)
{
	begin();
	CHECK_OK(set("quiet", NULL));
	CHECK_EQ(options_log_level(&options), LOG_LEVEL_WARNING);
	CHECK_OK(set("debug", NULL));
	CHECK_EQ(options_log_level(&options), LOG_LEVEL_DEBUG);
	CHECK_OK(set("syslog", NULL));
	CHECK_OK(set("allow_other", NULL));
	CHECK(options.debug && options.syslog && options.allow_other);
	CHECK_OK(set("page_cache", "off"));
	CHECK(!options.page_cache);
	CHECK_OK(set("page_cache", "on"));
	CHECK(options.page_cache);
	CHECK_OK(set("token_v1", "on"));
	CHECK(options.token_v1);
	/* The later one wins. */
	CHECK_OK(set("rw", NULL));
	CHECK(options.read_write);
	CHECK_OK(set("ro", NULL));
	CHECK(!options.read_write);
}

static void texts_are_set(void)
{
	static const struct {
		const char *key;
		size_t offset, size;
	} rows[] = {
		{"source", offsetof(Options, source), OPTION_TEXT_MAX},
		{"auth", offsetof(Options, auth), 16},
		{"client_id", offsetof(Options, client_id), 64},
		{"tenant_id", offsetof(Options, tenant_id), 72},
		{"cloud", offsetof(Options, cloud), 16},
		{"authority", offsetof(Options, authority), OPTION_TEXT_MAX},
		{"resource", offsetof(Options, resource), OPTION_TEXT_MAX},
		{"cafile", offsetof(Options, cafile), PATH_MAX},
		{"connect_to", offsetof(Options, connect_to), OPTION_TEXT_MAX},
		{"api_version", offsetof(Options, api_version), 32},
		{"proxy", offsetof(Options, proxy), OPTION_TEXT_MAX},
		{"no_proxy", offsetof(Options, no_proxy), OPTION_TEXT_MAX},
		{"config", offsetof(Options, config), PATH_MAX},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		char longest[PATH_MAX + 1];
		const char *field = (const char *)&options + rows[i].offset;

		begin();
		CHECK_OK(set(rows[i].key, "a, b=\xc3\xa9"));
		CHECK_STR(field, "a, b=\xc3\xa9");
		CHECK_OK(set(rows[i].key, "  c d "));
		CHECK_STR(field, "c d");
		CHECK_OK(set(rows[i].key, " "));
		CHECK_STR(field, "");
		memset(longest, 'x', sizeof(longest));
		longest[rows[i].size - 1] = '\0';
		CHECK_OK(set(rows[i].key, longest));
		CHECK_STR(field, longest);
		CHECK_OK(set(rows[i].key, "short"));
		longest[rows[i].size - 1] = 'x';
		longest[rows[i].size] = '\0';
		CHECK_EQ(set(rows[i].key, longest), OPTIONS_E_INVALID);
		CHECK(strstr(why, rows[i].key));
		CHECK_STR(field, "short");
	}
}

/* What is wrong is named, and what would be right; nothing is set. */
static void bad_values_are_refused_in_a_sentence(void)
{
	static const struct {
		const char *key, *value, *says;
	} rows[] = {
		{"ttl", NULL, "option ttl: expected KEY=VALUE"},
		{"ttl", "", "duration"},
		{"ttl", "-1", "duration"},
		{"ttl", "5x", "duration"},
		{"ttl", "1.5h", "duration"},
		{"ttl", " 5", "duration"},
		{"ttl", "31d", "30 days"},
		{"ttl", "99999999999999999999d", "30 days"},
		{"negative_ttl", "never", "duration"},
		{"stale", "31d", "30 days"},
		{"timeout", "601", "10 minutes"},
		{"timeout", "11m", "10 minutes"},
		{"transfers", "65", "whole number"},
		{"transfers", "-1", "whole number"},
		{"transfers", "0x10", "whole number"},
		{"uid", "root", "whole number"},
		{"uid", "4294967295", "whole number"},
		{"gid", "-1", "whole number"},
		{"file_mode", "0800", "octal"},
		{"file_mode", "rw", "octal"},
		{"dir_mode", "010000", "octal"},
		{"page_cache", NULL, "KEY=VALUE"},
		{"page_cache", "yes", "on or off"},
		{"token_v1", "1", "on or off"},
		{"debug", "on", "no value"},
		{"allow_other", "", "no value"},
		{"ro", "1", "no value"},
		{"rw", "1", "no value"},
		{"tenant_id", NULL, "KEY=VALUE"},
		{"tenant_id", "a\nsource=b", "no control characters"},
		{"tenant_id", "a\tb", "no control characters"},
		{"cafile", "a\x7f", "no control characters"},
		{"", NULL, "is not known"},
		{"TTL", "5", "option TTL is not known"},
		{" ttl", "5", "is not known"},
		{"client_secret", "x", "client_secret is not known"},
		{"x", NULL, "option x is not known"},
		{"an-option-that-is-longer-than-any-of-ours", "x",
		 "option an-option-that-is-longer-than-an is not known"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Options before;

		begin();
		before = options;
		CHECK_EQ(set(rows[i].key, rows[i].value), OPTIONS_E_INVALID);
		if (!strstr(why, rows[i].says))
			CHECK_STR(why, rows[i].says);
		if (rows[i].value && strlen(rows[i].value) > 3)
			CHECK(!strstr(why, rows[i].value));
		CHECK(memcmp(&options, &before, sizeof(before)) == 0);
	}
}

static void at_least_one_transfer_and_one_second(void)
{
	begin();
	CHECK_EQ(set("transfers", "0"), OPTIONS_E_INVALID);
	CHECK_STR(why, "option transfers: expected at least 1");
	begin();
	CHECK_EQ(set("timeout", "0"), OPTIONS_E_INVALID);
	CHECK_STR(why, "option timeout: expected at least 1s");
}

static void what_mount_passes_on_has_no_effect(void)
{
	Options before;

	begin();
	before = options;
	CHECK_OK(set_list("_netdev,auto,noauto,nofail,user,nouser,users,"
			  "defaults,exec,noexec,suid,nosuid,dev,nodev,async,"
			  "sync,atime,noatime,relatime,x-systemd.automount,"
			  "x-gvfs-name=Key Vault,nofail=1"));
	CHECK(memcmp(&options, &before, sizeof(before)) == 0);
}

/* --- lists -------------------------------------------------------------- */

static void a_list_sets_many(void)
{
	begin();
	CHECK_OK(set_list("ttl=5m,allow_other,,tenant_id=a=b,ttl=1h,"));
	CHECK_EQ(options.ttl_s, 3600);
	CHECK(options.allow_other);
	CHECK_STR(options.tenant_id, "a=b");
	CHECK_OK(set_list(""));
	CHECK_OK(set_list(",,,"));
}

static void a_backslash_escapes_a_comma(void)
{
	begin();
	CHECK_OK(set_list("no_proxy=a\\,b,cafile=c\\\\d,proxy=e\\f,debug"));
	CHECK_STR(options.no_proxy, "a,b");
	CHECK_STR(options.cafile, "c\\d");
	CHECK_STR(options.proxy, "e\\f");
	CHECK(options.debug);
	CHECK_OK(set_list("cafile=x\\"));
	CHECK_STR(options.cafile, "x\\");
	CHECK_OK(set_list("cafile=x\\\\,no_proxy=\\,"));
	CHECK_STR(options.cafile, "x\\");
	CHECK_STR(options.no_proxy, ",");
}

static void a_list_ends_at_what_is_wrong(void)
{
	char *list;

	begin();
	CHECK_EQ(set_list("ttl=7,bogus=1,stale=7"), OPTIONS_E_INVALID);
	CHECK(strstr(why, "bogus"));
	CHECK_EQ(options.ttl_s, 7);
	CHECK_EQ(options.stale_s, 86400);
	CHECK_EQ(set_list("ttl=5, stale=7"), OPTIONS_E_INVALID);
	CHECK(strstr(why, "no blanks after commas"));
	CHECK_EQ(set_list("=5"), OPTIONS_E_INVALID);
	/* Longer than any option may be. */
	list = malloc(BUF_MAX_URL + 2);
	CHECK(list);
	memset(list, 'x', BUF_MAX_URL + 1);
	list[BUF_MAX_URL + 1] = '\0';
	CHECK_EQ(set_list(list), -EMSGSIZE);
	free(list);
}

/* --- files -------------------------------------------------------------- */

static void a_file_has_lines(void)
{
	begin();
	CHECK_OK(set_text("# a comment\n"
			  "\n"
			  "  ttl = 5m  \r\n"
			  "\tallow_other\t\n"
			  "   # another, = with\n"
			  "tenant_id=72f988bf-86f1-41af-91ab-2d7cd011db47\n"
			  "no_proxy = a, b = c\n"
			  "cafile=#x"));
	CHECK_EQ(options.ttl_s, 300);
	CHECK(options.allow_other);
	CHECK_STR(options.tenant_id, "72f988bf-86f1-41af-91ab-2d7cd011db47");
	CHECK_STR(options.no_proxy, "a, b = c");
	CHECK_STR(options.cafile, "#x");
	CHECK_OK(set_text(""));
	CHECK_OK(set_text("\n\n"));
}

static void a_bad_line_is_named(void)
{
	begin();
	CHECK_EQ(set_text("ttl = 5\n\nbogus = 1\nstale = 5\n"),
		 OPTIONS_E_INVALID);
	CHECK(strncmp(why, "akvfs.conf, line 3: option bogus", 32) == 0);
	CHECK_EQ(options.ttl_s, 5);
	CHECK_EQ(options.stale_s, 86400);
	CHECK_EQ(set_text("= 5"), OPTIONS_E_INVALID);
	CHECK(strncmp(why, "akvfs.conf, line 1: ", 20) == 0);
	CHECK_EQ(set_text("ttl"), OPTIONS_E_INVALID);
	CHECK_STR(why, "akvfs.conf, line 1: option ttl: expected KEY=VALUE");
}

static void what_is_no_text_is_refused(void)
{
	static char large[BUF_MAX_FILE + 1];

	begin();
	CHECK_EQ(set_file("ttl=5\0ttl=6\n", 12), OPTIONS_E_INVALID);
	CHECK_STR(why, "akvfs.conf: it is not text");
	CHECK_EQ(options.ttl_s, 300);
	memset(large, '\n', sizeof(large));
	CHECK_EQ(set_file(large, sizeof(large)), -EMSGSIZE);
	CHECK_OK(set_file(large, sizeof(large) - 1));
	CHECK_EQ(options_set_file(&options, -1, "x", why, sizeof(why)), -EBADF);
}

/* --- the environment ---------------------------------------------------- */

static void clear_environment(void)
{
	static const char *const names[] = {
		"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_AUTHORITY_HOST",
		"SSL_CERT_FILE",   "ALL_PROXY",       "all_proxy",
		"HTTPS_PROXY",     "https_proxy",     "NO_PROXY",
		"no_proxy",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++)
		(void)unsetenv(names[i]);
}

static int set_environment(void)
{
	return options_set_environment(&options, why, sizeof(why));
}

static void the_environment_sets_what_azure_s_does(void)
{
	Options before;

	begin();
	clear_environment();
	before = options;
	(void)setenv("AZURE_CLIENT_SECRET", "UNMISTAKABLE", 1);
	(void)setenv("AZURE_TENANT_ID", "", 1);
	CHECK_OK(set_environment());
	CHECK(memcmp(&options, &before, sizeof(before)) == 0);
	(void)setenv("AZURE_TENANT_ID", "tenant", 1);
	(void)setenv("AZURE_CLIENT_ID", "client", 1);
	(void)setenv("AZURE_AUTHORITY_HOST", "https://login", 1);
	(void)setenv("SSL_CERT_FILE", "/ca.pem", 1);
	(void)setenv("ALL_PROXY", "http://all", 1);
	(void)setenv("NO_PROXY", "localhost,.local", 1);
	CHECK_OK(set_environment());
	CHECK_STR(options.tenant_id, "tenant");
	CHECK_STR(options.client_id, "client");
	CHECK_STR(options.authority, "https://login");
	CHECK_STR(options.cafile, "/ca.pem");
	CHECK_STR(options.proxy, "http://all");
	CHECK_STR(options.no_proxy, "localhost,.local");
	(void)setenv("HTTPS_PROXY", "http://upper", 1);
	CHECK_OK(set_environment());
	CHECK_STR(options.proxy, "http://upper");
	(void)setenv("https_proxy", "http://lower", 1);
	CHECK_OK(set_environment());
	CHECK_STR(options.proxy, "http://lower");
	clear_environment();
}

static void a_bad_variable_is_named(void)
{
	begin();
	clear_environment();
	(void)setenv("AZURE_CLIENT_ID", "a\nb", 1);
	CHECK_EQ(set_environment(), OPTIONS_E_INVALID);
	CHECK_STR(why, "AZURE_CLIENT_ID: option client_id: expected no "
		       "control characters");
	clear_environment();
}

/* --- handing on --------------------------------------------------------- */

static void what_is_written_reads_the_same(void)
{
	AKV_BUF Buf buf = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf again = BUF_INIT(BUF_MAX_FILE);
	Options before;

	begin();
	CHECK_OK(set_list("source=myvault,ttl=1,negative_ttl=2,stale=3,"
			  "timeout=4,transfers=5,page_cache=off,debug,quiet,"
			  "syslog,"
			  "uid=1000,gid=1001,file_mode=0440,dir_mode=0,"
			  "allow_other,rw,auth=secret,client_id=c,tenant_id=t,"
			  "cloud=china,authority=https://a,resource=https://r,"
			  "cafile=/a b\\,c=#d,connect_to=127.0.0.1:8443,"
			  "api_version=7.4,token_v1=on,proxy=http://p,"
			  "no_proxy=a\\,b,config=/etc/x"));
	before = options;
	CHECK_OK(options_write(&options, &buf));
	begin();
	CHECK_OK(set_file(buf.p, buf.n));
	CHECK(memcmp(&options, &before, sizeof(before)) == 0);
	CHECK_OK(options_write(&options, &again));
	CHECK_STR(again.p, buf.p);
}

static void the_defaults_can_be_handed_on_too(void)
{
	AKV_BUF Buf buf = BUF_INIT(BUF_MAX_FILE);
	AKV_BUF Buf small = BUF_INIT(100);

	begin();
	CHECK_OK(options_write(&options, &buf));
	CHECK(!strstr(buf.p, "debug"));
	CHECK_OK(set_file(buf.p, buf.n));
	CHECK_EQ(options.ttl_s, 300);
	CHECK_STR(options.auth, "auto");
	/* What was emptied is empty there, and not its default. */
	CHECK_OK(set("auth", ""));
	buf_reset(&buf);
	CHECK_OK(options_write(&options, &buf));
	begin();
	CHECK_OK(set_file(buf.p, buf.n));
	CHECK_STR(options.auth, "");
	CHECK_EQ(options_write(&options, &small), -EMSGSIZE);
}

int main(void)
{
	RUN(defaults_are_those_of_the_manual);
	RUN(numbers_are_set);
	RUN(words_and_switches_are_set);
	RUN(texts_are_set);
	RUN(bad_values_are_refused_in_a_sentence);
	RUN(at_least_one_transfer_and_one_second);
	RUN(what_mount_passes_on_has_no_effect);
	RUN(a_list_sets_many);
	RUN(a_backslash_escapes_a_comma);
	RUN(a_list_ends_at_what_is_wrong);
	RUN(a_file_has_lines);
	RUN(a_bad_line_is_named);
	RUN(what_is_no_text_is_refused);
	RUN(the_environment_sets_what_azure_s_does);
	RUN(a_bad_variable_is_named);
	RUN(what_is_written_reads_the_same);
	RUN(the_defaults_can_be_handed_on_too);
	return check_report();
}
