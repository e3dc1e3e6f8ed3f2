/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-connection - is it the vault that answers, and what time is it there?
 *
 * The stages "tls" and "clock" of akvfs doctor, of one request without a token.
 */

#include "auth/cloud.h"
#include "auth/finding.h"
#include "base/http.h"

typedef struct ConnectionFacts {
	const char *host;
	const Cloud *cloud;
	const char *connect_to; /* of the option; "": none */
	const char *cafile;     /* likewise */
	const char *proxy;      /* without user and password; "": none */
	int result;             /* HTTP_OK or HTTP_E_* */
	const char *reason;     /* libcurl's words, with HTTP_E_* */
	const HttpPeer *peer;
	int64_t wall_s; /* of this machine */
} ConnectionFacts;

void doctor_tls(Finding *ret, const ConnectionFacts *facts);

/* Differences up to these pass, and are warned of. */
enum { CLOCK_OFF_S = 60, CLOCK_WRONG_S = 300 };

/* @date: the header of an answer, "" if it had none; @wall_s: at that time. */
void doctor_clock(Finding *ret, const char *date, int64_t wall_s);

/*
 * "http://user:password@host:8080/" without what is secret: "http://host:8080".
 * What is no URL at all becomes "set".
 */
enum { PROXY_TEXT_SIZE = 280 };
void proxy_text(char ret[PROXY_TEXT_SIZE], const char *proxy);
