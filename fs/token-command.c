/* SPDX-License-Identifier: MIT */

/*
 * akvfs token: a token for one resource, by the way of signing in that a mount
 * would take; or one that somebody else has got, from standard input. Its bytes
 * go from locked memory to standard output by write(2), and nowhere else.
 */

#include <getopt.h>

#include "auth/audience.h"
#include "auth/challenge.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "fs/client.h"
#include "fs/control.h"
#include "fs/doctor-commands.h"
#include "fs/settings.h"
#include "fs/tenant.h"
#include "fs/token-input.h"
#include "fs/token-report.h"

enum { TOKEN_LISTS_MAX = 32, RESOURCE_MAX = CHALLENGE_RESOURCE_MAX };

#define SCOPE_END "/.default"
#define RESOURCE_SET                                                       \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:" \
	"/_-"

typedef struct TokenArguments {
	const char *lists[TOKEN_LISTS_MAX]; /* each -o */
	size_t n_lists;
	const char *resource; /* a word or a URI; NULL: the vault's */
	const char *source;
	bool decode, json, from_input, debug;
} TokenArguments;

typedef struct TokenJob {
	const TokenArguments *arguments;
	Client client;
	char resource[RESOURCE_MAX + 1];
	char tenant[CHALLENGE_TENANT_MAX + 1];
	char why[CLIENT_WHY_SIZE];
	SignIn *sign_in;
	SignInWait wait;
	Secret *token; /* owned */
	TokenFacts facts;
} TokenJob;

/* --- arguments ------------------------------------------------------------ */

static int token_usage(void)
{
	return command_fail(EXIT_CODE_USAGE,
			    "usage: akvfs token [-d] [-o OPT[,OPT...]] "
			    "[--resource vault|hsm|arm|graph|URI] [--decode] "
			    "[--json] [--stdin] [SOURCE]");
}

static int arguments_option(TokenArguments *arguments, int option)
{
	switch (option) {
	case 'o':
		if (arguments->n_lists == TOKEN_LISTS_MAX)
			return command_fail(EXIT_CODE_USAGE,
					    "too many -o options");
		arguments->lists[arguments->n_lists++] = optarg;
		return 0;
	case 'd':
		arguments->debug = true;
		return 0;
	case 'r':
		arguments->resource = optarg;
		return 0;
	case 'c':
		arguments->decode = true;
		return 0;
	case 'j':
		arguments->decode = true;
		arguments->json = true;
		return 0;
	case 's':
		arguments->decode = true;
		arguments->from_input = true;
		return 0;
	default:
		return token_usage();
	}
}

static int arguments_read(TokenArguments *arguments, int argc, char **argv)
{
	static const struct option names[] = {
		{"resource", required_argument, NULL, 'r'},
		{"decode", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"stdin", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	int option, r = 0;

	optind = 1;
	while (r == 0 &&
	       (option = getopt_long(argc, argv, "do:", names, NULL)) != -1)
		r = arguments_option(arguments, option);
	if (r != 0)
		return r;
	if (argc - optind > 1)
		return token_usage();
	if (argc - optind == 1)
		arguments->source = argv[optind];
	if (arguments->from_input && arguments->resource)
		return command_fail(EXIT_CODE_USAGE,
				    "--stdin reads a token that is there: "
				    "--resource is for asking for one");
	return 0;
}

static int options_apply(Options *options, const void *data)
{
	const TokenArguments *arguments = data;
	int r = settings_apply(options, arguments->lists, arguments->n_lists,
			       arguments->source);

	options->debug = options->debug || arguments->debug;
	return r;
}

/* --- which resource ------------------------------------------------------- */

static int resource_named(TokenJob *job, enum audience_plane plane)
{
	const Cloud *cloud = job->client.source.cloud;
	const char *resource = audience_resource(plane, cloud);

	if (!resource)
		return command_fail(EXIT_CODE_USAGE,
				    "what %s is called in the cloud %s is not "
				    "known: give its URI to --resource",
				    job->arguments->resource, cloud->name);
	(void)snprintf(job->resource, sizeof(job->resource), "%s", resource);
	return 0;
}

/*
 * A URI without "/.default" and without a slash at its end: with one, a token
 * is issued that Key Vault then refuses.
 */
static int resource_given(TokenJob *job, const char *text)
{
	char why[AUDIENCE_WHY_SIZE];
	Audience audience;
	size_t n = strlen(text);

	if (ascii_ends_with_fold(text, SCOPE_END))
		n -= strlen(SCOPE_END);
	while (n > 0 && text[n - 1] == '/')
		n--;
	if (n == 0 || n > RESOURCE_MAX || strspn(text, RESOURCE_SET) < n ||
	    strchr("./:_-", text[0]))
		return command_fail(EXIT_CODE_USAGE,
				    "a resource is vault, hsm, arm, graph, or "
				    "a URI such as https://vault.azure.net");
	(void)snprintf(job->resource, sizeof(job->resource), "%.*s", (int)n,
		       text);
	if (text[n] == '/' && !ascii_ends_with_fold(text, SCOPE_END))
		log_warning("the resource is asked for without the slash at "
			    "its end: Key Vault requires none");
	audience_judge(&audience, job->resource, "2.0",
		       job->client.source.cloud);
	if (audience.fault == AUDIENCE_OWN_URL ||
	    audience.fault == AUDIENCE_FORM) {
		audience_why(why, &audience, job->resource, AUDIENCE_VAULT,
			     job->client.source.cloud);
		log_warning("a token for this will not work: %s", why);
	}
	return 0;
}

static int resource_find(TokenJob *job)
{
	static const struct {
		const char *word;
		enum audience_plane plane;
	} words[] = {
		{"vault", AUDIENCE_VAULT},
		{"hsm", AUDIENCE_HSM},
		{"arm", AUDIENCE_ARM},
		{"graph", AUDIENCE_GRAPH},
	};
	const char *wanted = job->arguments->resource;

	if (!wanted)
		return resource_given(job, job->client.source.resource);
	for (size_t i = 0; i < AKV_ARRAY_LEN(words); i++)
		if (ascii_equal_fold(wanted, words[i].word))
			return resource_named(job, words[i].plane);
	return resource_given(job, wanted);
}

/* --- signing in ----------------------------------------------------------- */

static int say_fault(int r)
{
	if (r == -EINVAL)
		return command_fail(EXIT_CODE_USAGE,
				    "it is not known which tenant to sign in "
				    "to: set tenant_id= (AZURE_TENANT_ID), or "
				    "name the vault");
	return command_fail(EXIT_CODE_AUTHENTICATION, "signing in: %s",
			    strerror(-r));
}

static int job_take(TokenJob *job, int result, const Token *token,
		    const AuthFailure *failure)
{
	uint64_t now_us = clock_now_us();

	if (result < 0)
		return say_fault(result);
	if (result > 0)
		return command_fail(result == TOKEN_RESPONSE_E_UNREACHABLE
					    ? EXIT_CODE_NETWORK
					    : EXIT_CODE_AUTHENTICATION,
				    "%s", failure->sentence);
	job->token = secret_ref(token->bytes);
	job->facts.expires_s = job->facts.now_s;
	if (token->expires_us > now_us)
		job->facts.expires_s += (int64_t)((token->expires_us - now_us) /
						  CLOCK_US_PER_S);
	return 0;
}

static void job_signed_in(SignInWait *wait, int result, const Token *token,
			  const AuthFailure *failure)
{
	TokenJob *job = AKV_CONTAINER_OF(wait, TokenJob, wait);

	loop_stop(job->client.loop, job_take(job, result, token, failure));
}

static int job_tenant(TokenJob *job)
{
	const Options *o = &job->client.options;
	int r;

	if (o->tenant_id[0] && !tenant_is_valid(o->tenant_id))
		return command_fail(EXIT_CODE_USAGE,
				    "tenant_id= is the id or a domain of a "
				    "tenant");
	if (o->tenant_id[0] || !job->client.has_vault) {
		(void)snprintf(job->tenant, sizeof(job->tenant), "%.*s",
			       CHALLENGE_TENANT_MAX, o->tenant_id);
		return 0;
	}
	r = tenant_ask(job->tenant, &job->client, job->why);
	return r == 0 ? 0 : command_fail(r, "%s", job->why);
}

static int job_sign_in(TokenJob *job)
{
	Client *client = &job->client;
	int r = client_http(client, job->why);

	if (r == 0)
		r = client_sign_in(&job->sign_in, client, NULL, job->why);
	if (r != 0)
		return command_fail(r, "%s", job->why);
	r = job_tenant(job);
	if (r != 0)
		return r;
	job->facts.now_s = clock_wall_s();
	job->wait.done = job_signed_in;
	r = sign_in_token(job->sign_in, &job->wait, job->tenant, job->resource);
	if (r < 0)
		return say_fault(r);
	r = loop_run(client->loop);
	if (r < 0)
		return say_fault(r);
	job->facts.name = sign_in_name(job->sign_in);
	job->facts.identity = sign_in_identity(job->sign_in);
	return r;
}

/* --- what is printed ------------------------------------------------------ */

static int print_bytes(const void *data, size_t n)
{
	const char *at = data;

	while (n > 0) {
		ssize_t written = write(STDOUT_FILENO, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return command_fail(EXIT_CODE_USAGE,
					    "standard output: %s",
					    strerror(errno));
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

static int print_token(const TokenJob *job)
{
	int r = print_bytes(secret_bytes(job->token), secret_size(job->token));

	return r == 0 ? print_bytes("\n", 1) : r;
}

static int print_report(TokenJob *job)
{
	const Client *client = &job->client;
	const Options *o = &client->options;
	TokenFacts *facts = &job->facts;
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	int r;

	facts->answer = claims_read(&facts->claims, secret_bytes(job->token),
				    secret_size(job->token));
	if (facts->answer < 0)
		return command_fail(EXIT_CODE_USAGE, "decoding: %s",
				    strerror(-facts->answer));
	/* A token that was handed to us may be of any cloud. */
	if (facts->name || client->has_vault || o->cloud[0] || o->authority[0])
		facts->home = client->source.cloud;
	facts->is_hsm = client->source.is_hsm;
	facts->resource = o->resource[0] ? o->resource : NULL;
	r = job->arguments->json ? token_report_json(&text, facts)
				 : token_report_text(&text, facts);
	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "decoding: %s",
				    strerror(-r));
	return print_bytes(text.p, text.n);
}

/* --- the command ---------------------------------------------------------- */

static int job_from_input(TokenJob *job)
{
	int r = token_input_read(&job->token, STDIN_FILENO, job->why,
				 sizeof(job->why));

	job->facts.now_s = clock_wall_s();
	job->facts.expires_s = -1;
	if (r == 0)
		return 0;
	return command_fail(EXIT_CODE_USAGE, "standard input: %s",
			    r < 0 ? strerror(-r) : job->why);
}

static int job_run(TokenJob *job)
{
	Client *client = &job->client;
	int r = settings_read(&client->options, options_apply, job->arguments);

	if (r == 0)
		r = client_seal(client);
	if (r != 0)
		return r;
	if (client->options.debug)
		log_open(LOG_TARGET_STDERR, LOG_LEVEL_DEBUG);
	r = client_source(client, job->why);
	if (r != 0)
		return command_fail(r, "%s", job->why);
	r = job->arguments->from_input ? job_from_input(job)
				       : resource_find(job);
	if (r == 0 && !job->arguments->from_input)
		r = job_sign_in(job);
	if (r != 0)
		return r;
	return job->arguments->decode ? print_report(job) : print_token(job);
}

int command_token(int argc, char **argv)
{
	TokenArguments arguments = {0};
	TokenJob job = {.arguments = &arguments};
	int r = arguments_read(&arguments, argc, argv);

	client_init(&job.client);
	if (r == 0)
		r = job_run(&job);
	job.token = secret_unref(job.token);
	job.sign_in = sign_in_free(job.sign_in);
	client_done(&job.client);
	return r;
}
