/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * request-log - what was asked, one JSON object per request
 *
 * Written to requests.jsonl as the reply is made, before it is sent, so that a
 * client that has its answer finds the line. The newest are kept in memory for
 * GET /_emulator/requests. No line holds a value, a token or a body, unless it
 * was asked for whole requests: then it has all that the client has sent.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/exchange.h"

enum { REQUEST_LOG_KEPT = 65536 };

typedef struct RequestLog {
	int fd;        /* owned, of requests.jsonl; -1: none */
	char **lines;  /* owned ring of owned lines, without newline */
	bool whole;    /* with headers and bodies, secrets and all */
	uint64_t last; /* sequence number of the newest, from 1; 0: none */
} RequestLog;

/* @fd is taken over. */
AKV_MUST_CHECK int request_log_open(RequestLog *ret, int fd);
void request_log_close(RequestLog *log);

/* Add @exchange, whose reply is made. @fault: a fault decided about it. */
AKV_MUST_CHECK int request_log_add(RequestLog *log, const Exchange *exchange,
				   int64_t wall_us, int64_t took_us,
				   bool fault);

/*
 * Append {"last":N,"requests":[...]} with those that are newer than @since
 * and still in memory.
 */
AKV_MUST_CHECK int request_log_write(const RequestLog *log, Buf *ret,
				     uint64_t since);
