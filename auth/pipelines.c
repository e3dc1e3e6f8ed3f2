/* SPDX-License-Identifier: MIT */

/* Nothing of a body is ever repeated: on success it is an assertion. */

#include "auth/pipelines.h"

#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "auth/workload.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/url.h"

enum pipelines_step { STEP_ASSERTION, STEP_TOKEN };

typedef struct Pipelines {
	Credential credential;
	TokenEndpoint endpoint;
	char *url;
	SecretStore system_token;
} Pipelines;

static void pipelines_free(Credential *credential)
{
	Pipelines *self = AKV_CONTAINER_OF(credential, Pipelines, credential);

	token_endpoint_done(&self->endpoint);
	free(self->url);
	free(self);
}

/* The job's address with the question behind it; https only. */
static int url_make(char **ret, const char *uri, const char *connection)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_URL);
	char origin[ORIGIN_TEXT_SIZE];
	Url url = {0};
	int r = url_parse(&url, uri, NULL);

	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_UNAVAILABLE;
	if (strcmp(url.origin.scheme, "https") != 0 || url.query[0] != '\0') {
		url_done(&url);
		return CREDENTIAL_E_UNAVAILABLE;
	}
	origin_format(origin, &url.origin);
	r = buf_printf(&text,
		       "%s%s?api-version=7.1&serviceConnectionId=", origin,
		       url.path);
	url_done(&url);
	if (r == 0)
		r = buf_append_percent(&text, connection, strlen(connection));
	return r == 0 ? buf_take(&text, ret) : r;
}

static int pipelines_new(Credential **ret, const CredentialConfig *config)
{
	Pipelines *self;
	int r;

	if (!is_set(config->oidc_uri) || !is_set(config->service_connection))
		return CREDENTIAL_E_UNAVAILABLE;
	r = secret_store_probe(&config->system_token);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->credential.ops = &pipelines_ops;
	self->credential.name = "Azure Pipelines";
	self->system_token = config->system_token;
	r = token_endpoint_init(&self->endpoint, config);
	if (r == 0)
		r = url_make(&self->url, config->oidc_uri,
			     config->service_connection);
	if (r != 0) {
		pipelines_free(&self->credential);
		return r;
	}
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	*ret = &self->credential;
	return 0;
}

static int header_make(Secret **ret, const SecretStore *store)
{
	static const char name[] = "Authorization: Bearer ";
	AKV_CLEANUP(secret_unrefp) Secret *token = NULL;
	AKV_BUF Buf line = BUF_INIT(BUF_MAX_FORM);
	int r = store->open(store->data, &token);

	if (r == 0)
		r = buf_append_string(&line, name);
	if (r == 0)
		r = buf_append(&line, secret_bytes(token), secret_size(token));
	return r == 0 ? secret_new(ret, line.p, line.n) : r;
}

static int pipelines_ask(Pipelines *self, Exchange *exchange)
{
	Secret *nothing = NULL;
	Secret *header = NULL;
	int r = header_make(&header, &self->system_token);

	if (r == 0)
		r = secret_new(&nothing, "", 0);
	exchange->act = EXCHANGE_REQUEST;
	exchange->request = (HttpRequest){
		.method = "POST",
		.url = self->url,
		/* Else a token that is over is answered by a login page. */
		.headers = {"Accept: application/json",
			    "X-TFS-FedAuthRedirect: Suppress"},
		.content_type = "application/json",
		.secret_header = header,
		.body = nothing,
		.deadline_us =
			clock_add(clock_now_us(), exchange->ask.timeout_us),
	};
	return r;
}

static int refuse(Exchange *exchange, const HttpResponse *response)
{
	char reason[128], job[80], edge[80];
	bool passing = response->result != HTTP_OK || response->status >= 500 ||
		       response->status == 429;

	quote_text(reason, sizeof(reason), response->reason,
		   response->reason ? strlen(response->reason) : 0);
	quote_text(job, sizeof(job), response->pipelines_id,
		   strlen(response->pipelines_id));
	quote_text(edge, sizeof(edge), response->edge_id,
		   strlen(response->edge_id));
	exchange->failure.result = response->result;
	exchange->failure.status = response->status;
	return exchange_end(
		exchange, EXCHANGE_E_FAILED,
		passing ? TOKEN_RESPONSE_E_UNREACHABLE
			: TOKEN_RESPONSE_E_REFUSED,
		"Azure Pipelines gave no assertion (HTTP %d%s%s; "
		"x-vss-e2eid %s, x-msedge-ref %s): check "
		"SYSTEM_ACCESSTOKEN and service_connection=",
		response->status, response->result != HTTP_OK ? ", " : "",
		response->result != HTTP_OK ? reason : "",
		job[0] != '\0' ? job : "none", edge[0] != '\0' ? edge : "none");
}

static int assertion_take(Secret **ret, const HttpResponse *response)
{
	AKV_JSON cJSON *object = NULL;
	AKV_CLEANUP(secret_unrefp) Secret *bytes = NULL;
	const char *text = "";
	int r;

	if (response->result != HTTP_OK || response->status != 200)
		return WORKLOAD_E_INVALID;
	r = json_parse(&object, response->body, response->body_size, NULL);
	if (r == 0)
		r = json_get_string(&text, object, "oidcToken");
	if (r == 0)
		r = secret_new(&bytes, text, strlen(text));
	if (r == 0)
		r = workload_token(ret, bytes);
	return r > 0 ? WORKLOAD_E_INVALID : r;
}

static int pipelines_advance(Credential *credential, Exchange *exchange,
			     const ExchangeEvent *event)
{
	Pipelines *self = AKV_CONTAINER_OF(credential, Pipelines, credential);
	AKV_CLEANUP(secret_unrefp) Secret *assertion = NULL;
	int r;

	if (!event)
		return pipelines_ask(self, exchange);
	if (exchange->step == STEP_TOKEN)
		return token_endpoint_read(exchange, event->response);
	r = assertion_take(&assertion, event->response);
	if (r > 0)
		return refuse(exchange, event->response);
	if (r < 0)
		return r;
	exchange->step = STEP_TOKEN;
	return token_endpoint_send(&self->endpoint, exchange, PROOF_ASSERTION,
				   assertion);
}

const CredentialOps pipelines_ops = {
	.new = pipelines_new,
	.free = pipelines_free,
	.advance = pipelines_advance,
};
