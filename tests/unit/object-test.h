/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * object-test - what the tests of getting and listing objects share
 *
 * One vault, "demo", over faked HTTP and time; signing in is real, and all
 * that is logged is kept.
 */

#include "base/clock.h"
#include "base/log.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"
#include "vault/objects.h"

#define S CLOCK_US_PER_S
#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define V1 "0123456789abcdef0123456789abcdef"
#define HOST "https://demo.vault.azure.net"
#define BUNDLE "{\"value\":\"v\",\"id\":\"" HOST "/secrets/db/" V1 "\"}"

static SignIn *sign_in;
static Vault *vault;
static char logged[256];

AKV_UNUSED static int store_open(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s3cret", 6);
}

AKV_UNUSED static void take_line(AKV_UNUSED enum log_level level,
				 const char *line)
{
	(void)snprintf(logged, sizeof(logged), "%s", line);
}

AKV_UNUSED static void begin_at(const char *source, const char *api_version)
{
	CredentialConfig credential_config = {
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open},
	};
	VaultConfig config = {.tenant = TENANT, .api_version = api_version};
	Credential *credential = NULL;
	char why[512];

	logged[0] = '\0';
	log_capture(take_line);
	fake_loop_begin();
	if (credential_new(&credential, &credential_config, why, sizeof(why)) !=
		    0 ||
	    sign_in_new(&sign_in, NULL, NULL, &credential, 5 * S) != 0 ||
	    source_parse(&config.source, source, NULL, why, sizeof(why)) != 0 ||
	    vault_new(&vault, &config, NULL, NULL, sign_in) != 0)
		abort();
}

AKV_UNUSED static void begin(void)
{
	begin_at("demo", "7.5");
}

AKV_UNUSED static void end(void)
{
	vault = vault_free(vault);
	sign_in = sign_in_free(sign_in);
	fake_http_reset();
	fake_loop_end();
	log_capture(NULL);
}

AKV_UNUSED static void answer(int status, const char *body)
{
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.status = status,
				       .body = body,
				       .request_id = "request-1"});
}

AKV_UNUSED static void grant(void)
{
	answer(200, "{\"expires_in\":3600,\"access_token\":\"t1\"}");
}
