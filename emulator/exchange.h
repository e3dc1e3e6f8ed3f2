/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * exchange - one request, and the reply that is being made for it
 *
 * The server fills the first part and sends the last; routing fills the middle;
 * handlers read the first two and write the last. A handler runs with the
 * emulator's lock held and never blocks.
 */

#include "base/buf.h"
#include "base/std.h"
#include "emulator/api-version.h"
#include "emulator/clouds.h"
#include "emulator/permissions.h"
#include "emulator/vault-store.h"
#include "emulator/writer.h"

enum {
	EXCHANGE_SEGMENTS_MAX = 16,
	EXCHANGE_PARAMETERS_MAX = 32,
	EXCHANGE_CAPTURES_MAX = 6,
	EXCHANGE_HEADERS_MAX = 64,
	EXCHANGE_BODY_MAX = BUF_MAX_REPLY,
	AUDIENCE_SIZE = 256,
};

/* Where a request came in. */
enum listener {
	LISTENER_TLS,      /* every host name there is */
	LISTENER_METADATA, /* in clear: the machine's own services */
	LISTENER_FABRIC,   /* TLS with a certificate nobody signed */
};
#define METADATA_HOST "169.254.169.254"

struct Emulator;
struct Kind;
struct ArmApi;

typedef struct Parameter {
	const char *name, *value; /* decoded */
} Parameter;

/* Who asks, by the token or the form; "" where it is not known. */
typedef struct Caller {
	char client_id[CLIENT_ID_SIZE];
	char object_id[GUID_SIZE];
	char tenant[GUID_SIZE];
	char audience[AUDIENCE_SIZE];
} Caller;

typedef struct ReplyHeader {
	char *name, *value; /* owned */
} ReplyHeader;

/* Told of one header of a request. */
typedef void HeaderTake(void *data, const char *name, const char *value);

typedef struct Exchange {
	struct Emulator *emulator;

	/* The request. */
	enum listener listener;
	const char *method;
	char *path;       /* owned; as sent, without the query */
	char *query;      /* owned; as sent, "" if none */
	char *path_text;  /* owned: what segments point into */
	char *query_text; /* owned: what parameters point into */
	const char *segments[EXCHANGE_SEGMENTS_MAX]; /* decoded */
	size_t n_segments;
	Parameter parameters[EXCHANGE_PARAMETERS_MAX];
	size_t n_parameters;
	char host[HOST_SIZE];       /* lower case, no port */
	char base[HOST_SIZE + 16];  /* "https://host[:port]", as addressed */
	char paged[HOST_SIZE + 16]; /* the same, with the port always */
	char client[64];            /* the client's address */
	bool client_is_v6;
	const char *(*header)(void *connection, const char *name);
	void (*headers_each)(void *connection, HeaderTake *take, void *data);
	void *connection;
	Buf body;
	int64_t now_us; /* on the emulator's clock */

	/* What routing found. */
	HostMatch where;
	Vault *vault;
	const struct Kind *kind;
	struct Collection *collection; /* of @kind; NULL: the vault's own */
	const struct Object *parent;   /* whose collection it is; or NULL */
	const ApiVersion *api;
	const struct ArmApi *arm_api;                /* of Microsoft.KeyVault */
	const char *captures[EXCHANGE_CAPTURES_MAX]; /* the "*" of the route */
	Caller caller;

	/* The reply. */
	unsigned status; /* 0: none yet */
	Buf reply;
	Writer writer; /* into reply */
	ReplyHeader headers[EXCHANGE_HEADERS_MAX];
	size_t n_headers;
} Exchange;

/*
 * Take @uri, "/path?query" as it was sent, apart. Also returns
 * EXCHANGE_E_INVALID: too many segments or a bad escape.
 */
enum { EXCHANGE_E_INVALID = 1 };
AKV_MUST_CHECK int exchange_init(Exchange *ret, const char *uri);
void exchange_done(Exchange *exchange);

/* From a Host header: "name" or "name:port". */
void exchange_set_host(Exchange *exchange, const char *host);

/* The request's header, or "". */
const char *exchange_header(const Exchange *exchange, const char *name);

/* The query parameter, or NULL. Names are compared without case. */
const char *exchange_parameter(const Exchange *exchange, const char *name);

/* Begin the reply anew: no body, no headers, this status. */
void exchange_reply(Exchange *exchange, unsigned status);

/* Add a reply header; _set replaces those of that name, or removes (NULL). */
void exchange_add_header(Exchange *exchange, const char *name,
			 const char *value);
void exchange_set_header(Exchange *exchange, const char *name,
			 const char *value);

/* Is there a reply header of that name? */
bool exchange_reply_has(const Exchange *exchange, const char *name);

/* Decode %XX (and '+', where @plus) in place. EXCHANGE_E_INVALID if broken. */
AKV_MUST_CHECK int percent_decode(char *text, bool plus);
