/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * errors - what the data plane says when it says no
 *
 * {"error":{"code":...,"message":...,"innererror":{"code":...}}}. Texts and
 * codes are those of recorded replies. All of them begin the reply anew and
 * return 0, so that a handler may end with return error_...();
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/kind.h"

/* @inner may be NULL. */
int error_reply(Exchange *exchange, unsigned status, const char *code,
		const char *inner, const char *format, ...) AKV_PRINTF(5, 6);

int error_bad_parameter(Exchange *exchange, const char *format, ...)
	AKV_PRINTF(2, 3);

/* 404; @version may be NULL. */
int error_not_found(Exchange *exchange, const Kind *kind, const char *name,
		    const char *version);
int error_deleted_not_found(Exchange *exchange, const Kind *kind,
			    const char *name);
int error_disabled(Exchange *exchange, const Kind *kind, const char *verb);
int error_managed(Exchange *exchange, const Kind *kind, const char *verb);

/* 405 */
int error_method(Exchange *exchange);

/* 401 with the challenge of the vault's tenant. */
int error_unauthorized(Exchange *exchange, const char *why);

/* 403: @caller lacks the permission @word. */
int error_forbidden(Exchange *exchange, const Kind *kind, const char *word);

/* 403: the firewall does not list the client; with @closed, none may come in
 * from a public network. */
int error_network(Exchange *exchange, bool closed);

/* What an OBJECT_E_* means when a version was to be written. */
int error_write(Exchange *exchange, const Kind *kind, const char *name,
		int answer);
int error_recover(Exchange *exchange, const Kind *kind, const char *name,
		  int answer);
int error_purge(Exchange *exchange, const Kind *kind, const char *name,
		int answer);
