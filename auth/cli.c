/* SPDX-License-Identifier: MIT */

/* One errand; whatever a tool of a person's desk does not do, it is as if it
 * was not there: a chain goes on. */

#include "auth/cli.h"

#include "auth/aadsts.h"
#include "auth/cli-output.h"
#include "base/base64.h"
#include "base/clock.h"

typedef struct Cli {
	Credential credential;
	enum cli_tool tool;
} Cli;

static const char *tool_name(const Cli *self)
{
	return self->tool == CLI_AZ ? "az" : "azd";
}

static void cli_free(Credential *credential)
{
	free(AKV_CONTAINER_OF(credential, Cli, credential));
}

static int cli_make(Credential **ret, enum cli_tool tool)
{
	Cli *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->tool = tool;
	self->credential.ops = tool == CLI_AZ ? &cli_az_ops : &cli_azd_ops;
	self->credential.name =
		tool == CLI_AZ ? "Azure CLI" : "Azure Developer CLI";
	self->credential.patience_us = (ERRAND_TOOL_S + 2) * CLOCK_US_PER_S;
	*ret = &self->credential;
	return 0;
}

static int cli_az_new(Credential **ret,
		      AKV_UNUSED const CredentialConfig *config)
{
	return cli_make(ret, CLI_AZ);
}

static int cli_azd_new(Credential **ret,
		       AKV_UNUSED const CredentialConfig *config)
{
	return cli_make(ret, CLI_AZD);
}

static int cli_begin(const Cli *self, Exchange *exchange)
{
	const TokenAsk *ask = &exchange->ask;
	int r = 0;

	buf_reset(&exchange->text);
	if (ask->claims)
		r = base64_encode(&exchange->text, BASE64_STANDARD, ask->claims,
				  strlen(ask->claims));
	if (r < 0)
		return r;
	/* az takes no claims, and a login is a person's. */
	if (ask->claims && self->tool == CLI_AZ)
		return exchange_end(exchange, EXCHANGE_E_FAILED,
				    TOKEN_RESPONSE_E_REFUSED,
				    "the vault asks for claims, and az gets "
				    "those only by logging in anew: az login "
				    "--tenant %s --claims-challenge %.300s",
				    ask->tenant, exchange->text.p);
	exchange->act = EXCHANGE_ERRAND;
	exchange->errand = (Errand){
		.kind = self->tool == CLI_AZ ? ERRAND_AZ : ERRAND_AZD,
		.words = {ask->resource, ask->tenant,
			  self->tool == CLI_AZD ? exchange->text.p : NULL},
	};
	return 0;
}

/* The tool ended with a code that is not 0. */
static int cli_failed(const Cli *self, Exchange *exchange,
		      const ErrandAnswer *answer)
{
	char words[CLI_ERROR_SIZE];
	const char *remedy;

	cli_error_read(words, self->tool, answer->errors);
	exchange->failure.code = aadsts_find(words);
	remedy = aadsts_remedy(exchange->failure.code);
	return exchange_end(
		exchange, EXCHANGE_E_UNAVAILABLE, TOKEN_RESPONSE_E_REFUSED,
		"%s gave no token (exit code %d)%s%s%s%s", tool_name(self),
		answer->code, words[0] != '\0' ? ": " : "", words,
		remedy ? "; " : "", remedy ? remedy : "");
}

static int cli_answered(const Cli *self, Exchange *exchange,
			const ErrandAnswer *answer)
{
	int r;

	if (answer->result == -ENOENT || answer->code == 127)
		return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
				    TOKEN_RESPONSE_E_REFUSED,
				    "%s is not installed, or not in PATH",
				    tool_name(self));
	if (answer->result < 0)
		return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
				    TOKEN_RESPONSE_E_UNREACHABLE,
				    "%s cannot be run: %s", tool_name(self),
				    answer->result == -ETIMEDOUT
					    ? "it did not end in 10 seconds"
					    : strerror(-answer->result));
	if (answer->code != 0)
		return cli_failed(self, exchange, answer);
	if (!answer->output)
		r = CLI_E_INVALID;
	else
		r = cli_token_read(&exchange->token, self->tool,
				   secret_bytes(answer->output),
				   secret_size(answer->output), clock_now_us(),
				   clock_wall_s());
	if (r > 0)
		return exchange_end(exchange, EXCHANGE_E_UNAVAILABLE,
				    TOKEN_RESPONSE_E_INVALID,
				    "what %s printed is no token with an end "
				    "that is still to come",
				    tool_name(self));
	return r < 0 ? r : EXCHANGE_E_TOKEN;
}

static int cli_advance(Credential *credential, Exchange *exchange,
		       const ExchangeEvent *event)
{
	const Cli *self = AKV_CONTAINER_OF(credential, Cli, credential);

	return event ? cli_answered(self, exchange, event->answer)
		     : cli_begin(self, exchange);
}

const CredentialOps cli_az_ops = {
	.new = cli_az_new,
	.free = cli_free,
	.advance = cli_advance,
};

const CredentialOps cli_azd_ops = {
	.new = cli_azd_new,
	.free = cli_free,
	.advance = cli_advance,
};
