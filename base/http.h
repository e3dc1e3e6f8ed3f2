/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * http - requests over one curl multi handle, admitted in order
 *
 * At most `transfers` run at a time; the rest wait in a queue of our own, since
 * libcurl's per-host queue is unfair. Every request has a deadline that counts
 * from when it was made. https only (http by an explicit flag, for metadata
 * services), TLS 1.2 or newer, HTTP/1.1, no redirects, no netrc, no cookies,
 * no content encoding; body and headers have caps that are enforced as bytes
 * arrive. The body is kept in one wiped buffer and is gone when the callback
 * returns.
 *
 * A token is never set here directly: auth/guard.h does, after it has compared
 * the URL with the origin the token is for.
 */

#include "base/loop.h"
#include "base/secret.h"
#include "base/std.h"

typedef struct Http Http;
typedef struct HttpTransfer HttpTransfer;

enum {
	HTTP_BODY_MAX = 1024 * 1024, /* a list page; nothing real is larger */
	HTTP_HEADERS_MAX = 64 * 1024,
	HTTP_QUEUE_MAX = 65536,
	HTTP_REQUEST_HEADERS_MAX = 8,
	HTTP_CHALLENGES_MAX = 4,
	HTTP_CONNECT_TIMEOUT_MS = 3000,
	HTTP_SHA1_SIZE = 20,
};

typedef struct HttpConfig {
	unsigned transfers;     /* at a time, at least 1 */
	const char *connect_to; /* "ADDR:PORT" for every host, or NULL */
	const void *ca_pem;     /* trusted roots, or NULL for the system's */
	size_t ca_pem_size;     /* it is copied */
	const char
		*proxy; /* URL, or NULL: none (the environment is not read) */
	const char *no_proxy;
} HttpConfig;

/* What became of a transfer. Positive values are answers, see HttpResponse. */
enum http_result {
	HTTP_OK = 0,        /* a whole response, of whatever status */
	HTTP_E_RESOLVE = 1, /* the name does not resolve */
	HTTP_E_CONNECT,     /* refused, unreachable, reset, cut short */
	HTTP_E_TLS,         /* wrong name, untrusted, expired, too old */
	HTTP_E_TIMEOUT,     /* the deadline passed, queued or under way */
	HTTP_E_TOO_LARGE,   /* body or headers over their cap */
	HTTP_E_PROTOCOL,    /* not HTTP, an encoding we did not ask for, ... */
};
const char *http_result_text(int result);

enum { HTTP_PEER_NAME_SIZE = 128 };

/*
 * Who is at the other end, as its certificate says: text of the network, there
 * also where the handshake fails. "" and -1: not known.
 */
typedef struct HttpPeer {
	char version[16]; /* of TLS: "TLSv1.3" */
	/* Of the server's own certificate. */
	char subject[HTTP_PEER_NAME_SIZE];      /* common name */
	char issuer[HTTP_PEER_NAME_SIZE];       /* its common name */
	char organization[HTTP_PEER_NAME_SIZE]; /* of the issuer */
	int64_t expires_s;
	const char *fault; /* why the chain is not trusted: OpenSSL's words */
	char address[64];  /* connected to: the proxy's where there is one */
} HttpPeer;

typedef struct HttpRequest {
	const char *method; /* "GET", ... */
	const char *url;
	/* "Name: value" lines, printable ASCII; "Accept" etc. Copied. */
	const char *headers[HTTP_REQUEST_HEADERS_MAX];
	Secret *authorization;    /* "Bearer ..."; by auth/guard.h; or NULL */
	Secret *secret_header;    /* one more line that is secret; or NULL */
	Secret *body;             /* or NULL; referenced while under way */
	const char *content_type; /* of the body */
	uint64_t deadline_us;
	size_t body_max;  /* of the response; 0: HTTP_BODY_MAX */
	bool allow_clear; /* http:// is allowed: metadata services only */
	/* Straight there, by no proxy and no connect_to: metadata services. */
	bool no_proxy;
	/*
	 * The one certificate that the server may show, by its SHA-1, in place
	 * of a chain to a trusted root and a name: Service Fabric nodes sign
	 * their own. The connection is used for nothing else.
	 */
	bool pinned;
	unsigned char pinned_sha1[HTTP_SHA1_SIZE];
	/*
	 * Filled in by the time of the callback, also where there was no
	 * answer; outlives the transfer, or NULL. Not with pinned.
	 */
	HttpPeer *peer;
} HttpRequest;

typedef struct HttpResponse {
	int result;       /* HTTP_OK or HTTP_E_* */
	int status;       /* with HTTP_OK */
	const char *body; /* NUL-terminated, wiped after the callback */
	size_t body_size;
	/* Response headers, "" when absent; several WWW-Authenticate stay
	 * apart. All are text of the network. */
	const char *challenges[HTTP_CHALLENGES_MAX];
	size_t n_challenges;
	const char *content_type, *retry_after, *retry_after_ms;
	const char *request_id;   /* x-ms-request-id */
	const char *network_info; /* x-ms-keyvault-network-info */
	const char *region, *service_version, *date, *location;
	const char *pipelines_id, *edge_id; /* x-vss-e2eid, x-msedge-ref */
	const char *reason;                 /* with HTTP_E_*: libcurl's words */
	uint64_t sent_us;                   /* when the transfer was admitted */
} HttpResponse;

typedef void (*HttpDone)(void *data, const HttpResponse *response);

/* On HTTP_E_NO_ROOTS there is no certificate in ca_pem. */
enum { HTTP_E_NO_ROOTS = 1 };
AKV_MUST_CHECK int http_new(Http **ret, Loop *loop, const HttpConfig *config);
Http *http_free(Http *http); /* pending transfers end without a callback */
AKV_DEFINE_CLEANUP(Http *, http_free);

/*
 * Queue a request; @done is called once, from the loop, never from here.
 * Returns 0, -EINVAL for a URL or header that may not be sent, -ENOSPC when
 * the queue is full, or -ENOMEM.
 */
AKV_MUST_CHECK int http_start(Http *http, HttpTransfer **ret,
			      const HttpRequest *request, HttpDone done,
			      void *data);

/* End it without a callback. Accepts NULL. Not from its own callback. */
void http_cancel(HttpTransfer *transfer);

typedef struct HttpStats {
	uint64_t started, finished;
	size_t active, queued;
} HttpStats;
void http_stats(const Http *http, HttpStats *ret);
