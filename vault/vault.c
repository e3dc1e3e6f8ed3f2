/* SPDX-License-Identifier: MIT */

/*
 * A call goes: tenant (known, or a first request without a token asks) ->
 * token (auth/sign-in.h) -> request (auth/guard.h, base/http.h) -> answer, and
 * from there back to one of them or to its end:
 *
 *   401          refusal.h judges: once more with another token, or the end
 *   passing      retry.h judges: a pause, or the end
 *   else         the end
 *
 * Everything that happens to a call happens in one of four callbacks: token,
 * response, timer, cancel. call_end() is the last thing that each of them
 * does, since the caller's callback may free whatever it likes. One request
 * without a token is under way at a time; calls that come meanwhile wait for
 * the tenant it brings.
 */

#include "vault/vault.h"

#include <openssl/rand.h>

#include "auth/challenge.h"
#include "auth/guard.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "vault/refusal.h"
#include "vault/retry.h"
#include "vault/vault-state.h"

/* What a call waits for, and so what its timer means. */
enum call_state {
	CALL_STARTING, /* nothing yet */
	CALL_TENANT,  /* another call's probe; timer: it is over, or deadline */
	CALL_TOKEN,   /* timer: the deadline */
	CALL_REQUEST, /* no timer: base/http.h keeps the deadline */
	CALL_PAUSE,   /* timer: try again */
	CALL_ENDING,  /* timer: the callback that vault_get() owes */
	CALL_OVER,    /* in or after its callback */
};

struct VaultCall {
	Vault *vault;
	VaultCall *next, *previous;
	enum call_state state;
	bool starting; /* vault_get() has not returned: no callback yet */
	char *url;     /* owned */
	VaultAsk ask;  /* without the target */
	uint64_t started_us;
	VaultDone done;
	void *data;
	void *kept; /* owned */
	Timer timer;
	SignInWait wait;
	HttpTransfer *transfer;
	unsigned tries;
	char tenant[CHALLENGE_TENANT_MAX + 1]; /* of the token; "": none */
	uint64_t serial;
	bool token_is_fresh, minted, claims_answered, tenant_taken;
	VaultError error; /* with CALL_ENDING */
};

/* --- the end of a call -------------------------------------------------- */

static int call_timer(VaultCall *call, uint64_t at_us)
{
	return loop_timer_set(call->vault->loop, &call->timer, at_us);
}

/* The probe has ended: let those that wait for it look again, each in turn. */
static void probe_end(VaultCall *call)
{
	Vault *vault = call->vault;

	if (vault->probe != call)
		return;
	vault->probe = NULL;
	for (VaultCall *other = vault->first; other; other = other->next) {
		/* A set timer only moves, which cannot fail; if it did, the
		 * deadline that it is set to would end the call. */
		if (other->state == CALL_TENANT &&
		    call_timer(other, clock_now_us()) < 0)
			log_debug("a waiting call was not woken");
	}
}

/* Take the call out of everything that could call it back. */
static void call_detach(VaultCall *call)
{
	Vault *vault = call->vault;

	call->state = CALL_OVER;
	http_cancel(AKV_TAKE(call->transfer));
	sign_in_cancel(&call->wait);
	loop_timer_clear(vault->loop, &call->timer);
	probe_end(call);
	if (call->previous)
		call->previous->next = call->next;
	else
		vault->first = call->next;
	if (call->next)
		call->next->previous = call->previous;
}

static void call_free(VaultCall *call)
{
	call->ask.body = secret_unref(call->ask.body);
	free(call->url);
	free(call->kept);
	free(call);
}

void vault_cancel(VaultCall *call)
{
	if (!call || call->state == CALL_OVER)
		return;
	call_detach(call);
	call_free(call);
}

void vault_call_keep(VaultCall *call, void *memory)
{
	assert(!call->kept);
	call->kept = memory;
}

/* Call back and free; the last thing that a function does with @call. */
static void call_end(VaultCall *call, const HttpResponse *response,
		     const VaultError *error)
{
	VaultError said = *error;

	if (call->starting) {
		call->error = *error;
		call->state = CALL_ENDING;
		return;
	}
	if (said.caller[0] == '\0')
		(void)snprintf(said.caller, sizeof(said.caller), "%s",
			       sign_in_identity(call->vault->sign_in));
	call_detach(call);
	call->done(call->data, response, &said);
	call_free(call);
}

static void call_end_saying(VaultCall *call, enum vault_answer answer,
			    const char *what, const char *detail)
{
	VaultError error = {.answer = answer};

	(void)snprintf(error.sentence, sizeof(error.sentence), "%s %s%s%s",
		       what, vault_name(call->vault),
		       detail[0] != '\0' ? ": " : "", detail);
	call_end(call, NULL, &error);
}

/* Something of this machine is in the way, not of the vault. */
static void call_end_fault(VaultCall *call, int r)
{
	call_end_saying(
		call, r == -EINVAL ? VAULT_E_UNAUTHORIZED : VAULT_E_UNAVAILABLE,
		"no request can be made to the vault", strerror(-r));
}

/* --- token and request -------------------------------------------------- */

static void call_done(void *data, const HttpResponse *response);

/* Send the request, with @token unless NULL. */
static int call_send(VaultCall *call, const Token *token)
{
	Vault *vault = call->vault;
	HttpRequest request = {
		.method = call->ask.body ? "POST" : "GET",
		.url = call->url,
		.headers = {"Accept: application/json"},
		.body = call->ask.body,
		.content_type = call->ask.body ? "application/json" : NULL,
		.deadline_us = call->ask.deadline_us,
		.body_max = call->ask.body_max,
	};
	int r = 0;

	loop_timer_clear(vault->loop, &call->timer);
	call->state = CALL_REQUEST;
	if (token) {
		call->serial = token->serial;
		call->token_is_fresh = token->issued_us >= call->started_us;
		r = guard_authorize(&request, token, vault_origin(vault));
	}
	if (r > 0) /* a target that led elsewhere: never, by construction */
		r = -EINVAL;
	if (r == 0)
		r = http_start(vault->http, &call->transfer, &request,
			       call_done, call);
	request.authorization = secret_unref(request.authorization);
	return r;
}

/* Make a try: find out what it needs, and wait for it or send. */
static int call_try(VaultCall *call)
{
	Vault *vault = call->vault;
	int r;

	call->tenant[0] = '\0';
	if (vault->tenant[0] == '\0') {
		if (!vault->probe) {
			vault->probe = call;
			return call_send(call, NULL);
		}
		call->state = CALL_TENANT;
		return call_timer(call, call->ask.deadline_us);
	}
	call->state = CALL_TOKEN;
	r = call_timer(call,
		       clock_add(call->ask.deadline_us, vault->patience_us));
	if (r < 0)
		return r;
	memcpy(call->tenant, vault->tenant, sizeof(call->tenant));
	return sign_in_token(vault->sign_in, &call->wait, call->tenant,
			     vault->resource);
}

static void call_go(VaultCall *call)
{
	int r = call_try(call);

	if (r < 0)
		call_end_fault(call, r);
}

/* The last try failed with @error: pause and try again, or end. */
static void call_fail(VaultCall *call, const VaultError *error)
{
	uint64_t at_us;
	uint32_t random = 0;

	call->tries++;
	if (RAND_bytes((unsigned char *)&random, sizeof(random)) != 1)
		random = (uint32_t)clock_now_us();
	if (retry_decide(&at_us, call->tries, error, clock_now_us(),
			 call->ask.deadline_us, random) != 0 ||
	    call_timer(call, at_us) < 0) {
		call_end(call, NULL, error);
		return;
	}
	call->state = CALL_PAUSE;
	probe_end(call);
}

/* A token that took long leaves the request the time that it had at first. */
static void call_let_patience_count(VaultCall *call)
{
	uint64_t now_us = clock_now_us();

	if (now_us > call->ask.deadline_us)
		call->ask.deadline_us = clock_add(
			now_us, call->ask.deadline_us - call->started_us);
}

/* Before its pause is over, signing in would say the same. */
static uint64_t call_pause_us(const AuthFailure *failure)
{
	uint64_t now_us = clock_now_us();

	return failure->retry_us > now_us ? failure->retry_us - now_us : 0;
}

static void call_token(SignInWait *wait, int result, const Token *token,
		       const AuthFailure *failure)
{
	VaultCall *call = AKV_CONTAINER_OF(wait, VaultCall, wait);
	VaultError error = {.answer = VAULT_E_UNAVAILABLE};
	int r = result;

	if (result == 0) {
		call_let_patience_count(call);
		r = call_send(call, token);
	}
	if (r < 0) {
		call_end_fault(call, r);
		return;
	}
	if (r == 0)
		return;
	if (result == TOKEN_RESPONSE_E_REFUSED)
		error.answer = VAULT_E_UNAUTHORIZED;
	else if (failure->result == HTTP_E_TLS)
		error.answer = VAULT_E_TLS;
	else if (failure->result == HTTP_E_RESOLVE)
		error.answer = VAULT_E_UNRESOLVED;
	error.retry_after_us = call_pause_us(failure);
	(void)snprintf(error.code, sizeof(error.code), "%s", failure->error);
	(void)snprintf(error.request_id, sizeof(error.request_id), "%s",
		       failure->correlation_id);
	(void)snprintf(error.sentence, sizeof(error.sentence), "%s",
		       failure->sentence);
	call_fail(call, &error);
}

/* --- the answer --------------------------------------------------------- */

/* Sign in anew, for @claims unless NULL. False if that is not to be. */
static bool call_mint(VaultCall *call, const char *claims)
{
	Vault *vault = call->vault;

	return sign_in_reject(vault->sign_in, call->tenant, vault->resource,
			      call->serial, claims) == 0;
}

static bool call_answer_claims(VaultCall *call, const Challenge *challenge)
{
	AKV_BUF Buf claims = BUF_INIT(CHALLENGE_CLAIMS_MAX);

	call->claims_answered = true;
	return challenge_claims(challenge, &claims) == 0 &&
	       call_mint(call, claims.p);
}

/* Do what the judgement says; false if there is nothing left to do. */
static bool call_act(VaultCall *call, enum refusal_act act,
		     const Challenge *challenge)
{
	switch (act) {
	case REFUSAL_TAKE_TENANT:
		call->tenant_taken = call->tenant[0] != '\0';
		memcpy(call->vault->tenant, challenge->tenant,
		       sizeof(challenge->tenant));
		return true;
	case REFUSAL_ANSWER_CLAIMS:
		return call_answer_claims(call, challenge);
	case REFUSAL_MINT:
		call->minted = true;
		return call_mint(call, NULL);
	case REFUSAL_FINAL:
		return false;
	}
	return false;
}

static void call_refused(VaultCall *call, const HttpResponse *response,
			 VaultError *error)
{
	Vault *vault = call->vault;
	Challenge challenge;
	char why[sizeof(error->sentence)];
	int r = challenge_parse(&challenge, response->challenges,
				response->n_challenges);
	RefusalFacts facts = {
		.source = &vault->source,
		.challenge = r == 0 ? &challenge : NULL,
		.tenant = call->tenant[0] != '\0' ? call->tenant : NULL,
		.tenant_is_configured = vault->tenant_is_configured,
		.allowed_tenants = vault->allowed_tenants,
		.token_is_fresh = call->token_is_fresh,
		.minted = call->minted,
		.claims_answered = call->claims_answered,
		.tenant_taken = call->tenant_taken,
	};
	enum refusal_act act = refusal_judge(&facts, why, sizeof(why));

	if (call_act(call, act, &challenge)) {
		probe_end(call);
		call_go(call);
		return;
	}
	if (why[0] != '\0')
		memcpy(error->sentence, why, sizeof(why));
	call_end(call, NULL, error);
}

static void call_done(void *data, const HttpResponse *response)
{
	VaultCall *call = data;
	VaultTopic topic = vault_topic(call->vault, &call->ask);
	VaultError error = {.answer = VAULT_OK};

	call->transfer = NULL;
	if (response->result == HTTP_OK && response->status == 200) {
		error.status = response->status;
		call_end(call, response, &error);
		return;
	}
	vault_error_read(&error, response, &topic);
	if (ascii_equal_fold(error.arm_id.vault, vault_name(call->vault)))
		call->vault->arm_id = error.arm_id;
	if (error.answer == VAULT_E_UNAUTHORIZED)
		call_refused(call, response, &error);
	else
		call_fail(call, &error);
}

/* --- what callers and the loop do --------------------------------------- */

static void call_fire(Timer *timer)
{
	VaultCall *call = AKV_CONTAINER_OF(timer, VaultCall, timer);
	bool late = clock_now_us() >= call->ask.deadline_us;
	VaultError error;

	switch (call->state) {
	case CALL_TENANT:
		if (late)
			call_end_saying(call, VAULT_E_UNREACHABLE,
					"no answer came in time from the vault",
					"");
		else
			call_go(call);
		break;
	case CALL_TOKEN:
		call_end_saying(call, VAULT_E_UNAVAILABLE,
				"signing in took too long for the vault", "");
		break;
	case CALL_PAUSE:
		call_go(call);
		break;
	case CALL_ENDING:
		error = call->error;
		call_end(call, NULL, &error);
		break;
	case CALL_STARTING:
	case CALL_REQUEST:
	case CALL_OVER:
		break;
	}
}

static int call_new(VaultCall **ret, Vault *vault, const VaultAsk *ask,
		    VaultDone done, void *data)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	char origin[ORIGIN_TEXT_SIZE];
	VaultCall *call;
	int r;

	if (ask->target[0] != '/')
		return -EINVAL;
	origin_format(origin, vault_origin(vault));
	r = buf_printf(&url, "%s%s", origin, ask->target);
	if (r < 0)
		return r;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	r = buf_take(&url, &call->url);
	if (r < 0) {
		free(call);
		return r;
	}
	call->vault = vault;
	call->ask = *ask;
	call->ask.target = NULL; /* the caller's */
	call->ask.body = secret_ref(ask->body);
	call->started_us = clock_now_us();
	call->done = done;
	call->data = data;
	call->timer.fire = call_fire;
	call->wait.done = call_token;
	call->next = vault->first;
	if (vault->first)
		vault->first->previous = call;
	vault->first = call;
	*ret = call;
	return 0;
}

/* Give a call that has begun to its caller, or take it back for @r. */
static int call_hand_over(VaultCall *call, VaultCall **ret, int r)
{
	if (r == 0 && call->state == CALL_ENDING)
		r = call_timer(call, clock_now_us());
	if (r < 0)
		vault_cancel(call);
	else
		*ret = call;
	return r;
}

int vault_get(Vault *vault, VaultCall **ret, const VaultAsk *ask,
	      VaultDone done, void *data)
{
	VaultCall *call;
	int r = call_new(&call, vault, ask, done, data);

	if (r < 0)
		return r;
	call->starting = true;
	r = call_try(call);
	call->starting = false;
	return call_hand_over(call, ret, r);
}

int vault_get_nothing(Vault *vault, VaultCall **ret, const VaultAsk *ask,
		      VaultDone done, void *data)
{
	VaultTopic topic = vault_topic(vault, ask);
	VaultCall *call;
	int r = call_new(&call, vault, ask, done, data);

	if (r < 0)
		return r;
	vault_error_absent(&call->error, &topic);
	call->state = CALL_ENDING;
	return call_hand_over(call, ret, 0);
}
