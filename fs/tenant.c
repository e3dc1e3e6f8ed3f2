/* SPDX-License-Identifier: MIT */

/* Used by the commands of akvfs-doctor. */

#include "fs/tenant.h"

#include "auth/challenge.h"
#include "auth/quote.h"
#include "base/clock.h"
#include "fs/control.h"
#include "vault/refusal.h"
#include "vault/vault.h"

typedef struct TenantAsk {
	Client *client;
	char *tenant, *why;
} TenantAsk;

/* Nobody answered. */
static int say_unreachable(const TenantAsk *ask, const HttpResponse *response)
{
	const char *words = response->reason;
	char reason[200];

	if (!words || words[0] == '\0')
		words = http_result_text(response->result);
	quote_text(reason, sizeof(reason), words, strlen(words));
	(void)snprintf(ask->why, CLIENT_WHY_SIZE,
		       "the vault %s cannot be reached, to ask which tenant it "
		       "belongs to (%s): check its name and the network, or "
		       "set tenant_id= (AZURE_TENANT_ID)",
		       ask->client->source.vault, reason);
	return EXIT_CODE_NETWORK;
}

static int tenant_take(const TenantAsk *ask, const HttpResponse *response)
{
	Challenge challenge = {0};
	RefusalFacts facts = {.source = &ask->client->source};

	if (response->result != HTTP_OK)
		return say_unreachable(ask, response);
	if (response->status == 401 &&
	    challenge_parse(&challenge, response->challenges,
			    response->n_challenges) == 0)
		facts.challenge = &challenge;
	if (refusal_judge(&facts, ask->why, CLIENT_WHY_SIZE) !=
	    REFUSAL_TAKE_TENANT)
		return EXIT_CODE_REFUSED;
	(void)snprintf(ask->tenant, CHALLENGE_TENANT_MAX + 1, "%s",
		       challenge.tenant);
	return 0;
}

static void tenant_answered(void *data, const HttpResponse *response)
{
	const TenantAsk *ask = data;

	loop_stop(ask->client->loop, tenant_take(ask, response));
}

int tenant_ask(char *ret, Client *client, char *why)
{
	const Options *o = &client->options;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	TenantAsk ask = {.client = client, .tenant = ret, .why = why};
	HttpTransfer *transfer;
	HttpRequest request = {.method = "GET"};
	char origin[ORIGIN_TEXT_SIZE];
	int r;

	origin_format(origin, &client->source.origin);
	r = buf_printf(&url, "%s/%s?api-version=", origin,
		       client->source.is_hsm ? "keys" : "secrets");
	if (r == 0)
		r = buf_append_percent(
			&url,
			o->api_version[0] ? o->api_version
					  : VAULT_API_VERSION_DEFAULT,
			strlen(o->api_version[0] ? o->api_version
						 : VAULT_API_VERSION_DEFAULT));
	request.url = url.p;
	request.deadline_us =
		clock_add(clock_now_us(), o->timeout_s * CLOCK_US_PER_S);
	if (r == 0)
		r = http_start(client->http, &transfer, &request,
			       tenant_answered, &ask);
	if (r == 0)
		r = loop_run(client->loop);
	if (r < 0) {
		(void)snprintf(why, CLIENT_WHY_SIZE, "asking the vault: %s",
			       strerror(-r));
		return EXIT_CODE_NETWORK;
	}
	return r;
}
