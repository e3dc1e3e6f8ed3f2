/* SPDX-License-Identifier: MIT */

/* It has no end that is believed: who is shown it judges that. */

#include "auth/given.h"

#include "base/clock.h"

#define GIVEN_LIFE_US (3600 * CLOCK_US_PER_S)

typedef struct Given {
	Credential credential;
	Secret *token;
	char *resource, *also;
} Given;

static void given_free(Credential *credential)
{
	Given *self = AKV_CONTAINER_OF(credential, Given, credential);

	(void)secret_unref(self->token);
	free(self->resource);
	free(self->also);
	free(self);
}

static int given_advance(Credential *credential, Exchange *exchange,
			 AKV_UNUSED const ExchangeEvent *event)
{
	Given *self = AKV_CONTAINER_OF(credential, Given, credential);
	const char *wanted = exchange->ask.resource;
	uint64_t now_us = clock_now_us();

	if (strcmp(wanted, self->resource) != 0 &&
	    (!self->also || strcmp(wanted, self->also) != 0))
		return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
				    TOKEN_RESPONSE_E_REFUSED,
				    "the token that was given is not for %s",
				    wanted);
	exchange->token = (Token){
		.bytes = secret_ref(self->token),
		.issued_us = now_us,
		.refresh_us = clock_add(now_us, GIVEN_LIFE_US),
		.expires_us = clock_add(now_us, GIVEN_LIFE_US),
	};
	return EXCHANGE_E_TOKEN;
}

static const CredentialOps given_ops = {
	.free = given_free,
	.advance = given_advance,
};

int given_new(Credential **ret, Secret *token, const char *resource,
	      const char *also)
{
	Given *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->credential.ops = &given_ops;
	self->credential.name = "token from elsewhere";
	self->token = secret_ref(token);
	self->resource = strdup(resource);
	self->also = also ? strdup(also) : NULL;
	if (!self->resource || (also && !self->also)) {
		given_free(&self->credential);
		return -ENOMEM;
	}
	*ret = &self->credential;
	return 0;
}
