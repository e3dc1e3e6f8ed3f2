/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * caller - what the tests of a vault's calls share
 *
 * One vault, "demo", over faked HTTP and time; signing in is real.
 */

#include "base/clock.h"
#include "base/log.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"
#include "vault/vault.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS
#define TIMEOUT (5 * S)
#define TENANT_1 "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define TENANT_2 "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
#define TARGET "/secrets/db?api-version=7.4"
#define URL "https://demo.vault.azure.net" TARGET
#define LOGIN "https://login.microsoftonline.com/"
#define CHALLENGE(tenant)                                          \
	"Bearer authorization=\"https://login.windows.net/" tenant \
	"\", resource=\"https://vault.azure.net\""

static SignIn *sign_in;
static Vault *vault;

AKV_UNUSED static int store_open(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s3cret", 6);
}

AKV_UNUSED static void begin_at(const char *source, const char *tenant)
{
	CredentialConfig credential_config = {
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open},
	};
	VaultConfig config = {.tenant = tenant};
	Credential *credential = NULL;
	char why[512];

	fake_loop_begin();
	if (credential_new(&credential, &credential_config, why, sizeof(why)) !=
		    0 ||
	    sign_in_new(&sign_in, NULL, NULL, &credential, TIMEOUT) != 0 ||
	    source_parse(&config.source, source, NULL, why, sizeof(why)) != 0 ||
	    vault_new(&vault, &config, NULL, NULL, sign_in) != 0)
		abort();
}

AKV_UNUSED static void begin(const char *tenant)
{
	begin_at("demo", tenant);
}

AKV_UNUSED static void end(void)
{
	vault = vault_free(vault);
	sign_in = sign_in_free(sign_in);
	fake_http_reset();
	fake_loop_end();
}

/* A call that notes how it ended, and may do something then. */
typedef struct Caller {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	char body[256];
	void (*then)(struct Caller *caller);
	struct Caller *other;
} Caller;

AKV_UNUSED static void caller_done(void *data, const HttpResponse *response,
				   const VaultError *error)
{
	Caller *caller = data;

	caller->calls++;
	caller->error = *error;
	if (response)
		(void)snprintf(caller->body, sizeof(caller->body), "%s",
			       response->body);
	if (!!response != (error->answer == VAULT_OK))
		abort();
	if (caller->then)
		caller->then(caller);
	caller->call = NULL;
}

AKV_UNUSED static int get(Caller *caller)
{
	VaultAsk ask = {
		.target = TARGET,
		.body_max = 1000,
		.deadline_us = clock_now_us() + TIMEOUT,
	};

	return vault_get(vault, &caller->call, &ask, caller_done, caller);
}

AKV_UNUSED static void answer(const FakeAnswer *what)
{
	fake_http_answer(fake_http_last(), what);
}

AKV_UNUSED static void refuse(const char *challenge, const char *message)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"Unauthorized\",\"message\":"
		       "\"%s\"}}",
		       message);
	answer(&(FakeAnswer){
		.status = 401, .body = body, .challenge = challenge});
}

AKV_UNUSED static void grant(const char *token)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"expires_in\":3600,\"access_token\":\"%s\"}", token);
	answer(&(FakeAnswer){.status = 200, .body = body});
}

AKV_UNUSED static const FakeAnswer good = {.status = 200,
					   .body = "{\"value\":\"v\"}"};

AKV_UNUSED static bool last_is(const char *url, const char *authorization)
{
	const FakeRequest *request = fake_http_last();

	if (strcmp(request->url, url) == 0 &&
	    strcmp(request->authorization, authorization) == 0)
		return true;
	(void)fprintf(stderr, "last: %s with \"%s\"\n", request->url,
		      request->authorization);
	return false;
}

AKV_UNUSED static bool last_is_for_tenant(const char *tenant)
{
	char url[256];

	(void)snprintf(url, sizeof(url), LOGIN "%s/oauth2/v2.0/token", tenant);
	return last_is(url, "");
}

/* A vault that has its tenant, and a token of ten minutes ago. */
AKV_UNUSED static void begin_warm(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	if (get(&caller) != 0)
		abort();
	grant("t1");
	answer(&good);
	fake_loop_pass(10 * 60 * S);
}

AKV_UNUSED static void quiet(AKV_UNUSED enum log_level level,
			     AKV_UNUSED const char *line)
{
}
