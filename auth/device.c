/* SPDX-License-Identifier: MIT */

/*
 * refresh token kept? -> request with it -> token
 * none, or it is over -> code -> shown -> pause, poll, ... -> token
 */

#include "auth/device.h"

#include "auth/challenge.h"
#include "auth/quote.h"
#include "auth/token-endpoint.h"
#include "base/clock.h"
#include "base/json.h"

enum device_step { STEP_CODE, STEP_SHOW, STEP_POLL, STEP_REFRESH };

enum {
	INTERVAL_S = 5,
	INTERVAL_MAX_S = 60,
	SLOWER_S = 5,
	LIFE_MAX_S = 15 * 60,
	MESSAGE_SIZE = 512,
};

typedef struct Device {
	Credential credential;
	TokenEndpoint endpoint;
	SecretStore refresh_token;
} Device;

static void device_free(Credential *credential)
{
	Device *self = AKV_CONTAINER_OF(credential, Device, credential);

	token_endpoint_done(&self->endpoint);
	free(self);
}

static int device_new(Credential **ret, const CredentialConfig *config)
{
	TokenEndpoint endpoint = {0};
	Device *self;
	int r = token_endpoint_init(&endpoint, config);

	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self) {
		token_endpoint_done(&endpoint);
		return -ENOMEM;
	}
	self->credential.ops = &device_ops;
	self->credential.name = "device code";
	self->credential.patience_us = LIFE_MAX_S * CLOCK_US_PER_S;
	self->endpoint = endpoint;
	self->endpoint.v1 = false;
	self->refresh_token = config->refresh_token;
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	*ret = &self->credential;
	return 0;
}

/* --- the requests ------------------------------------------------------- */

/* client_id, and the scope with what keeps the person signed in. */
static int form_begin(Buf *form, const Device *self, const Exchange *exchange)
{
	AKV_BUF Buf scope = BUF_INIT(BUF_MAX_LINE);
	int r = buf_printf(&scope, "%s/.default offline_access",
			   exchange->ask.resource);

	if (r == 0)
		r = form_text(form, "client_id", self->endpoint.client_id);
	if (r == 0)
		r = form_field(form, "scope", scope.p, scope.n);
	return r;
}

static int device_code(Device *self, Exchange *exchange)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	int r = token_endpoint_url(&self->endpoint, exchange);

	exchange->step = STEP_CODE;
	buf_reset(&exchange->url);
	if (r == 0)
		r = buf_printf(&exchange->url, "%s/%s/oauth2/v2.0/devicecode",
			       self->endpoint.authority, exchange->ask.tenant);
	if (r == 0)
		r = form_begin(&form, self, exchange);
	if (r == 0 && exchange->ask.claims)
		r = form_text(&form, "claims", exchange->ask.claims);
	return r == 0 ? token_endpoint_post(exchange, &form) : r;
}

static int device_refresh(Device *self, Exchange *exchange,
			  const Secret *refresh_token)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	int r = token_endpoint_url(&self->endpoint, exchange);

	exchange->step = STEP_REFRESH;
	if (r == 0)
		r = form_begin(&form, self, exchange);
	if (r == 0)
		r = form_text(&form, "grant_type", "refresh_token");
	if (r == 0)
		r = form_field(&form, "refresh_token",
			       secret_bytes(refresh_token),
			       secret_size(refresh_token));
	if (r == 0 && exchange->ask.claims)
		r = form_text(&form, "claims", exchange->ask.claims);
	return r == 0 ? token_endpoint_post(exchange, &form) : r;
}

static int device_poll(Device *self, Exchange *exchange)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	int r = token_endpoint_url(&self->endpoint, exchange);

	exchange->step = STEP_POLL;
	if (r == 0)
		r = form_text(&form, "client_id", self->endpoint.client_id);
	if (r == 0)
		r = form_text(&form, "grant_type",
			      "urn:ietf:params:oauth:grant-type:device_code");
	if (r == 0)
		r = form_field(&form, "device_code",
			       secret_bytes(exchange->held),
			       secret_size(exchange->held));
	return r == 0 ? token_endpoint_post(exchange, &form) : r;
}

static int device_begin(Device *self, Exchange *exchange)
{
	AKV_CLEANUP(secret_unrefp) Secret *kept = NULL;
	const SecretStore *store = &self->refresh_token;
	int r = store->open ? store->open(store->data, &kept) : -ENOENT;

	if (r == -ENOENT || (r == 0 && secret_size(kept) == 0))
		return device_code(self, exchange);
	return r == 0 ? device_refresh(self, exchange, kept) : r;
}

/* --- the answers -------------------------------------------------------- */

static uint64_t seconds_of(const cJSON *object, const char *name,
			   uint64_t otherwise, uint64_t max)
{
	int64_t seconds;

	if (json_get_int64_loose(&seconds, object, name) != 0 || seconds <= 0)
		return otherwise;
	return AKV_MIN((uint64_t)seconds, max);
}

/* The authority's own words, or words of ours around the code. */
static int message_make(Buf *text, const cJSON *object)
{
	char said[MESSAGE_SIZE] = "";
	const char *message = "", *uri = "", *code = "";

	if (json_get_string(&message, object, "message") == 0) {
		quote_text(said, sizeof(said), message, strlen(message));
	} else if (json_get_string(&uri, object, "verification_uri") == 0 &&
		   json_get_string(&code, object, "user_code") == 0) {
		char where[200], what[40];

		quote_text(where, sizeof(where), uri, strlen(uri));
		quote_text(what, sizeof(what), code, strlen(code));
		(void)snprintf(said, sizeof(said),
			       "To sign in, open %s and enter the code %s",
			       where, what);
	}
	return said[0] != '\0' ? buf_append_string(text, said) : 1;
}

/* 0, 1 for no answer of such an endpoint, or an errno. */
static int code_take(Exchange *exchange, const HttpResponse *response)
{
	AKV_JSON cJSON *object = NULL;
	const char *code = "";
	uint64_t now_us = clock_now_us();
	int r = json_parse(&object, response->body, response->body_size, NULL);

	if (r == 0)
		r = json_get_string(&code, object, "device_code");
	if (r != 0 || code[0] == '\0')
		return r < 0 ? r : 1;
	exchange->interval_us =
		seconds_of(object, "interval", INTERVAL_S, INTERVAL_MAX_S) *
		CLOCK_US_PER_S;
	exchange->end_us =
		clock_add(now_us, seconds_of(object, "expires_in", LIFE_MAX_S,
					     LIFE_MAX_S) *
					  CLOCK_US_PER_S);
	buf_reset(&exchange->text);
	r = message_make(&exchange->text, object);
	if (r == 0)
		r = secret_new(&exchange->held, code, strlen(code));
	return r;
}

static int device_coded(Exchange *exchange, const HttpResponse *response)
{
	int r;

	if (response->result != HTTP_OK || response->status != 200) {
		r = token_endpoint_read(exchange, response);
		/* It can be no token: that was not asked for. */
		return r == EXCHANGE_E_TOKEN ? -EPROTO : r;
	}
	r = code_take(exchange, response);
	if (r > 0)
		return exchange_end(exchange, EXCHANGE_E_FAILED,
				    TOKEN_RESPONSE_E_INVALID,
				    "the authority gave no code to sign in "
				    "with: check authority= and client_id=");
	exchange->step = STEP_SHOW;
	exchange->act = EXCHANGE_ERRAND;
	exchange->errand =
		(Errand){.kind = ERRAND_SHOW, .words = {exchange->text.p}};
	return r;
}

static int device_wait(Exchange *exchange)
{
	exchange->step = STEP_POLL;
	exchange->act = EXCHANGE_PAUSE;
	exchange->until_us = clock_add(clock_now_us(), exchange->interval_us);
	return 0;
}

static int device_shown(Exchange *exchange, const ErrandAnswer *answer)
{
	if (answer->result < 0)
		return exchange_end(
			exchange, EXCHANGE_E_FAILED, TOKEN_RESPONSE_E_REFUSED,
			"signing in needs a person, and there is no terminal "
			"to ask one: unmount, and mount again");
	return device_wait(exchange);
}

/* The refresh token of a good answer is what the next one is made with. */
static int refresh_token_keep(const Device *self, const HttpResponse *response)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	AKV_JSON cJSON *object = NULL;
	const char *text = "";
	int r = json_parse(&object, response->body, response->body_size, NULL);

	if (r == 0)
		r = json_get_string(&text, object, "refresh_token");
	if (r != 0 || text[0] == '\0' || !self->refresh_token.put)
		return r < 0 ? r : 0;
	r = secret_new(&secret, text, strlen(text));
	if (r == 0)
		r = self->refresh_token.put(self->refresh_token.data, secret);
	/* Too long to be kept: then the person is asked again. */
	return r == -EMSGSIZE ? 0 : r;
}

static int device_end(const Device *self, Exchange *exchange,
		      const HttpResponse *response)
{
	int r = token_endpoint_read(exchange, response);
	int kept;

	if (r != EXCHANGE_E_TOKEN)
		return r;
	kept = refresh_token_keep(self, response);
	return kept < 0 ? kept : r;
}

static int device_polled(Device *self, Exchange *exchange,
			 const HttpResponse *response)
{
	int r = device_end(self, exchange, response);
	const char *error = exchange->failure.error;
	bool pending = strcmp(error, "authorization_pending") == 0;
	bool slower = strcmp(error, "slow_down") == 0;

	if (r != EXCHANGE_E_FAILED)
		return r;
	if (!pending && !slower &&
	    exchange->result != TOKEN_RESPONSE_E_UNREACHABLE)
		return r;
	if (slower)
		exchange->interval_us += SLOWER_S * CLOCK_US_PER_S;
	if (clock_now_us() < exchange->end_us)
		return device_wait(exchange);
	return exchange_end(exchange, EXCHANGE_E_FAILED,
			    TOKEN_RESPONSE_E_REFUSED,
			    "nobody signed in while the code was good: mount "
			    "again");
}

/* A refresh token that is over, or was taken back: ask the person. */
static int device_refreshed(Device *self, Exchange *exchange,
			    const HttpResponse *response)
{
	int r = device_end(self, exchange, response);

	if (r != EXCHANGE_E_FAILED ||
	    strcmp(exchange->failure.error, "invalid_grant") != 0)
		return r;
	if (self->refresh_token.put)
		(void)self->refresh_token.put(self->refresh_token.data, NULL);
	return device_code(self, exchange);
}

static int device_advance(Credential *credential, Exchange *exchange,
			  const ExchangeEvent *event)
{
	Device *self = AKV_CONTAINER_OF(credential, Device, credential);

	if (!event)
		return device_begin(self, exchange);
	if (event->answer)
		return device_shown(exchange, event->answer);
	if (!event->response)
		return device_poll(self, exchange);
	switch (exchange->step) {
	case STEP_REFRESH:
		return device_refreshed(self, exchange, event->response);
	case STEP_POLL:
		return device_polled(self, exchange, event->response);
	default:
		return device_coded(exchange, event->response);
	}
}

const CredentialOps device_ops = {
	.new = device_new,
	.free = device_free,
	.advance = device_advance,
};
