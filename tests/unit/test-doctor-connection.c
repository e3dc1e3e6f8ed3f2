/* SPDX-License-Identifier: MIT */

#include "auth/doctor-connection.h"
#include "check.h"

#define NOW_S INT64_C(1764064800) /* 2025-11-25T10:00:00Z */

static Finding finding;
static HttpPeer peer;
static ConnectionFacts facts;

static void begin(int result)
{
	peer = (HttpPeer){
		.version = "TLSv1.3",
		.subject = "*.vault.azure.net",
		.issuer = "Microsoft Azure RSA TLS Issuing CA 03",
		.organization = "Microsoft Corporation",
		.expires_s = NOW_S + 86400,
		.fault = "",
		.address = "20.50.1.2",
	};
	facts = (ConnectionFacts){
		.host = "demo.vault.azure.net",
		.cloud = cloud_by_name("public"),
		.connect_to = "",
		.cafile = "",
		.proxy = "",
		.result = result,
		.reason = "words of libcurl",
		.peer = &peer,
		.wall_s = NOW_S,
	};
}

static const char *code(void)
{
	doctor_tls(&finding, &facts);
	return finding.code;
}

static void set_issuer(const char *name, const char *organization)
{
	(void)snprintf(peer.issuer, sizeof(peer.issuer), "%s", name);
	(void)snprintf(peer.organization, sizeof(peer.organization), "%s",
		       organization);
}

static void test_a_good_one(void)
{
	begin(HTTP_OK);
	CHECK_STR(code(), "tls-ok");
	CHECK_STR(finding_fact_text(&finding, "version"), "TLSv1.3");
	CHECK_STR(finding_fact_text(&finding, "expires"),
		  "2025-11-26T10:00:00Z");
	CHECK_STR(finding_fact_text(&finding, "connected_to"), "20.50.1.2");
	set_issuer("GeoTrust", "DigiCert Inc");
	CHECK_STR(code(), "tls-ok");
	/* A body that cannot be believed is not TLS's fault. */
	begin(HTTP_E_TOO_LARGE);
	CHECK_STR(code(), "tls-ok");
}

static void test_who_inspects(void)
{
	begin(HTTP_OK);
	set_issuer("Corp Proxy CA", "Corp");
	CHECK_STR(code(), "tls-foreign");
	CHECK_EQ(finding.state, FINDING_WARNING);
	CHECK(strstr(finding.sentence, "Corp Proxy CA"));
	facts.connect_to = "127.0.0.1:8443";
	CHECK_STR(code(), "tls-ok");
	facts.connect_to = "";
	facts.cloud = cloud_by_name("delos");
	CHECK_STR(code(), "tls-ok");

	begin(HTTP_E_TLS);
	set_issuer("", "Corp");
	peer.fault = "unable to get local issuer certificate";
	CHECK_STR(code(), "tls-inspected");
	CHECK_EQ(finding.exit, FINDING_EXIT_NETWORK);
	CHECK(strstr(finding.sentence, "\"Corp\""));
	CHECK_STR(finding.command,
		  "akvfs doctor -o cafile=ROOT.pem demo.vault.azure.net");
}

static void test_tls_that_fails(void)
{
	begin(HTTP_E_TLS);
	peer.fault = "unable to get local issuer certificate";
	CHECK_STR(code(), "tls-untrusted");
	peer.expires_s = NOW_S - 1;
	CHECK_STR(code(), "tls-expired");
	begin(HTTP_E_TLS);
	(void)snprintf(peer.subject, sizeof(peer.subject), "other.example");
	CHECK_STR(code(), "tls-name");
	CHECK(strstr(finding.sentence, "\"other.example\""));
	peer = (HttpPeer){.expires_s = -1, .fault = ""};
	CHECK_STR(code(), "tls-failed");
	CHECK(strstr(finding.sentence, "words of libcurl"));
}

static void test_no_connection(void)
{
	begin(HTTP_E_CONNECT);
	CHECK_STR(code(), "connect-failed");
	CHECK_STR(finding.command, "curl -v https://demo.vault.azure.net/");
	facts.proxy = "http://proxy:8080";
	CHECK_STR(code(), "connect-proxy");
	CHECK(strstr(finding.sentence, "by the proxy http://proxy:8080"));
	begin(HTTP_E_TIMEOUT);
	CHECK_STR(code(), "connect-timeout");
	CHECK_EQ(finding.exit, FINDING_EXIT_NETWORK);
}

static void test_the_clock(void)
{
	static const struct {
		int64_t ahead_s;
		const char *code, *words;
	} cases[] = {
		{0, "clock-ok", ""},
		{60, "clock-ok", ""},
		{-60, "clock-ok", ""},
		{61, "clock-off", "Your clock is 61 s ahead"},
		{-300, "clock-off", "Your clock is 5 min behind"},
		{420, "clock-wrong", "Your clock is 7 min ahead"},
		{-301, "clock-wrong", "Your clock is 5 min behind"},
		{-86400, "clock-wrong", "Your clock is 24 h behind"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		doctor_clock(&finding, "Tue, 25 Nov 2025 10:00:00 GMT",
			     NOW_S + cases[i].ahead_s);
		CHECK_STR(finding.code, cases[i].code);
		CHECK(strstr(finding.sentence, cases[i].words));
	}
	CHECK_EQ(finding.exit, FINDING_EXIT_AUTHENTICATION);
	doctor_clock(&finding, "", NOW_S);
	CHECK_EQ(finding.state, FINDING_SKIPPED);
	doctor_clock(&finding, "yesterday", NOW_S);
	CHECK_STR(finding.code, "clock-unknown");
}

static void test_proxies(void)
{
	static const struct {
		const char *proxy, *text;
	} cases[] = {
		{"http://proxy:8080", "http://proxy:8080"},
		{"http://proxy:8080/", "http://proxy:8080"},
		{"proxy.example", "proxy.example"},
		{"http://user:word@proxy:8080", "http://proxy:8080"},
		{"http://user:w@rd@proxy", "http://proxy"},
		{"http://user:w/rd@proxy", "http://proxy"},
		{"http://[::1]:3128", "http://[::1]:3128"},
		{"http://proxy?word", "set"},
		{"", "set"},
	};
	char text[PROXY_TEXT_SIZE];

	for (size_t i = 0; i < AKV_ARRAY_LEN(cases); i++) {
		proxy_text(text, cases[i].proxy);
		CHECK_STR(text, cases[i].text);
	}
}

int main(void)
{
	RUN(test_a_good_one);
	RUN(test_who_inspects);
	RUN(test_tls_that_fails);
	RUN(test_no_connection);
	RUN(test_the_clock);
	RUN(test_proxies);
	return check_report();
}
