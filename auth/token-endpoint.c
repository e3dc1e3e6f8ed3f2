/* SPDX-License-Identifier: MIT */

/*
 * The endpoint's host is the configured authority's, never one that a
 * challenge names. A form holds a secret, so it is a Buf, which is wiped, and
 * then a Secret.
 */

#include "auth/token-endpoint.h"

#include <openssl/rand.h>

#include "auth/challenge.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/time.h"
#include "base/url.h"

#define RETRY_AFTER_MAX_S UINT64_C(86400)

static const char assertion_type[] =
	"urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

static int authority_origin(char ret[ORIGIN_TEXT_SIZE], const char *text)
{
	Url url = {0};
	int r = url_parse(&url, text, NULL);

	if (r != 0)
		return r < 0 ? r : AUTHORITY_E_INVALID;
	if (strcmp(url.origin.scheme, "https") != 0 ||
	    strcmp(url.path, "/") != 0 || url.query[0] != '\0')
		r = AUTHORITY_E_INVALID;
	else
		origin_format(ret, &url.origin);
	url_done(&url);
	return r;
}

int authority_check(const char *text)
{
	char origin[ORIGIN_TEXT_SIZE];

	return authority_origin(origin, text);
}

static int authority_new(char **ret, const char *text)
{
	char origin[ORIGIN_TEXT_SIZE];
	int r = authority_origin(origin, text);

	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_UNAVAILABLE;
	*ret = strdup(origin);
	return *ret ? 0 : -ENOMEM;
}

int token_endpoint_init(TokenEndpoint *endpoint, const CredentialConfig *config)
{
	TokenEndpoint made = {.v1 = config->v1};
	int r;

	if (!config->authority || !is_set(config->client_id))
		return CREDENTIAL_E_UNAVAILABLE;
	r = authority_new(&made.authority, config->authority);
	if (r != 0)
		return r;
	made.client_id = strdup(config->client_id);
	if (!made.client_id) {
		token_endpoint_done(&made);
		return -ENOMEM;
	}
	*endpoint = made;
	return 0;
}

void token_endpoint_done(TokenEndpoint *endpoint)
{
	free(AKV_TAKE(endpoint->authority));
	free(AKV_TAKE(endpoint->client_id));
}

int token_endpoint_url(const TokenEndpoint *endpoint, Exchange *exchange)
{
	const char *tenant = exchange->ask.tenant;

	/* AD FS speaks another dialect at that name. */
	if (!tenant_is_valid(tenant) || ascii_equal_fold(tenant, "adfs"))
		return -EINVAL;
	buf_reset(&exchange->url);
	return buf_printf(&exchange->url, "%s/%s/oauth2/%s",
			  endpoint->authority, tenant,
			  endpoint->v1 ? "token" : "v2.0/token");
}

int uuid_make(char ret[UUID_TEXT_SIZE])
{
	unsigned char b[16];

	if (RAND_bytes(b, sizeof(b)) != 1)
		return -EIO;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(ret, UUID_TEXT_SIZE,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		       "%02x%02x%02x%02x%02x%02x",
		       b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8],
		       b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

int exchange_request_id(Exchange *exchange)
{
	char uuid[UUID_TEXT_SIZE];
	int r = uuid_make(uuid);

	if (r == 0)
		(void)snprintf(exchange->request_id,
			       sizeof(exchange->request_id),
			       "client-request-id: %s", uuid);
	return r;
}

int form_field(Buf *form, const char *name, const void *value, size_t n)
{
	int r = 0;

	if (form->n > 0)
		r = buf_append_char(form, '&');
	if (r == 0)
		r = buf_append_string(form, name);
	if (r == 0)
		r = buf_append_char(form, '=');
	if (r == 0)
		r = buf_append_percent(form, value, n);
	return r;
}

int form_text(Buf *form, const char *name, const char *value)
{
	return form_field(form, name, value, strlen(value));
}

static int form_proof(Buf *form, enum token_proof proof, const Secret *bytes)
{
	int r = 0;

	if (proof == PROOF_SECRET)
		return form_field(form, "client_secret", secret_bytes(bytes),
				  secret_size(bytes));
	r = form_text(form, "client_assertion_type", assertion_type);
	if (r == 0)
		r = form_field(form, "client_assertion", secret_bytes(bytes),
			       secret_size(bytes));
	return r;
}

/* Without a slash, and "/.default" once. */
static int form_resource(Buf *form, bool v1, const char *resource)
{
	AKV_BUF Buf scope = BUF_INIT(BUF_MAX_LINE);
	int r;

	if (v1)
		return form_text(form, "resource", resource);
	r = buf_printf(&scope, "%s/.default", resource);
	if (r == 0)
		r = form_field(form, "scope", scope.p, scope.n);
	return r;
}

int token_endpoint_post(Exchange *exchange, const Buf *form)
{
	Secret *body = NULL;
	int r = exchange_request_id(exchange);

	if (r == 0)
		r = secret_new(&body, form->p, form->n);
	if (r != 0)
		return r;
	exchange->act = EXCHANGE_REQUEST;
	exchange->request = (HttpRequest){
		.method = "POST",
		.url = exchange->url.p,
		.headers = {"Accept: application/json", exchange->request_id},
		.body = body,
		.content_type = "application/x-www-form-urlencoded",
		.deadline_us =
			clock_add(clock_now_us(), exchange->ask.timeout_us),
	};
	return 0;
}

int token_endpoint_send(const TokenEndpoint *endpoint, Exchange *exchange,
			enum token_proof proof, const Secret *bytes)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	const TokenAsk *ask = &exchange->ask;
	int r = token_endpoint_url(endpoint, exchange);

	if (r == 0)
		r = form_text(&form, "client_id", endpoint->client_id);
	if (r == 0)
		r = form_proof(&form, proof, bytes);
	if (r == 0)
		r = form_text(&form, "grant_type", "client_credentials");
	if (r == 0)
		r = form_resource(&form, endpoint->v1, ask->resource);
	if (r == 0 && ask->claims)
		r = form_text(&form, "claims", ask->claims);
	return r == 0 ? token_endpoint_post(exchange, &form) : r;
}

uint64_t response_pause_us(const HttpResponse *response)
{
	int64_t until_s;
	uint64_t s = 0;

	if (response->result != HTTP_OK || !is_set(response->retry_after))
		return 0;
	if (time_parse_http_date(&until_s, response->retry_after) == 0) {
		int64_t now_s = clock_wall_s();

		s = until_s > now_s ? (uint64_t)(until_s - now_s) : 0;
	} else if (parse_uint64(&s, response->retry_after, RETRY_AFTER_MAX_S) !=
		   0) {
		return 0;
	}
	return AKV_MIN(s, RETRY_AFTER_MAX_S) * CLOCK_US_PER_S;
}

/* What the support of Microsoft asks for; the sentence is for the user. */
static void log_ids(const AuthFailure *failure)
{
	if (failure->correlation_id[0] == '\0' && failure->trace_id[0] == '\0')
		return;
	log_info("the refused sign-in has the correlation id %s, trace id %s, "
		 "timestamp %s",
		 failure->correlation_id, failure->trace_id,
		 failure->timestamp);
}

int token_endpoint_read(Exchange *exchange, const HttpResponse *response)
{
	int r = token_response_read(&exchange->token, &exchange->failure,
				    response, clock_now_us(), clock_wall_s());

	if (r < 0)
		return r;
	if (r == 0)
		return EXCHANGE_E_TOKEN;
	log_ids(&exchange->failure);
	exchange->result = r;
	exchange->retry_after_us = response_pause_us(response);
	return EXCHANGE_E_FAILED;
}
