/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * client - what a command needs that asks Azure itself
 *
 * The rooms that a worker builds one on the other, as far as signing in, from
 * the same options and without a mount: so that what a command finds is what a
 * mount would meet. It runs as the user who calls it.
 *
 * The steps are client_seal(), client_source(), client_http() and
 * client_sign_in(), in this order. Each returns 0, or an exit code with a
 * sentence in @why (CLIENT_WHY_SIZE bytes).
 */

#include "auth/sign-in.h"
#include "base/buf.h"
#include "base/http.h"
#include "base/loop.h"
#include "base/std.h"
#include "fs/errand-office.h"
#include "fs/options.h"
#include "fs/state.h"
#include "vault/source.h"

enum { CLIENT_WHY_SIZE = 768 };

typedef struct Client {
	Options options; /* set by the caller; see settings.h */
	Source source;   /* without a vault, cloud and resource only */
	Cloud cloud;     /* of @source, if it is in no table */
	bool has_vault;  /* options.source names one */
	bool arc_agent;
	State *state;
	int state_fd;
	Loop *loop;
	Http *http;
	ErrandOffice *office;
	Buf ca_pem;
} Client;

void client_init(Client *client);
void client_done(Client *client);

/* Keep the secrets to sign in with, and take them out of the environment. */
AKV_MUST_CHECK int client_seal(Client *client);

/*
 * Which vault, cloud and resource? Where no vault is named, the cloud is that
 * of cloud=, or of authority=, or the public one.
 */
AKV_MUST_CHECK int client_source(Client *client, char *why);

AKV_MUST_CHECK int client_http(Client *client, char *why);

/*
 * A way to sign in: @kind is as auth= has it; NULL: what the options say. It is
 * the caller's, and goes before @client.
 */
AKV_MUST_CHECK int client_sign_in(SignIn **ret, Client *client,
				  const char *kind, char *why);
