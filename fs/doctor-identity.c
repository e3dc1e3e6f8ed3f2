/* SPDX-License-Identifier: MIT */

/*
 * The stages sign-in and token. The sources of auth=auto are looked at one by
 * one, each by itself, and judged as the chain would: the first that is there
 * decides, whether it gives a token or fails.
 */

#include <fcntl.h>

#include "auth/chain.h"
#include "auth/doctor-sign-in.h"
#include "auth/doctor-token.h"
#include "auth/given.h"
#include "base/clock.h"
#include "base/parse.h"
#include "fs/control.h"
#include "fs/doctor.h"
#include "fs/identity.h"
#include "vault/refusal.h"

/* So long for one source, besides twice timeout=: az and azd have 10 seconds.
 */
enum { SOURCE_MORE_S = 2 };

/* One source, asked for one token. */
typedef struct Try {
	Doctor *doctor;
	SignInWait wait;
	Timer limit;
	bool waits, over;
	int result;
	AuthFailure failure;
	Secret *token;
} Try;

static void try_end(Try *try, int result)
{
	try->over = true;
	try->result = result;
	if (try->waits)
		loop_stop(try->doctor->client.loop, 0);
}

static void try_signed_in(SignInWait *wait, int result, const Token *token,
			  const AuthFailure *failure)
{
	Try *try = AKV_CONTAINER_OF(wait, Try, wait);

	if (token)
		try->token = secret_ref(token->bytes);
	if (failure)
		try->failure = *failure;
	try_end(try, result);
}

static void try_late(Timer *timer)
{
	try_end(AKV_CONTAINER_OF(timer, Try, limit), SIGN_IN_RESULT_LATE);
}

static unsigned limit_s(const Doctor *doctor, const SignIn *sign_in)
{
	uint64_t s = 2 * doctor->client.options.timeout_s + SOURCE_MORE_S;

	/* A person needs the time that the code has. */
	if (strcmp(sign_in_name(sign_in), "device code") == 0)
		s += sign_in_patience_us(sign_in) / CLOCK_US_PER_S;
	return (unsigned)s;
}

static void try_wait(Try *try, const SignIn *sign_in)
{
	Client *client = &try->doctor->client;
	uint64_t limit_us = limit_s(try->doctor, sign_in) * CLOCK_US_PER_S;
	int r = loop_timer_set(client->loop, &try->limit,
			       clock_add(clock_now_us(), limit_us));

	try->waits = true;
	if (r == 0)
		r = loop_run(client->loop);
	loop_timer_clear(client->loop, &try->limit);
	if (r < 0)
		try_end(try, r);
	if (try->result == SIGN_IN_RESULT_LATE &&
	    !sign_in_met(&try->failure, sign_in, doctor_tenant(try->doctor),
			 client->source.resource))
		try->failure = (AuthFailure){0};
	sign_in_cancel(&try->wait);
}

/* Ask @sign_in for a token for the vault, and wait for it. */
static void try_run(Try *try, Doctor *doctor, SignIn *sign_in)
{
	const char *tenant = doctor_tenant(doctor);
	int r;

	*try = (Try){
		.doctor = doctor,
		.wait = {.done = try_signed_in},
		.limit = {.fire = try_late},
	};
	r = sign_in_token(sign_in, &try->wait, tenant,
			  doctor->client.source.resource);
	if (r == -EINVAL && tenant[0] == '\0')
		r = SIGN_IN_RESULT_NO_TENANT;
	if (r != 0)
		try_end(try, r);
	else if (!try->over)
		try_wait(try, sign_in);
}

/* --- a workload's token file ------------------------------------------------
 */

/* What it says of itself, for who compares it with what is registered. */
static bool presented_read(Claims *ret, const Options *o)
{
	AKV_BUF Buf text = BUF_INIT(CLAIMS_TOKEN_MAX);
	AKV_FD int fd = -1;

	if (o->token_file[0] == '\0')
		return false;
	fd = open(o->token_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || buf_append_fd(&text, fd) < 0)
		return false;
	text.p[strcspn(text.p, " \r\n\t")] = '\0';
	return claims_read(ret, text.p, strlen(text.p)) == 0;
}

/* --- sources ----------------------------------------------------------------
 */

static void keep_claims(Doctor *doctor, const Secret *token)
{
	doctor->claims_answer = claims_read(
		&doctor->claims, secret_bytes(token), secret_size(token));
	doctor->has_claims = doctor->claims_answer == 0;
}

/* What a token has to be of; "": a mount goes on to the vault's tenant, which
 * allowed_tenants= has. */
static const char *tenant_to_compare(const Doctor *doctor)
{
	const Options *o = &doctor->client.options;

	return tenant_is_allowed(o->allowed_tenants, doctor->tenant)
		       ? ""
		       : doctor->tenant;
}

static void judge_token(Doctor *doctor)
{
	const Source *source = &doctor->client.source;
	const Options *o = &doctor->client.options;
	TokenStageFacts facts = {
		.result = doctor->claims_answer,
		.claims = &doctor->claims,
		.cloud = source->cloud,
		.plane = source->is_hsm ? AUDIENCE_HSM : AUDIENCE_VAULT,
		.vault = source->origin.host,
		.tenant = tenant_to_compare(doctor),
		.client_id = doctor->given ? "" : o->client_id,
		.kind = doctor->kind,
		.now_s = clock_wall_s() - doctor->ahead_s,
	};

	doctor_token(doctor_next(doctor), &facts);
}

static SignInFacts facts_of(const Doctor *doctor, const char *kind,
			    const char *name)
{
	return (SignInFacts){
		.kind = kind,
		.name = name,
		.identity = "",
		.client_id = doctor->client.options.client_id,
		.tenant = doctor_tenant(doctor),
		.resource = doctor->client.source.resource,
		.wanted = doctor_wanted(doctor),
		.host = doctor->client.source.origin.host,
		.reason = "",
	};
}

/* Note what came of @sign_in; *@ret is its finding. */
static void judge_try(Finding **ret, Doctor *doctor, SignInFacts *facts,
		      const Try *try, const SignIn *sign_in)
{
	Claims presented;

	facts->identity = sign_in_identity(sign_in);
	facts->result = try->result;
	facts->failure = &try->failure;
	facts->waited_s = limit_s(doctor, sign_in);
	if (strcmp(facts->kind, "workload") == 0 &&
	    presented_read(&presented, &doctor->client.options))
		facts->presented = &presented;
	*ret = doctor_next(doctor);
	doctor_sign_in(*ret, facts);
}

/* From now on it is who asks the vault. */
static void choose(Doctor *doctor, SignIn **sign_in, const char *kind,
		   const Try *try)
{
	doctor->sign_in = AKV_TAKE(*sign_in);
	doctor->kind = kind;
	keep_claims(doctor, try->token);
}

/* --- one that is named ------------------------------------------------------
 */

static void look_named(Doctor *doctor, const char *kind)
{
	AKV_CLEANUP(sign_in_freep) SignIn *sign_in = NULL;
	char why[CLIENT_WHY_SIZE] = "";
	SignInFacts facts = facts_of(doctor, kind, kind);
	Finding *finding;
	Try try = {0};

	facts.alone = true;
	if (client_sign_in(&sign_in, &doctor->client, kind, why) != 0) {
		facts.result = SIGN_IN_RESULT_NOT_SET_UP;
		facts.reason = why;
		doctor_sign_in(doctor_next(doctor), &facts);
		return;
	}
	facts.name = sign_in_name(sign_in);
	try_run(&try, doctor, sign_in);
	judge_try(&finding, doctor, &facts, &try, sign_in);
	if (try.token) {
		choose(doctor, &sign_in, kind, &try);
		judge_token(doctor);
	}
	try.token = secret_unref(try.token);
}

/* --- the chain --------------------------------------------------------------
 */

static int source_sign_in(SignIn **ret, Doctor *doctor,
			  const ChainSource *source)
{
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	Client *client = &doctor->client;
	CredentialConfig config;
	int r;

	identity_configure(&config, &client->options, client->state,
			   &client->source, client->arc_agent);
	config.chosen = NULL;
	r = source->ops->new (&credential, &config);
	if (r == 0)
		r = sign_in_new(ret, client->loop, client->http, &credential,
				client->options.timeout_s * CLOCK_US_PER_S);
	if (r == 0)
		sign_in_errands(*ret, errand_office_errands(client->office));
	return r;
}

/* *@decided is the name of the first that is there. What comes after it is
 * told, and decides nothing. */
static void put_in_place(Finding *finding, const char **decided,
			 const char *name)
{
	if (!*decided) {
		if (finding->state != FINDING_SKIPPED)
			*decided = name;
	} else if (finding->state == FINDING_OK) {
		doctor_sign_in_unused(finding, *decided);
	} else {
		finding->state = FINDING_SKIPPED;
	}
}

static void look_source(Doctor *doctor, const char **decided,
			const ChainSource *source)
{
	AKV_CLEANUP(sign_in_freep) SignIn *sign_in = NULL;
	SignInFacts facts = facts_of(doctor, source->kind, source->name);
	Finding *finding;
	Try try = {0};
	int r = source_sign_in(&sign_in, doctor, source);

	if (r != 0) {
		facts.result = r > 0 ? SIGN_IN_RESULT_NOT_SET_UP : r;
		facts.reason = source->absent;
		finding = doctor_next(doctor);
		doctor_sign_in(finding, &facts);
		put_in_place(finding, decided, source->name);
		return;
	}
	try_run(&try, doctor, sign_in);
	judge_try(&finding, doctor, &facts, &try, sign_in);
	put_in_place(finding, decided, source->name);
	if (try.token && *decided == source->name)
		choose(doctor, &sign_in, source->kind, &try);
	try.token = secret_unref(try.token);
}

static void look_chain(Doctor *doctor, unsigned wanted)
{
	const char *decided = NULL;
	const ChainSource *source;

	for (size_t i = 0; (source = chain_source_at(i)); i++)
		if (wanted & (1U << source->source))
			look_source(doctor, &decided, source);
	if (doctor->sign_in)
		judge_token(doctor);
	else if (!decided)
		doctor_sign_in_none(doctor_next(doctor), doctor_tenant(doctor));
}

/* --- a token from elsewhere -------------------------------------------------
 */

static void look_given(Doctor *doctor)
{
	AKV_CLEANUP(credential_freep) Credential *credential = NULL;
	const Source *source = &doctor->client.source;
	const char *also = NULL;
	Audience audience;
	int r;

	doctor_skip(doctor, "sign-in", "sign-in-given",
		    "the token comes from elsewhere");
	keep_claims(doctor, doctor->given);
	judge_token(doctor);
	if (doctor->has_claims) {
		audience_judge(&audience, doctor->claims.audience,
			       doctor->claims.version, source->cloud);
		if (audience_works(&audience, AUDIENCE_ARM, source->cloud))
			also = source->cloud->arm;
	}
	r = given_new(&credential, doctor->given, source->resource, also);
	if (r == 0)
		r = sign_in_new(&doctor->sign_in, doctor->client.loop,
				doctor->client.http, &credential,
				doctor->client.options.timeout_s *
					CLOCK_US_PER_S);
	if (r < 0)
		doctor->sign_in = NULL;
}

/* One source alone is asked without finding out first whether it is there. */
static const char *only_kind(unsigned wanted)
{
	const ChainSource *source;

	for (size_t i = 0; (source = chain_source_at(i)); i++)
		if (wanted == 1U << source->source)
			return source->kind;
	return NULL;
}

void doctor_look_identity(Doctor *doctor)
{
	const Options *o = &doctor->client.options;
	bool is_chain = o->auth[0] == '\0' || ascii_equal_fold(o->auth, "auto");
	unsigned wanted = chain_sources(o->token_credentials);
	const char *only = is_chain ? only_kind(wanted) : o->auth;

	if (doctor->given)
		look_given(doctor);
	else if (only)
		look_named(doctor, only);
	else
		look_chain(doctor, wanted);
	if (!doctor->sign_in)
		doctor_skip(doctor, "token", "token-none",
			    "there is no token to look at");
}
