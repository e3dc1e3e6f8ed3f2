/* SPDX-License-Identifier: MIT */

/* The form that is posted, byte for byte, and when the secret is open. */

#include "auth/client-secret.h"
#include "check.h"

#define TENANT "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"

typedef struct Store {
	const char *secret; /* NULL: none is kept */
	int fault;
	unsigned opened;
} Store;

static int store_open(void *data, Secret **ret)
{
	Store *store = data;

	store->opened++;
	if (store->fault < 0)
		return store->fault;
	if (!store->secret)
		return -ENOENT;
	return secret_new(ret, store->secret, strlen(store->secret));
}

static CredentialConfig config_of(Store *store)
{
	return (CredentialConfig){
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open, .data = store},
	};
}

static const TokenAsk ask_vault = {
	.tenant = TENANT,
	.resource = "https://vault.azure.net",
	.deadline_us = 77,
};

static void test_v2(void)
{
	Store store = {.secret = "a~b.c+d&e%f=g"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *body = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	HttpRequest request;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(credential->ops->request(credential, &request, &url,
					  &ask_vault));
	body = request.body;
	CHECK_STR(request.method, "POST");
	CHECK_STR(request.url, "https://login.microsoftonline.com/" TENANT
			       "/oauth2/v2.0/token");
	CHECK_STR(request.content_type, "application/x-www-form-urlencoded");
	CHECK(request.authorization == NULL);
	CHECK(!request.allow_clear);
	CHECK_EQ(request.deadline_us, 77);
	CHECK_STR(secret_bytes(body),
		  "client_id=app-1&client_secret=a~b.c%2Bd%26e%25f%3Dg"
		  "&grant_type=client_credentials"
		  "&scope=https%3A%2F%2Fvault.azure.net%2F.default");
	CHECK_EQ(secret_size(body), strlen(secret_bytes(body)));
}

static void test_v1(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *body = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	HttpRequest request;

	config.v1 = true;
	config.authority = "https://login.chinacloudapi.cn/";
	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(credential->ops->request(credential, &request, &url,
					  &ask_vault));
	body = request.body;
	CHECK_STR(url.p,
		  "https://login.chinacloudapi.cn/" TENANT "/oauth2/token");
	CHECK_STR(secret_bytes(body),
		  "client_id=app-1&client_secret=s"
		  "&grant_type=client_credentials"
		  "&resource=https%3A%2F%2Fvault.azure.net");
}

static void test_claims(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *body = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	TokenAsk ask = ask_vault;
	HttpRequest request;

	ask.claims = "{\"a\":1}";
	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(credential->ops->request(credential, &request, &url, &ask));
	body = request.body;
	CHECK(strstr(secret_bytes(body), "&claims=%7B%22a%22%3A1%7D") != NULL);
}

/* "client-request-id: " and a version 4 UUID, another each time. */
static void test_headers(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	char first[80];
	HttpRequest request;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_OK(credential->ops->request(credential, &request, &url,
					  &ask_vault));
	request.body = secret_unref(request.body);
	CHECK_STR(request.headers[0], "Accept: application/json");
	CHECK(strncmp(request.headers[1], "client-request-id: ", 19) == 0);
	CHECK_EQ(strlen(request.headers[1]), 19 + 36);
	CHECK_EQ(request.headers[1][19 + 14], '4');
	CHECK(strchr("89ab", request.headers[1][19 + 19]) != NULL);
	CHECK(request.headers[2] == NULL);
	(void)snprintf(first, sizeof(first), "%s", request.headers[1]);
	CHECK_OK(credential->ops->request(credential, &request, &url,
					  &ask_vault));
	request.body = secret_unref(request.body);
	CHECK(strcmp(first, request.headers[1]) != 0);
}

/* Between requests nothing of the secret is held. */
static void test_the_secret_is_opened_for_each_form(void)
{
	Store store = {.secret = "old"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	size_t used = secret_heap_used();
	HttpRequest request;
	unsigned opened;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	CHECK_EQ(secret_heap_used(), used);
	opened = store.opened;
	store.secret = "new";
	CHECK_OK(credential->ops->request(credential, &request, &url,
					  &ask_vault));
	CHECK_EQ(store.opened, opened + 1);
	CHECK(strstr(secret_bytes(request.body), "client_secret=new&") != NULL);
	request.body = secret_unref(request.body);
	CHECK_EQ(secret_heap_used(), used);
}

static void test_the_secret_goes_away(void)
{
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	HttpRequest request;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	store.secret = NULL;
	CHECK_EQ(credential->ops->request(credential, &request, &url,
					  &ask_vault),
		 CREDENTIAL_E_UNAVAILABLE);
	store.fault = -EIO;
	CHECK_EQ(credential->ops->request(credential, &request, &url,
					  &ask_vault),
		 -EIO);
}

static void test_tenants_that_are_none(void)
{
	static const char *const tenants[] = {"",    "..",   "a/b",
					      "a?b", "adfs", "a%2fb"};
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	HttpRequest request;

	CHECK_OK(client_secret_ops.new(&credential, &config));
	for (size_t i = 0; i < AKV_ARRAY_LEN(tenants); i++) {
		TokenAsk ask = ask_vault;

		ask.tenant = tenants[i];
		CHECK_EQ(credential->ops->request(credential, &request, &url,
						  &ask),
			 -EINVAL);
	}
}

static void test_not_configured(void)
{
	static const char *const authorities[] = {
		"http://login.microsoftonline.com", "login.microsoftonline.com",
		"https://login.microsoftonline.com/tenant",
		"https://login.microsoftonline.com/?a=b", ""};
	Store store = {.secret = "s"};
	CredentialConfig config = config_of(&store);
	Credential *credential = NULL;

	for (size_t i = 0; i < AKV_ARRAY_LEN(authorities); i++) {
		config.authority = authorities[i];
		CHECK_EQ(client_secret_ops.new(&credential, &config),
			 CREDENTIAL_E_UNAVAILABLE);
	}
	config = config_of(&store);
	config.client_id = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.client_id = "";
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config = config_of(&store);
	store.secret = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	store.secret = "";
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	config.client_secret.open = NULL;
	CHECK_EQ(client_secret_ops.new(&credential, &config),
		 CREDENTIAL_E_UNAVAILABLE);
	CHECK(credential == NULL);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_v2);
	RUN(test_v1);
	RUN(test_claims);
	RUN(test_headers);
	RUN(test_the_secret_is_opened_for_each_form);
	RUN(test_the_secret_goes_away);
	RUN(test_tenants_that_are_none);
	RUN(test_not_configured);
	return check_report();
}
