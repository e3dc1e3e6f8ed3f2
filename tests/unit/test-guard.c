/* SPDX-License-Identifier: MIT */

/* A token goes to the origin that it is for, and nowhere else. */

#include "auth/guard.h"
#include "check.h"

static const Origin vault = {
	.scheme = "https",
	.host = "demo.vault.azure.net",
	.port = 443,
};

static int authorize(const char *url, const Origin *origin, char *ret,
		     size_t size)
{
	AKV_CLEANUP(secret_unrefp) Secret *bytes = NULL;
	HttpRequest request = {.method = "GET", .url = url};
	Token token = {0};
	int r = secret_new(&bytes, "eyJ.a.b", 7);

	if (r < 0)
		return r;
	token.bytes = bytes;
	r = guard_authorize(&request, &token, origin);
	ret[0] = '\0';
	if (request.authorization)
		(void)snprintf(
			ret, size, "%s",
			(const char *)secret_bytes(request.authorization));
	request.authorization = secret_unref(request.authorization);
	return r;
}

static void test_the_vault_itself(void)
{
	static const char *const urls[] = {
		"https://demo.vault.azure.net/secrets/a?api-version=7.4",
		"https://demo.vault.azure.net:443/secrets",
		"https://DEMO.vault.azure.net",
	};
	char header[64];

	for (size_t i = 0; i < AKV_ARRAY_LEN(urls); i++) {
		CHECK_OK(authorize(urls[i], &vault, header, sizeof(header)));
		CHECK_STR(header, "Bearer eyJ.a.b");
	}
}

static void test_anything_else(void)
{
	static const char *const urls[] = {
		"http://demo.vault.azure.net/secrets",
		"https://demo.vault.azure.net:8443/secrets",
		"https://demo2.vault.azure.net/secrets",
		"https://vault.azure.net/secrets",
		"https://demo.vault.azure.net.evil.example/secrets",
		"https://demo.vault.azure.net@evil.example/secrets",
		"https://evil.example/demo.vault.azure.net",
		"https://evil.example\\@demo.vault.azure.net/",
		"//demo.vault.azure.net/secrets",
		"/secrets",
		"",
	};
	char header[64];

	for (size_t i = 0; i < AKV_ARRAY_LEN(urls); i++) {
		CHECK_EQ(authorize(urls[i], &vault, header, sizeof(header)),
			 GUARD_E_FOREIGN);
		CHECK_STR(header, "");
	}
}

static void test_an_origin_in_clear(void)
{
	Origin clear = {.scheme = "http", .host = "a.example", .port = 80};
	HttpRequest request = {
		.url = "https://demo.vault.azure.net/",
		.allow_clear = true,
	};
	Token token = {0};
	char header[64];

	CHECK_EQ(authorize("http://a.example/", &clear, header, sizeof(header)),
		 GUARD_E_FOREIGN);
	CHECK_STR(header, "");
	CHECK_EQ(guard_authorize(&request, &token, &vault), GUARD_E_FOREIGN);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_the_vault_itself);
	RUN(test_anything_else);
	RUN(test_an_origin_in_clear);
	return check_report();
}
