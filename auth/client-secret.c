/* SPDX-License-Identifier: MIT */

/*
 * The secret is taken out of its store when a form is made and is gone, but for
 * the form's own Secret, when client_secret_request() returns. The endpoint's
 * host is the configured authority's, never one that a challenge names.
 */

#include "auth/client-secret.h"

#include <openssl/rand.h>

#include "auth/challenge.h"
#include "auth/quote.h"
#include "base/parse.h"
#include "base/url.h"

enum { UUID_TEXT_SIZE = 37 };

static const char request_id_name[] = "client-request-id: ";

typedef struct ClientSecret {
	Credential credential;
	char *authority; /* no slash at its end */
	char *client_id;
	bool v1;
	SecretStore store;
	char request_id[sizeof(request_id_name) + UUID_TEXT_SIZE];
} ClientSecret;

static void client_secret_free(Credential *credential)
{
	ClientSecret *self =
		AKV_CONTAINER_OF(credential, ClientSecret, credential);

	free(self->authority);
	free(self->client_id);
	free(self);
}

/* An https origin, and at most one slash behind it. */
static int authority_new(char **ret, const char *text)
{
	char origin[ORIGIN_TEXT_SIZE];
	Url url = {0};
	int r = url_parse(&url, text, NULL);

	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_UNAVAILABLE;
	if (strcmp(url.origin.scheme, "https") != 0 ||
	    strcmp(url.path, "/") != 0 || url.query[0] != '\0') {
		r = CREDENTIAL_E_UNAVAILABLE;
	} else {
		origin_format(origin, &url.origin);
		*ret = strdup(origin);
		r = *ret ? 0 : -ENOMEM;
	}
	url_done(&url);
	return r;
}

/* Is a client secret kept? Its bytes are not looked at. */
static int store_probe(const SecretStore *store)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r;

	if (!store->open)
		return CREDENTIAL_E_UNAVAILABLE;
	r = store->open(store->data, &secret);
	if (r == -ENOENT || (r == 0 && secret_size(secret) == 0))
		return CREDENTIAL_E_UNAVAILABLE;
	return r;
}

static int client_secret_new(Credential **ret, const CredentialConfig *config)
{
	ClientSecret *self;
	int r;

	if (!config->authority || !config->client_id ||
	    config->client_id[0] == '\0')
		return CREDENTIAL_E_UNAVAILABLE;
	r = store_probe(&config->client_secret);
	if (r != 0)
		return r;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->credential.ops = &client_secret_ops;
	self->v1 = config->v1;
	self->store = config->client_secret;
	quote_text(self->credential.identity, sizeof(self->credential.identity),
		   config->client_id, strlen(config->client_id));
	r = authority_new(&self->authority, config->authority);
	if (r == 0) {
		self->client_id = strdup(config->client_id);
		r = self->client_id ? 0 : -ENOMEM;
	}
	if (r != 0) {
		client_secret_free(&self->credential);
		return r;
	}
	*ret = &self->credential;
	return 0;
}

/* RFC 9562 5.4: random, but for the version and the variant. */
static int request_id_make(ClientSecret *self)
{
	unsigned char b[16];

	if (RAND_bytes(b, sizeof(b)) != 1)
		return -EIO;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(self->request_id, sizeof(self->request_id),
		       "%s%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		       "%02x%02x%02x%02x%02x%02x",
		       request_id_name, b[0], b[1], b[2], b[3], b[4], b[5],
		       b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		       b[14], b[15]);
	return 0;
}

static int form_field(Buf *form, const char *name, const void *value, size_t n)
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

static int form_text(Buf *form, const char *name, const char *value)
{
	return form_field(form, name, value, strlen(value));
}

/* The one place where the client secret is in clear. */
static int form_secret(Buf *form, const SecretStore *store)
{
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	int r = store->open(store->data, &secret);

	if (r == -ENOENT)
		return CREDENTIAL_E_UNAVAILABLE;
	if (r < 0)
		return r;
	return form_field(form, "client_secret", secret_bytes(secret),
			  secret_size(secret));
}

static int form_resource(Buf *form, const ClientSecret *self,
			 const TokenAsk *ask)
{
	AKV_BUF Buf scope = BUF_INIT(BUF_MAX_LINE);
	int r;

	if (self->v1)
		return form_text(form, "resource", ask->resource);
	r = buf_printf(&scope, "%s/.default", ask->resource);
	if (r == 0)
		r = form_field(form, "scope", scope.p, scope.n);
	return r;
}

static int form_make(Secret **ret, const ClientSecret *self,
		     const TokenAsk *ask)
{
	AKV_BUF Buf form = BUF_INIT(BUF_MAX_FORM);
	int r;

	r = form_text(&form, "client_id", self->client_id);
	if (r == 0)
		r = form_secret(&form, &self->store);
	if (r == 0)
		r = form_text(&form, "grant_type", "client_credentials");
	if (r == 0)
		r = form_resource(&form, self, ask);
	if (r == 0 && ask->claims)
		r = form_text(&form, "claims", ask->claims);
	if (r == 0)
		r = secret_new(ret, form.p, form.n);
	return r;
}

static int client_secret_request(Credential *credential, HttpRequest *request,
				 Buf *url, const TokenAsk *ask)
{
	ClientSecret *self =
		AKV_CONTAINER_OF(credential, ClientSecret, credential);
	Secret *form = NULL;
	int r;

	/* AD FS speaks another dialect at that name. */
	if (!tenant_is_valid(ask->tenant) ||
	    ascii_equal_fold(ask->tenant, "adfs"))
		return -EINVAL;
	buf_reset(url);
	r = buf_printf(url, "%s/%s/oauth2/%s", self->authority, ask->tenant,
		       self->v1 ? "token" : "v2.0/token");
	if (r == 0)
		r = request_id_make(self);
	if (r == 0)
		r = form_make(&form, self, ask);
	if (r != 0)
		return r;
	*request = (HttpRequest){
		.method = "POST",
		.url = url->p,
		.headers = {"Accept: application/json", self->request_id},
		.body = form,
		.content_type = "application/x-www-form-urlencoded",
		.deadline_us = ask->deadline_us,
	};
	return 0;
}

const CredentialOps client_secret_ops = {
	.name = "client secret",
	.new = client_secret_new,
	.free = client_secret_free,
	.request = client_secret_request,
};
