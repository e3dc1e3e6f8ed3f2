/* SPDX-License-Identifier: MIT */

/*
 * probe (if asked for) -> request -> answer: token, pause and again, or end.
 * Arc: request -> 401 with the name of a file -> errand -> request with it.
 * What the place keeps secret is opened for each request.
 */

#include "auth/managed.h"

#include <openssl/rand.h>

#include "auth/managed-answer.h"
#include "auth/managed-host.h"
#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "auth/workload.h"
#include "base/clock.h"

#define PROBE_US CLOCK_US_PER_S
#define IMDS_TRY_US (60 * CLOCK_US_PER_S)
#define IMDS_PATIENCE_US (150 * CLOCK_US_PER_S)
#define OTHER_PATIENCE_US (30 * CLOCK_US_PER_S)

enum managed_step { STEP_PROBE, STEP_ASK, STEP_KEY, STEP_ASK_WITH_KEY };

enum { TEXTS_MAX = 9 };

typedef struct Managed {
	Credential credential;
	bool probes;
	enum managed_host host;
	ManagedConfig config; /* its strings are in texts */
	char *texts[TEXTS_MAX];
	unsigned char pinned_sha1[HTTP_SHA1_SIZE];
	bool pin_is_bad;
} Managed;

static void managed_free(Credential *credential)
{
	Managed *self = AKV_CONTAINER_OF(credential, Managed, credential);

	for (size_t i = 0; i < TEXTS_MAX; i++)
		free(self->texts[i]);
	free(self);
}

static int managed_copy(Managed *self)
{
	ManagedConfig *c = &self->config;
	const char **const fields[TEXTS_MAX] = {
		&c->client_id,         &c->object_id,    &c->resource_id,
		&c->identity_endpoint, &c->msi_endpoint, &c->imds_endpoint,
		&c->pod_host,          &c->thumbprint,   &c->default_client_id,
	};

	for (size_t i = 0; i < TEXTS_MAX; i++) {
		if (!*fields[i])
			continue;
		self->texts[i] = strdup(*fields[i]);
		if (!self->texts[i])
			return -ENOMEM;
		*fields[i] = self->texts[i];
	}
	return 0;
}

static void managed_name(Managed *self)
{
	const char *name;
	const char *id = managed_host_id(self->host, &self->config, &name);

	if (id[0] == '\0')
		id = "system-assigned identity";
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   id, strlen(id));
}

static int managed_make(Credential **ret, const CredentialConfig *config,
			const CredentialOps *ops)
{
	Managed *self = calloc(1, sizeof(*self));
	int r;

	if (!self)
		return -ENOMEM;
	self->credential.ops = ops;
	self->credential.name = ops == &managed_arc_ops
					? "managed identity (Azure Arc)"
					: "managed identity";
	self->probes = ops == &managed_probing_ops;
	self->config = config->managed;
	self->host = ops == &managed_arc_ops ? MANAGED_ARC
					     : managed_host_of(&self->config);
	if (self->host == MANAGED_SERVICE_FABRIC)
		self->pin_is_bad = thumbprint_parse(self->pinned_sha1,
						    self->config.thumbprint);
	self->credential.patience_us = self->host == MANAGED_IMDS
					       ? IMDS_PATIENCE_US
					       : OTHER_PATIENCE_US;
	r = managed_copy(self);
	if (r < 0) {
		managed_free(&self->credential);
		return r;
	}
	managed_name(self);
	*ret = &self->credential;
	return 0;
}

static int managed_new(Credential **ret, const CredentialConfig *config)
{
	return managed_make(ret, config, &managed_ops);
}

static int managed_arc_new(Credential **ret, const CredentialConfig *config)
{
	return managed_make(ret, config, &managed_arc_ops);
}

static int managed_probing_new(Credential **ret, const CredentialConfig *config)
{
	return managed_make(ret, config, &managed_probing_ops);
}

/* --- the request -------------------------------------------------------- */

/* "@name: @value", which is nobody's to see. */
static int header_make(Secret **ret, const char *name, const Secret *value)
{
	AKV_BUF Buf line = BUF_INIT(BUF_MAX_FORM);
	int r = buf_printf(&line, "%s", name);

	if (r == 0)
		r = buf_append(&line, secret_bytes(value), secret_size(value));
	return r == 0 ? secret_new(ret, line.p, line.n) : r;
}

/* The header by which the host knows that it is asked from inside. */
static int host_header(Secret **ret, const Managed *self)
{
	AKV_CLEANUP(secret_unrefp) Secret *value = NULL;
	const SecretStore *store = &self->config.identity_header;
	const char *name;
	int r;

	switch (self->host) {
	case MANAGED_SERVICE_FABRIC:
		name = "Secret: ";
		break;
	case MANAGED_APP_SERVICE:
		name = "X-IDENTITY-HEADER: ";
		break;
	case MANAGED_MACHINE_LEARNING:
		name = "secret: ";
		store = &self->config.msi_secret;
		break;
	default:
		return 0;
	}
	r = store->open(store->data, &value);
	return r == 0 ? header_make(ret, name, value) : r;
}

static uint64_t try_us(const Managed *self, const Exchange *exchange)
{
	return self->host == MANAGED_IMDS
		       ? AKV_MAX(IMDS_TRY_US, exchange->ask.timeout_us)
		       : exchange->ask.timeout_us;
}

/* Cloud Shell's question is a form. */
static int form_body(Exchange *exchange)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	HttpRequest *request = &exchange->request;
	int r = form_text(&form, "resource", exchange->ask.resource);

	if (r == 0)
		r = secret_new(&request->body, form.p, form.n);
	request->method = "POST";
	request->content_type = "application/x-www-form-urlencoded";
	return r;
}

/* The next act is the request, with @header (taken over; may be NULL). */
static int managed_ask(Managed *self, Exchange *exchange, bool probe,
		       Secret *header)
{
	HttpRequest *request = &exchange->request;
	uint64_t limit_us = probe ? PROBE_US : try_us(self, exchange);

	exchange->act = EXCHANGE_REQUEST;
	*request = (HttpRequest){
		.method = "GET",
		.url = exchange->url.p,
		.headers = {"Accept: application/json"},
		.secret_header = header,
		.deadline_us = clock_add(clock_now_us(), limit_us),
		.allow_clear = strncmp(exchange->url.p, "http://", 7) == 0,
		.no_proxy = true,
		.pinned = self->host == MANAGED_SERVICE_FABRIC,
	};
	memcpy(request->pinned_sha1, self->pinned_sha1,
	       sizeof(request->pinned_sha1));
	if (!probe && self->host != MANAGED_SERVICE_FABRIC &&
	    self->host != MANAGED_MACHINE_LEARNING)
		request->headers[1] = "Metadata: true";
	return self->host == MANAGED_CLOUD_SHELL ? form_body(exchange) : 0;
}

static int managed_try(Managed *self, Exchange *exchange)
{
	Secret *header = NULL;
	int r = host_header(&header, self);

	if (r < 0)
		return r;
	exchange->step = STEP_ASK;
	return managed_ask(self, exchange, false, header);
}

static int managed_begin(Managed *self, Exchange *exchange)
{
	char why[256] = "";
	int r;

	buf_reset(&exchange->url);
	r = managed_host_url(&exchange->url, self->host, &self->config,
			     exchange->ask.resource, why, sizeof(why));
	if (r == 0 && self->pin_is_bad) {
		(void)snprintf(why, sizeof(why),
			       "IDENTITY_SERVER_THUMBPRINT is no SHA-1 of 40 "
			       "digits");
		r = MANAGED_E_REFUSED;
	}
	/* The place has one, and it was set up wrongly: no other may be used.
	 */
	if (r > 0)
		return exchange_end(exchange, EXCHANGE_E_FAILED,
				    TOKEN_RESPONSE_E_REFUSED, "%s", why);
	if (r < 0)
		return r;
	if (!self->probes || self->host != MANAGED_IMDS)
		return managed_try(self, exchange);
	exchange->step = STEP_PROBE;
	return managed_ask(self, exchange, true, NULL);
}

/* --- the answers -------------------------------------------------------- */

static int managed_probed(Managed *self, Exchange *exchange,
			  const HttpResponse *response)
{
	char reason[128] = "";

	/* Whatever it says, it is there. */
	if (response->result == HTTP_OK)
		return managed_try(self, exchange);
	quote_text(reason, sizeof(reason), response->reason,
		   response->reason ? strlen(response->reason) : 0);
	exchange->failure.result = response->result;
	return exchange_end(
		exchange, EXCHANGE_E_UNAVAILABLE, TOKEN_RESPONSE_E_UNREACHABLE,
		"there is no instance metadata service here (%s)", reason);
}

static int arc_challenged(Exchange *exchange, const HttpResponse *response)
{
	char name[ARC_KEY_NAME_SIZE];
	int r;

	if (arc_key_name(name, response->challenges, response->n_challenges) !=
	    0)
		return exchange_end(exchange, EXCHANGE_E_FAILED,
				    TOKEN_RESPONSE_E_INVALID,
				    "the agent of Azure Arc names no key file "
				    "in " ARC_KEY_FOLDER ": no other is read");
	buf_reset(&exchange->text);
	r = buf_append_string(&exchange->text, name);
	exchange->step = STEP_KEY;
	exchange->act = EXCHANGE_ERRAND;
	exchange->errand =
		(Errand){.kind = ERRAND_ARC_KEY, .words = {exchange->text.p}};
	return r;
}

static int arc_key_brought(Managed *self, Exchange *exchange,
			   const ErrandAnswer *answer)
{
	AKV_CLEANUP(secret_unrefp) Secret *key = NULL;
	const char *fault = errand_file_fault(answer);
	Secret *header = NULL;
	int r = 0;

	if (!fault)
		r = workload_token(&key, answer->output);
	if (r > 0)
		fault = "it is not one word";
	if (fault)
		return exchange_end(
			exchange, EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_REFUSED,
			"the key file of Azure Arc cannot be used: %s%s", fault,
			answer->result == -EACCES
				? "; mount as root, or add the user to the "
				  "group himds"
				: "");
	if (r == 0)
		r = header_make(&header, "Authorization: Basic ", key);
	if (r < 0)
		return r;
	exchange->step = STEP_ASK_WITH_KEY;
	return managed_ask(self, exchange, false, header);
}

static int managed_answered(Managed *self, Exchange *exchange,
			    const HttpResponse *response)
{
	ManagedFacts facts = {.host = self->host, .tries = ++exchange->tries};
	int r;

	if (self->host == MANAGED_ARC && exchange->step == STEP_ASK &&
	    response->result == HTTP_OK && response->status == 401)
		return arc_challenged(exchange, response);
	facts.id = managed_host_id(self->host, &self->config, &facts.id_name);
	if (RAND_bytes((unsigned char *)&facts.random, sizeof(facts.random)) !=
	    1)
		facts.random = 0;
	r = managed_answer(exchange, &facts, response);
	if (r != MANAGED_AGAIN)
		return r;
	exchange->act = EXCHANGE_PAUSE;
	return 0;
}

static int managed_advance(Credential *credential, Exchange *exchange,
			   const ExchangeEvent *event)
{
	Managed *self = AKV_CONTAINER_OF(credential, Managed, credential);

	if (!event)
		return managed_begin(self, exchange);
	if (event->answer)
		return arc_key_brought(self, exchange, event->answer);
	if (!event->response)
		return managed_try(self, exchange);
	if (exchange->step == STEP_PROBE)
		return managed_probed(self, exchange, event->response);
	return managed_answered(self, exchange, event->response);
}

void managed_found(Credential *credential)
{
	AKV_CONTAINER_OF(credential, Managed, credential)->probes = false;
}

const CredentialOps managed_ops = {
	.new = managed_new,
	.free = managed_free,
	.advance = managed_advance,
};

const CredentialOps managed_arc_ops = {
	.new = managed_arc_new,
	.free = managed_free,
	.advance = managed_advance,
};

const CredentialOps managed_probing_ops = {
	.new = managed_probing_new,
	.free = managed_free,
	.advance = managed_advance,
};
