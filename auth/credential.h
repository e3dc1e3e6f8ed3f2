/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * credential - one way to sign in
 *
 * Each kind is one file (client-secret.c, ...) that fills a CredentialOps. A
 * credential makes the request for a token, as pure data; sending it, reading
 * the answer, waiting, caching, refreshing and the pauses after failures are
 * sign-in.c's, the same for all kinds. To add a kind: write its file, and name
 * it in the table of credential.c.
 *
 * The long-lived secret of a credential is fetched through SecretStore only
 * for as long as a request is made of it, so that between requests no copy
 * lies in this process in clear.
 */

#include "auth/token-response.h"
#include "base/buf.h"
#include "base/http.h"
#include "base/std.h"

typedef struct Credential Credential;

/* Where the client secret is kept: see fs/ and base/sealed.h. */
typedef struct SecretStore {
	/* 0 and one reference, or a negative errno (-ENOENT: none is kept). */
	int (*open)(void *data, Secret **ret);
	void *data;
} SecretStore;

/* What signing in needs to know; strings are borrowed for the call. */
typedef struct CredentialConfig {
	const char *kind;      /* auth=: "auto", "secret", ... */
	const char *authority; /* "https://login..." from Cloud or authority= */
	const char *client_id;
	bool v1; /* the v1 endpoint (resource=) instead of v2 (scope=) */
	SecretStore client_secret;
} CredentialConfig;

/* The question: a token for @resource (no slash) in @tenant. */
typedef struct TokenAsk {
	const char *tenant;
	const char *resource;
	const char *claims; /* decoded JSON of a claims challenge, or NULL */
	uint64_t deadline_us;
} TokenAsk;

typedef struct CredentialOps {
	const char *name; /* "client secret": said in logs and status */
	/* 0, CREDENTIAL_E_UNAVAILABLE, or a negative errno. */
	int (*new)(Credential **ret, const CredentialConfig *config);
	void (*free)(Credential *credential);
	/*
	 * Fill @request (method, url, headers, body; url in @url). Returns 0,
	 * CREDENTIAL_E_UNAVAILABLE, or a negative errno: -EINVAL for a tenant
	 * that may not be put into a URL. The caller unrefs body; the headers
	 * are the credential's until its next request.
	 */
	int (*request)(Credential *credential, HttpRequest *request, Buf *url,
		       const TokenAsk *ask);
} CredentialOps;

struct Credential {
	const CredentialOps *ops;
	/* Who signs in, for logs: the client id. Printable. */
	char identity[128];
};

enum {
	CREDENTIAL_E_UNAVAILABLE = 1, /* not configured here; a chain goes on */
	CREDENTIAL_E_UNKNOWN = 2,     /* no such kind */
};

/*
 * The credential that @config names. On CREDENTIAL_E_*, @why (of @why_size
 * bytes) says in a sentence what is missing and what to set.
 */
AKV_MUST_CHECK int credential_new(Credential **ret,
				  const CredentialConfig *config, char *why,
				  size_t why_size);
Credential *credential_free(Credential *credential);
AKV_DEFINE_CLEANUP(Credential *, credential_free);
