/* SPDX-License-Identifier: MIT */

/* An errand brings the file; key and password are gone when it is signed. */

#include "auth/client-certificate.h"

#include "auth/assertion.h"
#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "base/clock.h"

typedef struct ClientCertificate {
	Credential credential;
	TokenEndpoint endpoint;
	SecretStore password;
	bool send_chain, rs256;
} ClientCertificate;

static void client_certificate_free(Credential *credential)
{
	ClientCertificate *self =
		AKV_CONTAINER_OF(credential, ClientCertificate, credential);

	token_endpoint_done(&self->endpoint);
	free(self);
}

static int client_certificate_new(Credential **ret,
				  const CredentialConfig *config)
{
	TokenEndpoint endpoint = {0};
	ClientCertificate *self;
	int r;

	if (!config->certificate)
		return CREDENTIAL_E_UNAVAILABLE;
	r = token_endpoint_init(&endpoint, config);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self) {
		token_endpoint_done(&endpoint);
		return -ENOMEM;
	}
	self->credential.ops = &client_certificate_ops;
	self->credential.name = "client certificate";
	self->endpoint = endpoint;
	self->password = config->certificate_password;
	self->send_chain = config->send_chain;
	self->rs256 = config->rs256;
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	*ret = &self->credential;
	return 0;
}

static int password_open(const ClientCertificate *self, Secret **ret)
{
	int r = -ENOENT;

	if (self->password.open)
		r = self->password.open(self->password.data, ret);
	return r == -ENOENT ? 0 : r;
}

static int refuse(Exchange *exchange, const char *why)
{
	return exchange_end(exchange, EXCHANGE_E_FAILED,
			    TOKEN_RESPONSE_E_REFUSED,
			    "the file of certificate= cannot be used: %s", why);
}

static int client_certificate_send(ClientCertificate *self, Exchange *exchange,
				   const Secret *file)
{
	AKV_CLEANUP(secret_unrefp) Secret *password = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *assertion = NULL;
	AssertionWish wish = {
		.client_id = self->endpoint.client_id,
		.wall_s = clock_wall_s(),
		.send_chain = self->send_chain,
		.rs256 = self->rs256,
	};
	KeyFile key_file = {0};
	char why[300] = "";
	int r = password_open(self, &password);

	if (r < 0)
		return r;
	r = key_file_read(&key_file, file, password, why, sizeof(why));
	if (r != 0)
		return r < 0 ? r : refuse(exchange, why);
	r = token_endpoint_url(&self->endpoint, exchange);
	wish.audience = exchange->url.p;
	if (r == 0)
		r = assertion_make(&assertion, &key_file, &wish);
	key_file_done(&key_file);
	if (r == -EMSGSIZE)
		return refuse(exchange, "its chain is too long to be sent");
	if (r < 0)
		return r;
	return token_endpoint_send(&self->endpoint, exchange, PROOF_ASSERTION,
				   assertion);
}

static int client_certificate_advance(Credential *credential,
				      Exchange *exchange,
				      const ExchangeEvent *event)
{
	ClientCertificate *self =
		AKV_CONTAINER_OF(credential, ClientCertificate, credential);
	const char *fault;

	if (!event) {
		exchange->act = EXCHANGE_ERRAND;
		exchange->errand = (Errand){.kind = ERRAND_CERTIFICATE};
		return 0;
	}
	if (event->response)
		return token_endpoint_read(exchange, event->response);
	fault = errand_file_fault(event->answer);
	if (fault)
		return refuse(exchange, fault);
	return client_certificate_send(self, exchange, event->answer->output);
}

const CredentialOps client_certificate_ops = {
	.new = client_certificate_new,
	.free = client_certificate_free,
	.advance = client_certificate_advance,
};
