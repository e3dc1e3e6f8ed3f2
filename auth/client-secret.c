/* SPDX-License-Identifier: MIT */

/*
 * The secret is taken out of its store when a form is made and is gone, but
 * for the form's own Secret, when advance() returns.
 */

#include "auth/client-secret.h"

#include "auth/quote.h"
#include "auth/token-endpoint.h"

typedef struct ClientSecret {
	Credential credential;
	TokenEndpoint endpoint;
	SecretStore store;
} ClientSecret;

static void client_secret_free(Credential *credential)
{
	ClientSecret *self =
		AKV_CONTAINER_OF(credential, ClientSecret, credential);

	token_endpoint_done(&self->endpoint);
	free(self);
}

static int client_secret_new(Credential **ret, const CredentialConfig *config)
{
	TokenEndpoint endpoint = {0};
	ClientSecret *self;
	int r = secret_store_probe(&config->client_secret);

	if (r == 0)
		r = token_endpoint_init(&endpoint, config);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self) {
		token_endpoint_done(&endpoint);
		return -ENOMEM;
	}
	self->credential.ops = &client_secret_ops;
	self->credential.name = "client secret";
	self->endpoint = endpoint;
	self->store = config->client_secret;
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	*ret = &self->credential;
	return 0;
}

static int client_secret_advance(Credential *credential, Exchange *exchange,
				 const ExchangeEvent *event)
{
	ClientSecret *self =
		AKV_CONTAINER_OF(credential, ClientSecret, credential);
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r;

	if (event)
		return token_endpoint_read(exchange, event->response);
	r = self->store.open(self->store.data, &secret);
	if (r == -ENOENT)
		return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
				    TOKEN_RESPONSE_E_REFUSED,
				    "there is no client secret to sign in with "
				    "any more: mount again");
	if (r < 0)
		return r;
	return token_endpoint_send(&self->endpoint, exchange, PROOF_SECRET,
				   secret);
}

const CredentialOps client_secret_ops = {
	.new = client_secret_new,
	.free = client_secret_free,
	.advance = client_secret_advance,
};
