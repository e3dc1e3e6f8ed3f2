/* SPDX-License-Identifier: MIT */

/* Where a nextLink may lead: to the same list of the same vault. */

#include "check.h"
#include "vault/link.h"

static const Origin vault = {
	.scheme = "https",
	.host = "demo.vault.azure.net",
	.port = 443,
};

static char target[LINK_LENGTH_MAX + 64];
static const char *why;

static int follow_from(const char *link, const char *path, const char *previous)
{
	char *ret = NULL;
	int r;

	why = "";
	target[0] = '\0';
	r = link_target(&ret, &why, link, &vault, path, previous);
	if (ret)
		(void)snprintf(target, sizeof(target), "%s", ret);
	free(ret);
	return r;
}

static int follow(const char *link)
{
	return follow_from(link, "/secrets", "/secrets?api-version=7.4");
}

/* The forms that the service has been seen to send. */
static void test_good_links(void)
{
	CHECK_OK(follow("https://demo.vault.azure.net:443/secrets"
			"?api-version=7.0&$skiptoken=eyJO_-&maxresults=2"));
	CHECK_STR(target,
		  "/secrets?api-version=7.0&$skiptoken=eyJO_-&maxresults=2");
	CHECK_OK(follow("https://demo.vault.azure.net/secrets"
			"?$skiptoken=a%2Bb==&api-version=7.4"));
	CHECK_STR(target, "/secrets?$skiptoken=a%2Bb==&api-version=7.4");
	CHECK_OK(follow("https://DEMO.VAULT.AZURE.NET/secrets?a=b"));
	CHECK_OK(follow("/secrets?api-version=7.4&skiptoken=a"));
	CHECK_STR(target, "/secrets?api-version=7.4&skiptoken=a");
	CHECK_OK(follow_from("https://demo.vault.azure.net:443/secrets/a/"
			     "versions?x=y",
			     "/secrets/a/versions", NULL));
	CHECK_STR(target, "/secrets/a/versions?x=y");
}

static void test_other_places(void)
{
	static const char *const links[] = {
		"https://evil.example/secrets?a=b",
		"https://demo.vault.azure.net.evil.example/secrets?a=b",
		"https://evil.example/demo.vault.azure.net/secrets?a=b",
		"https://other.vault.azure.net/secrets?a=b",
		"https://demo.vault.azure.net:8443/secrets?a=b",
		"http://demo.vault.azure.net/secrets?a=b",
		"http://demo.vault.azure.net:443/secrets?a=b",
		"https://demo.vault.azure.net@evil.example/secrets?a=b",
		"https://user@demo.vault.azure.net/secrets?a=b",
		"https://evil.example\\@demo.vault.azure.net/secrets?a=b",
		"//evil.example/secrets?a=b",
		"\\\\evil.example/secrets?a=b",
		"ftp://demo.vault.azure.net/secrets?a=b",
		"file:///secrets?a=b",
		"javascript:alert(1)",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++) {
		if (follow(links[i]) != LINK_E_UNTRUSTED)
			CHECK_FAIL("was followed: %s", links[i]);
		CHECK(why[0] != '\0');
	}
}

static void test_other_paths(void)
{
	static const char *const links[] = {
		"https://demo.vault.azure.net/keys?a=b",
		"https://demo.vault.azure.net/secrets/?a=b",
		"https://demo.vault.azure.net/secrets/a?a=b",
		"https://demo.vault.azure.net/secrets/../secrets?a=b",
		"https://demo.vault.azure.net/x/../secrets?a=b",
		"https://demo.vault.azure.net/%73ecrets?a=b",
		"https://demo.vault.azure.net//secrets?a=b",
		"https://demo.vault.azure.net?a=b",
		"/keys?a=b",
		"secrets?a=b",
		"?a=b",
		"/",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++)
		if (follow(links[i]) != LINK_E_UNTRUSTED)
			CHECK_FAIL("was followed: %s", links[i]);
}

static void test_malformed(void)
{
	static const char *const links[] = {
		"",
		" ",
		"x",
		"https://demo.vault.azure.net/secrets",
		"https://demo.vault.azure.net/secrets?",
		"https://demo.vault.azure.net/secrets?a=b#c",
		"https://demo.vault.azure.net/secrets?a=b c",
		"https://demo.vault.azure.net/secrets?a=b\r\nX: y",
		"https://demo.vault.azure.net/secrets?a=b\x01",
		"https://demo.vault.azure.net/secrets?a=\"b\"",
		"https://demo.vault.azure.net/secrets?a=<b>",
		"https://demo.vault.azure.net/secrets?a=b\x7f",
		"https://demo.vault.azure.net/secrets?a=\xc3\xb6",
		" https://demo.vault.azure.net/secrets?a=b",
		"https:/demo.vault.azure.net/secrets?a=b",
		"https:///secrets?a=b",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(links); i++)
		if (follow(links[i]) != LINK_E_UNTRUSTED)
			CHECK_FAIL("was followed: %s", links[i]);
}

/* It would be asked for again and again. */
static void test_a_link_to_the_same_page(void)
{
	CHECK_EQ(follow("https://demo.vault.azure.net/secrets?api-version=7.4"),
		 LINK_E_UNTRUSTED);
	CHECK_STR(why, "it leads to the same page again");
	CHECK_EQ(follow_from("/secrets?a=b", "/secrets", "/secrets?a=b"),
		 LINK_E_UNTRUSTED);
	CHECK_OK(follow_from("/secrets?a=b", "/secrets", "/secrets?a=c"));
}

static void test_length(void)
{
	char link[LINK_LENGTH_MAX + 2];
	size_t n = (size_t)snprintf(link, sizeof(link), "/secrets?a=");

	memset(link + n, 'x', sizeof(link) - n);
	link[LINK_LENGTH_MAX + 1] = '\0';
	CHECK_EQ(follow(link), LINK_E_UNTRUSTED);
	link[LINK_LENGTH_MAX] = '\0';
	CHECK_OK(follow(link));
	CHECK_EQ(strlen(target), LINK_LENGTH_MAX);
}

int main(void)
{
	RUN(test_good_links);
	RUN(test_other_places);
	RUN(test_other_paths);
	RUN(test_malformed);
	RUN(test_a_link_to_the_same_page);
	RUN(test_length);
	return check_report();
}
