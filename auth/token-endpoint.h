/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * token-endpoint - the request that applications send to the authority
 *
 * The client credentials flow of the Microsoft identity platform: a form is
 * posted to the tenant's token endpoint, v2 (scope=) or v1 (resource=), with a
 * proof of who asks. Shared by all credentials that have an application's id.
 */

#include "auth/credential.h"

/*
 * Is @text an authority: https, a host, and nothing but one slash behind it?
 * Returns 0, AUTHORITY_E_INVALID, or -ENOMEM.
 */
enum { AUTHORITY_E_INVALID = 1 };
AKV_MUST_CHECK int authority_check(const char *text);

typedef struct TokenEndpoint {
	char *authority; /* no slash at its end */
	char *client_id;
	bool v1;
} TokenEndpoint;

/*
 * Take what it needs from @config. Returns 0, CREDENTIAL_E_UNAVAILABLE without
 * a client id or an https authority, or -ENOMEM.
 */
AKV_MUST_CHECK int token_endpoint_init(TokenEndpoint *endpoint,
				       const CredentialConfig *config);
void token_endpoint_done(TokenEndpoint *endpoint);

/*
 * Set @exchange->url to the endpoint of its tenant, which is also the audience
 * of an assertion. Returns 0, or -EINVAL for what cannot be a tenant.
 */
AKV_MUST_CHECK int token_endpoint_url(const TokenEndpoint *endpoint,
				      Exchange *exchange);

/* "name=value" in a form, with "&" before it but for the first. */
AKV_MUST_CHECK int form_field(Buf *form, const char *name, const void *value,
			      size_t n);
AKV_MUST_CHECK int form_text(Buf *form, const char *name, const char *value);

/* Make the post of @form to @exchange->url the next act. */
AKV_MUST_CHECK int token_endpoint_post(Exchange *exchange, const Buf *form);

/* Make the request with that proof the next act; returns as advance() does. */
enum token_proof { PROOF_SECRET, PROOF_ASSERTION };
AKV_MUST_CHECK int token_endpoint_send(const TokenEndpoint *endpoint,
				       Exchange *exchange,
				       enum token_proof proof,
				       const Secret *bytes);

/* Read the answer into @exchange; returns EXCHANGE_E_* or a negative errno. */
AKV_MUST_CHECK int token_endpoint_read(Exchange *exchange,
				       const HttpResponse *response);

/* The pause that @response asks for, in microseconds; 0: none. */
uint64_t response_pause_us(const HttpResponse *response);

/* "client-request-id: UUID" into @exchange->request_id. */
AKV_MUST_CHECK int exchange_request_id(Exchange *exchange);

/* A random UUID (RFC 9562 5.4). Returns 0 or -EIO. */
enum { UUID_TEXT_SIZE = 37 };
AKV_MUST_CHECK int uuid_make(char ret[UUID_TEXT_SIZE]);
