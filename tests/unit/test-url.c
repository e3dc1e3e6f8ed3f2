/* SPDX-License-Identifier: MIT */

/* Where a URL leads, and what is refused because libcurl would forgive it. */

#include "base/buf.h"
#include "base/url.h"
#include "tests/unit/check.h"

static void check_url(const char *text, const Origin *base, const char *origin,
		      const char *path, const char *query)
{
	char written[ORIGIN_TEXT_SIZE];
	AKV_CLEANUP(url_done) Url url = {0};

	if (url_parse(&url, text, base) != 0)
		CHECK_FAIL("%s is refused", text);
	origin_format(written, &url.origin);
	CHECK_STR(written, origin);
	CHECK_STR(url.path, path);
	CHECK_STR(url.query, query);
}

static void takes_urls_apart(void)
{
	check_url("https://host", NULL, "https://host", "/", "");
	check_url("https://host/", NULL, "https://host", "/", "");
	check_url("https://host/a/b", NULL, "https://host", "/a/b", "");
	check_url("https://host/a?b=c&d", NULL, "https://host", "/a", "b=c&d");
	check_url("https://host?q", NULL, "https://host", "/", "q");
	check_url("https://host/?", NULL, "https://host", "/", "");
	check_url("https://host/a?b?c/d", NULL, "https://host", "/a", "b?c/d");
	check_url("https://host?a://b/c", NULL, "https://host", "/", "a://b/c");
	check_url("http://169.254.169.254/metadata", NULL,
		  "http://169.254.169.254", "/metadata", "");
	check_url("https://127.0.0.1./", NULL, "https://127.0.0.1", "/", "");
	check_url("https://0x7f.1/", NULL, "https://127.0.0.1", "/", "");
	check_url("https://1host/", NULL, "https://1host", "/", "");
	check_url("https://[::1]:8443/x", NULL, "https://[::1]:8443", "/x", "");
	check_url("ftp://host/x", NULL, "ftp://host:21", "/x", "");
}

static void path_and_query_stay_as_written(void)
{
	check_url("https://h/a%2Fb/../c/./%2e%2e?x=%20&y=a+b", NULL,
		  "https://h", "/a%2Fb/../c/./%2e%2e", "x=%20&y=a+b");
	check_url("https://h//a//b", NULL, "https://h", "//a//b", "");
	check_url("https://h/a@b:c;d,e?f@g", NULL, "https://h", "/a@b:c;d,e",
		  "f@g");
	check_url("https://h/SECRETS/A?API-Version=7.4", NULL, "https://h",
		  "/SECRETS/A", "API-Version=7.4");
}

static void hosts_and_schemes_fold(void)
{
	check_url("HTTPS://MyVault.Vault.Azure.NET/x", NULL,
		  "https://myvault.vault.azure.net", "/x", "");
	check_url("https://host./x", NULL, "https://host", "/x", "");
	check_url("https://host.:443/x", NULL, "https://host", "/x", "");
}

static void ports_are_numbers(void)
{
	check_url("https://host:443/", NULL, "https://host", "/", "");
	check_url("https://host:0443/", NULL, "https://host", "/", "");
	check_url("https://host:8443/", NULL, "https://host:8443", "/", "");
	check_url("https://host:65535/", NULL, "https://host:65535", "/", "");
	check_url("https://host:80/", NULL, "https://host:80", "/", "");
	check_url("http://host:80/", NULL, "http://host", "/", "");
	check_url("http://host:443/", NULL, "http://host:443", "/", "");
	check_url("ftp://host:443/", NULL, "ftp://host:443", "/", "");
}

static void check_refused(const char *text, const Origin *base)
{
	Url url = {.path = NULL, .query = NULL};

	if (url_parse(&url, text, base) != URL_E_INVALID) {
		url_done(&url);
		CHECK_FAIL("%s is taken", text);
	}
	CHECK(!url.path && !url.query && !url.origin.host[0]);
}

static const Origin vault = {
	.scheme = "https", .host = "v.vault.azure.net", .port = 443};

/* These are refused with and without a base to be relative to. */
static void refuses_what_leads_elsewhere(void)
{
	static const char *const bad[] = {
		"",
		"host",
		"host/path",
		"host:443/path",
		"//host/path",
		"//",
		"///host/path",
		"https:",
		"https:/",
		"https://",
		"https:///",
		"https://?",
		"https:host",
		"https:/host/path",
		"https:///host/path",
		"https:////host/path",
		"https:/evil/?://host",
		"https://:443/",
		"https://./",
		"https://../",
		"https://host../",
		"https://.host/",
		"https://a..b/",
		"https://0177./",
		"https://0x7f000001./",
		"https://0X7F.0.0.1./",
		"https://1.2.3./",
		"https://1.2.3.4.5/",
		"https://host.256/",
		"https://user@host/",
		"https://user:word@host/",
		"https://@host/",
		"https://:@host/",
		"https://host@evil/",
		"https://host:443@evil/",
		"https://host/#fragment",
		"https://host#",
		"https://host/#@evil/",
		"https://host\\@evil/",
		"https:\\\\host\\",
		"https://host/a\\b",
		"https://host:0/",
		"https://host:65536/",
		"https://host:99999999999/",
		"https://host:-1/",
		"https://host:+443/",
		"https://host:4a3/",
		"https://host:443:443/",
		"https://ho%73t/",
		"https://host%2eevil/",
		"https://host%00evil/",
		"https://%ff/",
		"https://ho st/",
		"https://[::1/",
		"https://[::1]evil/",
		"https://[fe80::1%25lo]/",
		"https://[zz]/",
		"file:///etc/passwd",
		"file://host/etc/passwd",
		"javascript:alert(1)",
		"javascript://host/",
		"data:text/plain,x",
		"://host/",
		"1https://host/",
		"x-y://host/",
		"?query",
		"#",
		"path",
		"./path",
		"../path",
		"secrets?x=https://host/",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++) {
		check_refused(bad[i], NULL);
		check_refused(bad[i], &vault);
	}
}

/* Every byte that is not visible ASCII, wherever it stands. */
static void refuses_bytes_that_are_not_visible(void)
{
	char host[] = "https://ho?st/", path[] = "https://host/a?b";
	char query[] = "https://host/?a=?", relative[] = "/a?";

	for (unsigned c = 1; c < 256; c++) {
		if (c > 0x20 && c < 0x7f)
			continue;
		host[10] = path[14] = query[16] = relative[2] = (char)c;
		check_refused(host, NULL);
		check_refused(path, NULL);
		check_refused(query, NULL);
		check_refused(relative, &vault);
	}
}

static void relative_needs_a_base(void)
{
	const Origin odd = {.scheme = "https", .host = "h", .port = 8443};

	check_url("/secrets?x=1", &vault, "https://v.vault.azure.net",
		  "/secrets", "x=1");
	check_url("/", &vault, "https://v.vault.azure.net", "/", "");
	check_url("/a://b", &vault, "https://v.vault.azure.net", "/a://b", "");
	check_url("/a//b", &odd, "https://h:8443", "/a//b", "");
	check_url("/?u=https://evil/", &vault, "https://v.vault.azure.net", "/",
		  "u=https://evil/");
	check_url("https://other/x", &vault, "https://other", "/x", "");
	check_refused("/secrets?x=1", NULL);
	check_refused("/", NULL);
	check_refused("/?u=https://evil/", NULL);
	check_refused("/\\evil/", &vault);
	check_refused("/a#b", &vault);
}

static void lengths_are_limited(void)
{
	AKV_BUF Buf text = BUF_INIT((size_t)2 * URL_LENGTH_MAX);
	AKV_BUF Buf host = BUF_INIT(1024);
	Url url;

	CHECK_OK(buf_append_string(&text, "https://host/"));
	while (text.n < URL_LENGTH_MAX)
		CHECK_OK(buf_append_char(&text, 'a'));
	CHECK_OK(url_parse(&url, text.p, NULL));
	CHECK_EQ(strlen(url.path), URL_LENGTH_MAX - strlen("https://host"));
	url_done(&url);
	CHECK_OK(buf_append_char(&text, 'a'));
	check_refused(text.p, NULL);

	CHECK_OK(buf_append_string(&host, "https://"));
	for (size_t i = 0; i < URL_HOST_MAX; i++)
		CHECK_OK(buf_append_char(&host, i % 50 == 49 ? '.' : 'a'));
	CHECK_OK(url_parse(&url, host.p, NULL));
	CHECK_EQ(strlen(url.origin.host), URL_HOST_MAX);
	url_done(&url);
	CHECK_OK(buf_append_char(&host, 'a'));
	check_refused(host.p, NULL);
}

static void origins_are_compared_as_parts(void)
{
	Origin a = {.scheme = "https", .host = "h.example", .port = 443};
	Origin b = a;

	CHECK(origin_equal(&a, &b));
	b.port = 8443;
	CHECK(!origin_equal(&a, &b));
	b = (Origin){.scheme = "http", .host = "h.example", .port = 443};
	CHECK(!origin_equal(&a, &b));
	b = (Origin){.scheme = "https", .host = "h.example.evil", .port = 443};
	CHECK(!origin_equal(&a, &b));
	b = (Origin){.scheme = "HTTPS", .host = "H.Example", .port = 443};
	CHECK(origin_equal(&a, &b));
}

static void below_means_a_whole_label(void)
{
	CHECK(host_is_below("a.vault.azure.net", "vault.azure.net"));
	CHECK(host_is_below("a.b.vault.azure.net", "vault.azure.net"));
	CHECK(host_is_below("A.VAULT.Azure.net", "vault.azure.NET"));
	CHECK(!host_is_below("vault.azure.net", "vault.azure.net"));
	CHECK(!host_is_below(".vault.azure.net", "vault.azure.net"));
	CHECK(!host_is_below("evilvault.azure.net", "vault.azure.net"));
	CHECK(!host_is_below("a.vault.azure.net.evil", "vault.azure.net"));
	CHECK(!host_is_below("net", "vault.azure.net"));
	CHECK(!host_is_below("", "vault.azure.net"));
}

int main(void)
{
	RUN(takes_urls_apart);
	RUN(path_and_query_stay_as_written);
	RUN(hosts_and_schemes_fold);
	RUN(ports_are_numbers);
	RUN(refuses_what_leads_elsewhere);
	RUN(refuses_bytes_that_are_not_visible);
	RUN(relative_needs_a_base);
	RUN(lengths_are_limited);
	RUN(origins_are_compared_as_parts);
	RUN(below_means_a_whole_label);
	return check_report();
}
