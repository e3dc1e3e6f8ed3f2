/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * exchange-test - what the tests of credentials share
 *
 * One exchange at a time, advanced by hand: what a credential asks for is
 * looked at, and what came of it is made up. Nothing is sent or run.
 */

#include "auth/credential.h"
#include "base/clock.h"
#include "check.h"
#include "fake-http.h"

#define TENANT "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
#define RESOURCE "https://vault.azure.net"
#define ENDPOINT \
	"https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token"
#define NOW_US (1000 * CLOCK_US_PER_S)
#define WALL_S INT64_C(1763953200)
#define TIMEOUT_US (5 * CLOCK_US_PER_S)

/* A place where a secret is kept, or none. */
typedef struct Store {
	const char *secret;
	int fault;
	unsigned opened;
} Store;

AKV_UNUSED static int store_open(void *data, Secret **ret)
{
	Store *store = data;

	store->opened++;
	if (store->fault < 0)
		return store->fault;
	if (!store->secret)
		return -ENOENT;
	return secret_new(ret, store->secret, strlen(store->secret));
}

AKV_UNUSED static SecretStore store_of(Store *store)
{
	return (SecretStore){.open = store_open, .data = store};
}

static Exchange exchange;
static const TokenAsk ask_vault = {
	.tenant = TENANT,
	.resource = RESOURCE,
	.timeout_us = TIMEOUT_US,
};

AKV_UNUSED static int start(Credential *credential, const TokenAsk *ask)
{
	clock_freeze(NOW_US, WALL_S);
	exchange_init(&exchange);
	exchange.ask = *ask;
	return credential->ops->advance(credential, &exchange, NULL);
}

/* The exchange is over, or given up. */
AKV_UNUSED static void finish(void)
{
	exchange_done(&exchange);
	clock_thaw();
}

/* What exchange.c lets go when the request is sent. */
AKV_UNUSED static void let_go(void)
{
	exchange.request.body = secret_unref(exchange.request.body);
	exchange.request.secret_header =
		secret_unref(exchange.request.secret_header);
}

AKV_UNUSED static int respond_with(Credential *credential,
				   const FakeAnswer *answer)
{
	HttpResponse response;

	let_go();
	fake_response(&response, answer);
	return credential->ops->advance(
		credential, &exchange, &(ExchangeEvent){.response = &response});
}

AKV_UNUSED static int respond(Credential *credential, int status,
			      const char *body)
{
	return respond_with(credential,
			    &(FakeAnswer){.status = status, .body = body});
}

/* What an errand brought; @output may be NULL. */
AKV_UNUSED static int answer(Credential *credential, int result, int code,
			     const char *output, const char *errors)
{
	Secret *secret = NULL;
	ErrandAnswer errand = {.result = result, .code = code};
	int r;

	if (output && secret_new(&secret, output, strlen(output)) != 0)
		abort();
	errand.output = secret;
	errand.errors = errors ? errors : "";
	r = credential->ops->advance(credential, &exchange,
				     &(ExchangeEvent){.answer = &errand});
	(void)secret_unref(secret);
	return r;
}

AKV_UNUSED static int pause_over(Credential *credential)
{
	clock_freeze(exchange.until_us, WALL_S);
	return credential->ops->advance(credential, &exchange,
					&(ExchangeEvent){0});
}

AKV_UNUSED static const char *body_text(void)
{
	return exchange.request.body ? secret_bytes(exchange.request.body) : "";
}

AKV_UNUSED static const char *token_text(void)
{
	return exchange.token.bytes ? secret_bytes(exchange.token.bytes) : "";
}

#define TOKEN_ANSWER                                      \
	"{\"token_type\":\"Bearer\",\"expires_in\":3599," \
	"\"access_token\":\"the.token.itself\"}"
