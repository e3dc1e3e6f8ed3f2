/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * waiter - what the tests of signing in share
 *
 * One SignIn with a client secret, over faked HTTP and time.
 */

#include "auth/sign-in.h"
#include "base/clock.h"
#include "base/log.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"

#define S CLOCK_US_PER_S
#define TIMEOUT (5 * S)
#define TENANT "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
#define RESOURCE "https://vault.azure.net"

static SignIn *sign_in;
AKV_UNUSED static bool store_is_empty;

AKV_UNUSED static int store_open(AKV_UNUSED void *data, Secret **ret)
{
	return store_is_empty ? -ENOENT : secret_new(ret, "s3cret", 6);
}

/* A waiter that notes what it was told, and may do something then. */
typedef struct Waiter {
	SignInWait wait;
	unsigned calls;
	int result;
	char token[64];
	uint64_t serial;
	AuthFailure failure;
	void (*then)(struct Waiter *waiter);
	struct Waiter *other;
} Waiter;

AKV_UNUSED static void waiter_done(SignInWait *wait, int result,
				   const Token *token,
				   const AuthFailure *failure)
{
	Waiter *waiter = AKV_CONTAINER_OF(wait, Waiter, wait);

	waiter->calls++;
	waiter->result = result;
	if (token) {
		(void)snprintf(waiter->token, sizeof(waiter->token), "%s",
			       (const char *)secret_bytes(token->bytes));
		waiter->serial = token->serial;
	}
	if (failure)
		waiter->failure = *failure;
	if (waiter->then)
		waiter->then(waiter);
	/* What was lent is still there after whatever "then" did. */
	if (token && strcmp(waiter->token, secret_bytes(token->bytes)) != 0)
		abort();
}

AKV_UNUSED static Waiter waiter_new(void)
{
	return (Waiter){.wait = {.done = waiter_done}, .result = -1};
}

AKV_UNUSED static int ask(Waiter *waiter)
{
	return sign_in_token(sign_in, &waiter->wait, TENANT, RESOURCE);
}

AKV_UNUSED static void begin(void)
{
	CredentialConfig config = {
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open},
	};
	Credential *credential = NULL;
	char why[256];

	store_is_empty = false;
	fake_loop_begin();
	if (credential_new(&credential, &config, why, sizeof(why)) != 0 ||
	    sign_in_new(&sign_in, NULL, NULL, &credential, TIMEOUT) != 0)
		abort();
}

AKV_UNUSED static void end(void)
{
	sign_in = sign_in_free(sign_in);
	fake_http_reset();
	fake_loop_end();
}

AKV_UNUSED static void grant(const char *token, unsigned seconds)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"token_type\":\"Bearer\",\"expires_in\":%u,"
		       "\"access_token\":\"%s\"}",
		       seconds, token);
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.status = 200, .body = body});
}

AKV_UNUSED static const FakeAnswer refusal = {
	.status = 401,
	.body = "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}",
};

AKV_UNUSED static void quiet(AKV_UNUSED enum log_level level,
			     AKV_UNUSED const char *line)
{
}
