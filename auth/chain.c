/* SPDX-License-Identifier: MIT */

/*
 * Members are made at the start; an exchange walks them, and is a member's own
 * in between. What the members of an exchange that were not there have said is
 * in exchange->reasons.
 */

#include "auth/chain.h"

#include "auth/cli.h"
#include "auth/client-certificate.h"
#include "auth/client-secret.h"
#include "auth/managed.h"
#include "auth/workload.h"
#include "base/log.h"
#include "base/parse.h"

#define BIT(source) (1U << (source))

static const ChainSource sources[] = {
	{CHAIN_SECRET, "secret", "client secret", &client_secret_ops,
	 "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not both set"},
	{CHAIN_CERTIFICATE, "certificate", "client certificate",
	 &client_certificate_ops, "AZURE_CLIENT_CERTIFICATE_PATH is not set"},
	{CHAIN_WORKLOAD, "workload", "workload identity", &workload_ops,
	 "AZURE_FEDERATED_TOKEN_FILE is not set"},
	{CHAIN_MANAGED, "managed", "managed identity", &managed_probing_ops,
	 ""},
	{CHAIN_AZ, "cli", "Azure CLI", &cli_az_ops, ""},
	{CHAIN_AZD, "azd", "Azure Developer CLI", &cli_azd_ops, ""},
};

enum { MEMBERS = AKV_ARRAY_LEN(sources) };

const ChainSource *chain_source_at(size_t i)
{
	return i < MEMBERS ? &sources[i] : NULL;
}

typedef struct Chain {
	Credential credential;
	Credential *members[MEMBERS]; /* NULL: not configured, or not wanted */
	unsigned wanted;
	int chosen; /* index, or -1 */
	uint32_t *stored;
} Chain;

static const struct {
	const char *name;
	unsigned bits;
} preferences[] = {
	{"prod", BIT(CHAIN_SECRET) | BIT(CHAIN_CERTIFICATE) |
			 BIT(CHAIN_WORKLOAD) | BIT(CHAIN_MANAGED)},
	{"dev", BIT(CHAIN_AZ) | BIT(CHAIN_AZD)},
	{"EnvironmentCredential", BIT(CHAIN_SECRET) | BIT(CHAIN_CERTIFICATE)},
	{"WorkloadIdentityCredential", BIT(CHAIN_WORKLOAD)},
	{"ManagedIdentityCredential", BIT(CHAIN_MANAGED)},
	{"AzureCLICredential", BIT(CHAIN_AZ)},
	{"AzureDeveloperCLICredential", BIT(CHAIN_AZD)},
};

unsigned chain_sources(const char *preference)
{
	char word[64];
	size_t n;

	if (!preference)
		preference = "";
	preference += strspn(preference, " \t");
	n = strlen(preference);
	while (n > 0 && strchr(" \t", preference[n - 1]))
		n--;
	if (n == 0)
		return ~0U;
	if (n >= sizeof(word))
		return 0;
	(void)snprintf(word, sizeof(word), "%.*s", (int)n, preference);
	for (size_t i = 0; i < AKV_ARRAY_LEN(preferences); i++)
		if (ascii_equal_fold(word, preferences[i].name))
			return preferences[i].bits;
	return 0;
}

static void chain_free(Credential *credential)
{
	Chain *self = AKV_CONTAINER_OF(credential, Chain, credential);

	for (size_t i = 0; i < MEMBERS; i++)
		(void)credential_free(self->members[i]);
	free(self);
}

/* From now on it is the one, and no other. */
static void chain_choose(Chain *self, size_t i)
{
	Credential *member = self->members[i];

	if (sources[i].source == CHAIN_MANAGED)
		managed_found(member);
	self->chosen = (int)i;
	self->credential.name = member->name;
	self->credential.patience_us = member->patience_us;
	memcpy(self->credential.identity, member->identity,
	       sizeof(member->identity));
	if (self->stored)
		*self->stored = (uint32_t)sources[i].source;
}

static int chain_make_members(Chain *self, const CredentialConfig *config)
{
	/* Where nothing else is asked, there is nothing to find out first. */
	bool only_managed = self->wanted == BIT(CHAIN_MANAGED);
	int r = 0;

	for (size_t i = 0; i < MEMBERS && r >= 0; i++) {
		const CredentialOps *ops = sources[i].ops;

		if (!(self->wanted & BIT(sources[i].source)))
			continue;
		if (only_managed)
			ops = &managed_ops;
		r = ops->new (&self->members[i], config);
		if (self->members[i])
			self->credential.patience_us +=
				self->members[i]->patience_us;
	}
	return r < 0 ? r : 0;
}

static int chain_new(Credential **ret, const CredentialConfig *config)
{
	Chain *self = calloc(1, sizeof(*self));
	int r;

	if (!self)
		return -ENOMEM;
	self->credential.ops = &chain_ops;
	self->credential.name = "auto";
	self->wanted = chain_sources(config->preference);
	self->chosen = -1;
	self->stored = config->chosen;
	r = chain_make_members(self, config);
	if (r < 0) {
		chain_free(&self->credential);
		return r;
	}
	for (size_t i = 0; i < MEMBERS && self->stored; i++) {
		if (*self->stored == (uint32_t)sources[i].source &&
		    self->members[i])
			chain_choose(self, i);
	}
	*ret = &self->credential;
	return 0;
}

/* --- an exchange -------------------------------------------------------- */

static void reason_add(Exchange *exchange, const char *name, const char *why)
{
	/* What does not fit is the end of a long sentence. */
	(void)!buf_printf(&exchange->reasons, "%s%s: %.160s",
			  exchange->reasons.n > 0 ? "; " : "", name, why);
}

/* The next member begins with a clean exchange. */
static void exchange_clear(Exchange *exchange)
{
	exchange->step = 0;
	exchange->tries = 0;
	exchange->phase = 0;
	exchange->held = secret_unref(exchange->held);
	exchange->failure = (AuthFailure){0};
	exchange->retry_after_us = 0;
	token_done(&exchange->token);
	exchange->token = (Token){0};
}

static int chain_end(const Chain *self, Exchange *exchange)
{
	if ((self->wanted & BIT(CHAIN_SECRET)) && !self->members[0] &&
	    !self->members[1])
		reason_add(exchange, "environment", sources[0].absent);
	if ((self->wanted & BIT(CHAIN_WORKLOAD)) && !self->members[2])
		reason_add(exchange, "workload identity", sources[2].absent);
	return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
			    exchange->result ? exchange->result
					     : TOKEN_RESPONSE_E_REFUSED,
			    "there is nothing to sign in with (auth=auto): %s",
			    exchange->reasons.p);
}

static int chain_begin(Chain *self, Exchange *exchange, unsigned from);

static int chain_took(Chain *self, Exchange *exchange)
{
	unsigned member = exchange->member;

	if (self->chosen < 0) {
		chain_choose(self, member);
		return EXCHANGE_E_TOKEN;
	}
	if ((unsigned)self->chosen == member)
		return EXCHANGE_E_TOKEN;
	/* Another exchange was quicker, with another source: that one it is. */
	exchange_clear(exchange);
	return chain_begin(self, exchange, (unsigned)self->chosen);
}

/* What a member's advance() came to. */
static int chain_judge(Chain *self, Exchange *exchange, int r)
{
	const char *name = self->members[exchange->member]->name;

	if (r == EXCHANGE_E_TOKEN)
		return chain_took(self, exchange);
	if (r != EXCHANGE_E_UNAVAILABLE || self->chosen >= 0)
		return r;
	log_debug("%s: %s", name, exchange->failure.sentence);
	reason_add(exchange, name, exchange->failure.sentence);
	exchange_clear(exchange);
	return chain_begin(self, exchange, exchange->member + 1);
}

/* Begin with member @from, or the next one that is there. */
static int chain_begin(Chain *self, Exchange *exchange, unsigned from)
{
	while (from < MEMBERS && !self->members[from])
		from++;
	if (from == MEMBERS)
		return chain_end(self, exchange);
	exchange->member = from;
	return chain_judge(self, exchange,
			   self->members[from]->ops->advance(
				   self->members[from], exchange, NULL));
}

static int chain_advance(Credential *credential, Exchange *exchange,
			 const ExchangeEvent *event)
{
	Chain *self = AKV_CONTAINER_OF(credential, Chain, credential);
	Credential *member;

	if (!event)
		return chain_begin(self, exchange,
				   self->chosen < 0 ? 0
						    : (unsigned)self->chosen);
	member = self->members[exchange->member];
	return chain_judge(self, exchange,
			   member->ops->advance(member, exchange, event));
}

const CredentialOps chain_ops = {
	.new = chain_new,
	.free = chain_free,
	.advance = chain_advance,
};
