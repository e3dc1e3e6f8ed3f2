/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * exchange - does what a credential says, until there is a token
 *
 * A credential names the next act as data (credential.h); this sends the
 * request, runs the errand or waits, and gives what came of it back, until
 * the credential says that it is over. Each act has its own deadline or end.
 */

#include "auth/credential.h"
#include "base/loop.h"

/* With what it is done; all outlive the exchange. */
typedef struct ExchangeMeans {
	Loop *loop;
	Http *http;
	const Errands *errands; /* NULL: no errand can be run */
} ExchangeMeans;

typedef struct ExchangeRun {
	Exchange exchange;
	/* private */
	const ExchangeMeans *means;
	Credential *credential;
	char *claims; /* owned */
	HttpTransfer *transfer;
	ErrandRun *errand;
	Timer timer;
	bool under_way;
	void (*done)(void *data, int result);
	void *data;
} ExchangeRun;

void exchange_run_init(ExchangeRun *run, const ExchangeMeans *means,
		       Credential *credential,
		       void (*done)(void *data, int result), void *data);

/* Ends it without a call. */
void exchange_run_done(ExchangeRun *run);

/*
 * Begin. @ask's tenant and resource are borrowed until the end. Returns 0: then
 * done(data, result) is called once, from the loop, with EXCHANGE_E_* or a
 * negative errno, and @run->exchange has the rest. Or, if that was known at
 * once, returns it without a call.
 */
AKV_MUST_CHECK int exchange_run_start(ExchangeRun *run, const TokenAsk *ask);

/* End without a call; no effect if it is not under way. */
void exchange_run_cancel(ExchangeRun *run);
bool exchange_run_is_under_way(const ExchangeRun *run);

/* The token, which is now the caller's. */
Token exchange_run_take(ExchangeRun *run);
