/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * credential - one way to sign in
 *
 * Each kind is one file (client-secret.c, ...) that fills a CredentialOps. It
 * says, one step after the other and as pure data, what has to be done to get
 * a token: make a request, run an errand, wait. Doing that is exchange.c's;
 * waiting callers, caching, refreshing and the pauses after failures are
 * sign-in.c's; both are the same for all kinds. To add a kind: write its file,
 * and name it in the table of credential.c.
 *
 * The long-lived secret of a credential is fetched through SecretStore only
 * for as long as a request is made of it, so that between requests no copy
 * lies in this process in clear.
 */

#include "auth/errand.h"
#include "auth/token-response.h"
#include "base/buf.h"
#include "base/http.h"
#include "base/std.h"

typedef struct Credential Credential;

/* Where a secret is kept: see fs/ and base/sealed.h. */
typedef struct SecretStore {
	/* 0 and one reference, or a negative errno (-ENOENT: none is kept). */
	int (*open)(void *data, Secret **ret);
	/* Keep @secret from now on; NULL: nothing. May be NULL. */
	int (*put)(void *data, const Secret *secret);
	void *data;
} SecretStore;

/* Where a managed identity's token comes from; NULL or "": not set. */
typedef struct ManagedConfig {
	const char *client_id, *object_id, *resource_id; /* at most one */
	const char *identity_endpoint, *msi_endpoint, *imds_endpoint;
	const char *pod_host;   /* in place of the metadata address */
	const char *thumbprint; /* of a Service Fabric node's certificate */
	const char *default_client_id; /* of Azure Machine Learning */
	bool arc_agent;                /* it is installed on this machine */
	SecretStore identity_header, msi_secret;
} ManagedConfig;

/* What signing in needs to know; strings are borrowed for the call. */
typedef struct CredentialConfig {
	const char *kind;       /* auth=: "auto", "secret", ... */
	const char *preference; /* AZURE_TOKEN_CREDENTIALS, for "auto" */
	const char *authority;  /* "https://login..." of Cloud or authority= */
	const char *client_id;
	const char *tenant_id; /* "" or NULL: the vault says */
	bool v1; /* the v1 endpoint (resource=), not v2 (scope=) */
	SecretStore client_secret;
	bool certificate; /* certificate= names a file */
	SecretStore certificate_password;
	bool send_chain;               /* x5c */
	bool rs256;                    /* in place of PS256 */
	bool token_file;               /* token_file= names a file */
	const char *exchange_audience; /* of Cloud */
	ManagedConfig managed;
	const char *oidc_uri, *service_connection; /* Azure Pipelines */
	SecretStore system_token, refresh_token;
	/*
	 * Which source of auth=auto was the first to give a token, kept for the
	 * life of the mount: 0, or the number of a kind. NULL: not kept.
	 */
	uint32_t *chosen;
} CredentialConfig;

/* The question: a token for @resource (no slash) in @tenant. */
typedef struct TokenAsk {
	const char *tenant;
	const char *resource;
	const char *claims;  /* decoded JSON of a claims challenge, or NULL */
	uint64_t timeout_us; /* of one request */
} TokenAsk;

/* What an exchange needs next. */
enum exchange_act {
	EXCHANGE_REQUEST, /* send @request; its body is then let go */
	EXCHANGE_ERRAND,  /* run @errand */
	EXCHANGE_PAUSE,   /* wait until @until_us */
};

enum { EXCHANGE_REQUEST_ID_SIZE = 64 };

/* One token in the making: from a question to a token or a failure. */
typedef struct Exchange {
	TokenAsk ask;
	enum exchange_act act;
	HttpRequest request;
	Errand errand;
	uint64_t until_us;
	/* What act, request and errand point to. */
	Buf url, text;
	Buf reasons; /* of sources that are not there: the chain's */
	char request_id[EXCHANGE_REQUEST_ID_SIZE];
	/* The credential's own, zero at first. */
	unsigned step, tries, phase, member;
	uint64_t end_us, interval_us;
	Secret *held;
	const char *outer_resource; /* while a token to exchange is asked for */
	/* The end. */
	Token token;
	int result; /* TOKEN_RESPONSE_E_* of @failure */
	AuthFailure failure;
	uint64_t retry_after_us; /* a pause that the server asks for, or 0 */
} Exchange;

/* What came of the last act; of a pause, neither. NULL instead: begin. */
typedef struct ExchangeEvent {
	const HttpResponse *response;
	const ErrandAnswer *answer;
} ExchangeEvent;

enum {
	EXCHANGE_E_TOKEN = 1,  /* the end: @token */
	EXCHANGE_E_FAILED = 2, /* the end: @result and @failure */
	/* Likewise; but the source is not there at all: a chain goes on. */
	EXCHANGE_E_UNAVAILABLE = 3,
};

typedef struct CredentialOps {
	/* 0, CREDENTIAL_E_UNAVAILABLE, or a negative errno. */
	int (*new)(Credential **ret, const CredentialConfig *config);
	void (*free)(Credential *credential);
	/*
	 * Go on with @exchange after @event. Returns 0 with @exchange->act and
	 * what belongs to it, EXCHANGE_E_*, or a negative errno: -EINVAL for a
	 * tenant that may not be put into a URL.
	 */
	int (*advance)(Credential *credential, Exchange *exchange,
		       const ExchangeEvent *event);
} CredentialOps;

enum { CREDENTIAL_IDENTITY_SIZE = 128 };

struct Credential {
	const CredentialOps *ops;
	const char *name; /* "client secret": said in logs and status */
	/* Who signs in, for logs: the client id. Printable; "": not known. */
	char identity[CREDENTIAL_IDENTITY_SIZE];
	/* How long a token may take with all that it waits for; 0: no longer
	 * than a request. */
	uint64_t patience_us;
};

enum {
	CREDENTIAL_E_UNAVAILABLE = 1, /* not configured here; a chain goes on */
	CREDENTIAL_E_UNKNOWN = 2,     /* no such kind, or an option is wrong */
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

void exchange_init(Exchange *exchange);
void exchange_done(Exchange *exchange);

/* Say why there is no token; returns @answer, which is EXCHANGE_E_*. */
int exchange_end(Exchange *exchange, int answer, int result, const char *format,
		 ...) AKV_PRINTF(4, 5);

/* Is a secret kept there? 0, CREDENTIAL_E_UNAVAILABLE, or an errno. */
AKV_MUST_CHECK int secret_store_probe(const SecretStore *store);

/* Is it set? NULL and "" are not. */
static inline bool is_set(const char *text)
{
	return text && text[0] != '\0';
}
