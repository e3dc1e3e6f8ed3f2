/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * exchange - one line of a recording, taken apart, and what is counted
 *
 * tests/data/recordings/README.md has the form of the lines.
 */

#include "base/buf.h"
#include "base/http.h"
#include "base/json.h"
#include "base/std.h"
#include "base/url.h"
#include "vault/name.h"

enum kind {
	KIND_GET,         /* 200: the recorded value */
	KIND_SET,         /* 200 of a PUT: the same form */
	KIND_NO_VALUE,    /* 200 of a change: a bundle without value, refused */
	KIND_SAS_TOKEN,   /* 200: a secret without a version */
	KIND_KEY,         /* 200: from here on, the recorded body */
	KIND_ROTATION,    /* a rotation policy */
	KIND_CERTIFICATE, /* one that was issued */
	KIND_UNISSUED,    /* one without "cer" */
	KIND_PENDING,     /* an operation */
	KIND_STORAGE,     /* a storage account */
	KIND_SAS,         /* a SAS definition */
	KIND_DELETED,     /* what is left of a deleted object */
	KIND_LIST,        /* 200: every name, and the next page's target */
	KIND_LIST_EMPTY,  /* a page without items that has a next one */
	KIND_LIST_NULL,   /* a page whose value is null */
	KIND_VERSIONS,    /* 200: every version */
	KIND_LIST_DELETED,
	KIND_LIST_SAS,
	KIND_CHALLENGE, /* 401: the tenant */
	KIND_DISABLED,  /* 403 with that innererror */
	KIND_FORBIDDEN, /* 403 otherwise */
	KIND_NOT_FOUND,
	KIND_REFUSED, /* 400, 405, 409 */
	KIND_TOKEN,   /* 200 of a token endpoint */
	KINDS,
};

extern unsigned counts[KINDS];
extern unsigned recorders; /* exchanges with what a recorder has written */
extern unsigned failures;

typedef struct Exchange {
	const char *file;
	unsigned line;
	const char *operation, *method, *uri;
	Url url;
	Origin origin;  /* of the request, but https if a proxy was recorded */
	char name[256]; /* the second segment of the path; "" if none */
	char version[VERSION_LENGTH + 1];
	enum collection collection;
	bool deleted;
	const char *verb;      /* "get", "sas.list" */
	const cJSON *document; /* the body, if it was JSON */
	Buf body;
	const cJSON *headers;
	HttpResponse response;
} Exchange;

/* Take @line apart; exchange->body is set up. Returns 0 or a negative errno. */
AKV_MUST_CHECK int exchange_read(Exchange *exchange, const cJSON *line);
void exchange_done(Exchange *exchange);

/*
 * Set collection, deleted and verb from the label of the operation; false if it
 * is about nothing of a vault.
 */
bool exchange_take_ask(Exchange *exchange);
bool verb_is(const Exchange *exchange, const char *verb);

/* Count a failure and say where. */
void AKV_PRINTF(2, 3) wrong(const Exchange *exchange, const char *format, ...);

/* The member @name of @object where it is a string, else "". */
const char *text_of(const cJSON *object, const char *name);
