/* SPDX-License-Identifier: MIT */

/* An errand brings the file; a request takes it to the authority. */

#include "auth/workload.h"

#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "base/parse.h"

typedef struct Workload {
	Credential credential;
	TokenEndpoint endpoint;
} Workload;

static void workload_free(Credential *credential)
{
	Workload *self = AKV_CONTAINER_OF(credential, Workload, credential);

	token_endpoint_done(&self->endpoint);
	free(self);
}

static int workload_new(Credential **ret, const CredentialConfig *config)
{
	TokenEndpoint endpoint = {0};
	Workload *self;
	int r;

	if (!config->token_file)
		return CREDENTIAL_E_UNAVAILABLE;
	r = token_endpoint_init(&endpoint, config);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self) {
		token_endpoint_done(&endpoint);
		return -ENOMEM;
	}
	self->credential.ops = &workload_ops;
	self->credential.name = "workload identity";
	self->endpoint = endpoint;
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	*ret = &self->credential;
	return 0;
}

int workload_token(Secret **ret, const Secret *bytes)
{
	const char *text = secret_bytes(bytes);
	size_t n = secret_size(bytes);

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' ||
			 text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n == 0)
		return WORKLOAD_E_INVALID;
	for (size_t i = 0; i < n; i++) {
		if (text[i] <= 0x20 || text[i] >= 0x7f)
			return WORKLOAD_E_INVALID;
	}
	return secret_new(ret, text, n);
}

static int refuse(Exchange *exchange, const char *why)
{
	return exchange_end(exchange, EXCHANGE_E_FAILED,
			    TOKEN_RESPONSE_E_REFUSED,
			    "the file of token_file= cannot be used: %s", why);
}

static int workload_advance(Credential *credential, Exchange *exchange,
			    const ExchangeEvent *event)
{
	Workload *self = AKV_CONTAINER_OF(credential, Workload, credential);
	AKV_CLEANUP(secret_unrefp) Secret *token = NULL;
	const char *fault;
	int r;

	if (!event) {
		exchange->act = EXCHANGE_ERRAND;
		exchange->errand = (Errand){.kind = ERRAND_TOKEN_FILE};
		return 0;
	}
	if (event->response)
		return token_endpoint_read(exchange, event->response);
	fault = errand_file_fault(event->answer);
	if (fault)
		return refuse(exchange, fault);
	r = workload_token(&token, event->answer->output);
	if (r > 0)
		return refuse(exchange, "there is no token in it");
	if (r < 0)
		return r;
	return token_endpoint_send(&self->endpoint, exchange, PROOF_ASSERTION,
				   token);
}

const CredentialOps workload_ops = {
	.new = workload_new,
	.free = workload_free,
	.advance = workload_advance,
};
