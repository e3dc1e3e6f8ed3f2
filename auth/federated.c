/* SPDX-License-Identifier: MIT */

/* The managed identity's exchange runs within this one, for another resource;
 * its token then becomes the proof. */

#include "auth/federated.h"

#include "auth/managed.h"
#include "auth/quote.h"
#include "auth/token-endpoint.h"

enum federated_phase { PHASE_MANAGED, PHASE_APPLICATION };

typedef struct Federated {
	Credential credential;
	TokenEndpoint endpoint;
	Credential *managed;
	char audience[128];
} Federated;

static void federated_free(Credential *credential)
{
	Federated *self = AKV_CONTAINER_OF(credential, Federated, credential);

	token_endpoint_done(&self->endpoint);
	(void)credential_free(self->managed);
	free(self);
}

static int federated_new(Credential **ret, const CredentialConfig *config)
{
	TokenEndpoint endpoint = {0};
	Federated *self;
	int r;

	if (!is_set(config->exchange_audience) ||
	    strlen(config->exchange_audience) >= sizeof(self->audience))
		return CREDENTIAL_E_UNAVAILABLE;
	r = token_endpoint_init(&endpoint, config);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self) {
		token_endpoint_done(&endpoint);
		return -ENOMEM;
	}
	self->credential.ops = &federated_ops;
	self->credential.name = "application by managed identity";
	self->endpoint = endpoint;
	(void)snprintf(self->audience, sizeof(self->audience), "%s",
		       config->exchange_audience);
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	r = managed_ops.new(&self->managed, config);
	if (r != 0) {
		federated_free(&self->credential);
		return r;
	}
	self->credential.patience_us = self->managed->patience_us;
	*ret = &self->credential;
	return 0;
}

/* The managed identity's token is there: show it to the authority. */
static int federated_send(Federated *self, Exchange *exchange)
{
	AKV_CLEANUP(secret_unrefp) Secret *proof = exchange->token.bytes;

	exchange->token = (Token){0};
	exchange->failure = (AuthFailure){0};
	exchange->phase = PHASE_APPLICATION;
	exchange->ask.resource = exchange->outer_resource;
	return token_endpoint_send(&self->endpoint, exchange, PROOF_ASSERTION,
				   proof);
}

static int federated_advance(Credential *credential, Exchange *exchange,
			     const ExchangeEvent *event)
{
	Federated *self = AKV_CONTAINER_OF(credential, Federated, credential);
	int r;

	if (!event) {
		exchange->outer_resource = exchange->ask.resource;
		exchange->ask.resource = self->audience;
	} else if (exchange->phase == PHASE_APPLICATION) {
		return token_endpoint_read(exchange, event->response);
	}
	r = self->managed->ops->advance(self->managed, exchange, event);
	return r == EXCHANGE_E_TOKEN ? federated_send(self, exchange) : r;
}

const CredentialOps federated_ops = {
	.new = federated_new,
	.free = federated_free,
	.advance = federated_advance,
};
