/* SPDX-License-Identifier: MIT */

/*
 * The way of a call: which requests it makes, with which token, when, and how
 * it ends, once. HTTP and the loop's timers are faked; signing in is real.
 */

#include "base/clock.h"
#include "base/log.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"
#include "vault/vault.h"

#define S CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS
#define TIMEOUT (5 * S)
#define TENANT_1 "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define TENANT_2 "54826b22-38d6-4fb2-bad9-b7b93a3e9c5a"
#define TARGET "/secrets/db?api-version=7.4"
#define URL "https://demo.vault.azure.net" TARGET
#define LOGIN "https://login.microsoftonline.com/"
#define CHALLENGE(tenant)                                          \
	"Bearer authorization=\"https://login.windows.net/" tenant \
	"\", resource=\"https://vault.azure.net\""

static SignIn *sign_in;
static Vault *vault;

static int store_open(AKV_UNUSED void *data, Secret **ret)
{
	return secret_new(ret, "s3cret", 6);
}

static void begin(const char *tenant)
{
	CredentialConfig credential_config = {
		.kind = "secret",
		.authority = "https://login.microsoftonline.com",
		.client_id = "app-1",
		.client_secret = {.open = store_open},
	};
	VaultConfig config = {.tenant = tenant};
	Credential *credential = NULL;
	char why[512];

	fake_loop_begin();
	if (credential_new(&credential, &credential_config, why, sizeof(why)) !=
		    0 ||
	    sign_in_new(&sign_in, NULL, NULL, &credential, TIMEOUT) != 0 ||
	    source_parse(&config.source, "demo", NULL, why, sizeof(why)) != 0 ||
	    vault_new(&vault, &config, NULL, NULL, sign_in) != 0)
		abort();
}

static void end(void)
{
	vault = vault_free(vault);
	sign_in = sign_in_free(sign_in);
	fake_http_reset();
	fake_loop_end();
}

/* A call that notes how it ended, and may do something then. */
typedef struct Caller {
	VaultCall *call;
	unsigned calls;
	VaultError error;
	char body[256];
	void (*then)(struct Caller *caller);
	struct Caller *other;
} Caller;

static void caller_done(void *data, const HttpResponse *response,
			const VaultError *error)
{
	Caller *caller = data;

	caller->calls++;
	caller->error = *error;
	if (response)
		(void)snprintf(caller->body, sizeof(caller->body), "%s",
			       response->body);
	if (!!response != (error->answer == VAULT_OK))
		abort();
	if (caller->then)
		caller->then(caller);
	caller->call = NULL;
}

static int get(Caller *caller)
{
	return vault_get(vault, &caller->call, TARGET, 1000,
			 clock_now_us() + TIMEOUT, caller_done, caller);
}

static void answer(const FakeAnswer *what)
{
	fake_http_answer(fake_http_last(), what);
}

static void refuse(const char *challenge, const char *message)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		       "{\"error\":{\"code\":\"Unauthorized\",\"message\":"
		       "\"%s\"}}",
		       message);
	answer(&(FakeAnswer){
		.status = 401, .body = body, .challenge = challenge});
}

static void grant(const char *token)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"expires_in\":3600,\"access_token\":\"%s\"}", token);
	answer(&(FakeAnswer){.status = 200, .body = body});
}

static const FakeAnswer good = {.status = 200, .body = "{\"value\":\"v\"}"};

static bool last_is(const char *url, const char *authorization)
{
	const FakeRequest *request = fake_http_last();

	if (strcmp(request->url, url) == 0 &&
	    strcmp(request->authorization, authorization) == 0)
		return true;
	(void)fprintf(stderr, "last: %s with \"%s\"\n", request->url,
		      request->authorization);
	return false;
}

static bool last_is_for_tenant(const char *tenant)
{
	char url[256];

	(void)snprintf(url, sizeof(url), LOGIN "%s/oauth2/v2.0/token", tenant);
	return last_is(url, "");
}

/* A vault that has its tenant, and a token of ten minutes ago. */
static void begin_warm(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	if (get(&caller) != 0)
		abort();
	grant("t1");
	answer(&good);
	fake_loop_pass(10 * 60 * S);
}

/* --- the way of one call ------------------------------------------------ */

static void test_with_a_configured_tenant(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	CHECK(last_is_for_tenant(TENANT_1));
	CHECK(strstr(fake_http_last()->body,
		     "scope=https%3A%2F%2Fvault.azure.net%2F.default") != NULL);
	grant("t1");
	CHECK(last_is(URL, "Bearer t1"));
	CHECK_STR(fake_http_last()->method, "GET");
	CHECK_STR(fake_http_last()->headers[0], "Accept: application/json");
	CHECK_EQ(fake_http_last()->body_max, 1000);
	CHECK_EQ(fake_http_last()->deadline_us, clock_now_us() + TIMEOUT);
	CHECK_EQ(caller.calls, 0);
	answer(&good);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_OK);
	CHECK_STR(caller.body, "{\"value\":\"v\"}");
	CHECK_EQ(fake_http_count(), 2);
	/* The second one finds the token at hand. */
	CHECK_OK(get(&caller));
	CHECK(last_is(URL, "Bearer t1"));
	answer(&good);
	CHECK_EQ(caller.calls, 2);
	CHECK_EQ(fake_http_count(), 3);
	end();
}

/* The first request goes without a token, and without a body. */
static void test_the_vault_tells_its_tenant(void)
{
	Caller caller = {0};

	begin(NULL);
	CHECK_OK(get(&caller));
	CHECK(last_is(URL, ""));
	CHECK_STR(fake_http_last()->method, "GET");
	CHECK_STR(fake_http_last()->body, "");
	refuse(CHALLENGE(TENANT_2), "AKV10000: Request is missing a token.");
	CHECK(last_is_for_tenant(TENANT_2));
	grant("t1");
	CHECK(last_is(URL, "Bearer t1"));
	answer(&good);
	CHECK_EQ(caller.calls, 1);
	CHECK_OK(get(&caller));
	CHECK(last_is(URL, "Bearer t1"));
	answer(&good);
	CHECK_EQ(fake_http_count(), 4);
	end();
}

/* The secret never goes to the host that a challenge names. */
static void test_a_challenge_gives_no_host(void)
{
	Caller caller = {0};

	begin(NULL);
	CHECK_OK(get(&caller));
	refuse("Bearer authorization=\"https://evil.example/" TENANT_2
	       "\", resource=\"https://vault.azure.net\"",
	       "x");
	CHECK(last_is_for_tenant(TENANT_2));
	end();
	CHECK_EQ(caller.calls, 0);
}

static void test_a_challenge_for_another_resource(void)
{
	Caller caller = {0};

	begin(NULL);
	CHECK_OK(get(&caller));
	refuse("Bearer authorization=\"https://login.windows.net/" TENANT_2
	       "\", resource=\"https://management.azure.com\"",
	       "x");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK(strstr(caller.error.sentence, "management.azure.com") != NULL);
	CHECK_EQ(fake_http_count(), 1);
	end();
}

static void test_no_challenge_at_all(void)
{
	Caller caller = {0};

	begin(NULL);
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 401});
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK(strstr(caller.error.sentence, "tenant_id=") != NULL);
	end();
}

/* --- one probe ---------------------------------------------------------- */

static void test_calls_wait_for_the_probe(void)
{
	Caller callers[5] = {0};

	begin(NULL);
	for (size_t i = 0; i < AKV_ARRAY_LEN(callers); i++)
		CHECK_OK(get(&callers[i]));
	CHECK_EQ(fake_http_count(), 1);
	refuse(CHALLENGE(TENANT_1), "x");
	fake_loop_pass(0);
	CHECK_EQ(fake_http_count(), 2); /* one token request for all */
	grant("t1");
	CHECK_EQ(fake_http_count(), 7);
	for (size_t i = 2; i < 7; i++)
		fake_http_answer(fake_http_at(i), &good);
	for (size_t i = 0; i < AKV_ARRAY_LEN(callers); i++)
		CHECK_EQ(callers[i].calls, 1);
	end();
}

/* Another one asks when the first one is given up, or fails. */
static void test_the_probe_is_cancelled(void)
{
	Caller a = {0}, b = {0}, c = {0};

	begin(NULL);
	CHECK_OK(get(&a));
	CHECK_OK(get(&b));
	CHECK_OK(get(&c));
	vault_cancel(a.call);
	CHECK_EQ(fake_http_waiting(), 0);
	fake_loop_pass(0);
	CHECK_EQ(fake_http_count(), 2);
	CHECK(last_is(URL, ""));
	answer(&(FakeAnswer){.status = 404});
	fake_loop_pass(0);
	CHECK_EQ(fake_http_count(), 3);
	answer(&(FakeAnswer){.status = 404});
	CHECK_EQ(a.calls, 0);
	CHECK_EQ(b.calls, 1);
	CHECK_EQ(c.calls, 1);
	end();
}

static void test_the_probe_takes_too_long(void)
{
	Caller a = {0}, b = {0};

	begin(NULL);
	CHECK_OK(get(&a));
	CHECK_OK(get(&b));
	fake_loop_pass(TIMEOUT);
	CHECK_EQ(a.calls, 0); /* base/http.h will end it */
	CHECK_EQ(b.calls, 1);
	CHECK_EQ(b.error.answer, VAULT_E_UNREACHABLE);
	answer(&(FakeAnswer){.result = HTTP_E_TIMEOUT});
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(a.error.answer, VAULT_E_UNREACHABLE);
	end();
}

/* --- a 401 with a token ------------------------------------------------- */

static void test_an_old_token_is_replaced_once(void)
{
	Caller caller = {0};

	begin_warm();
	CHECK_OK(get(&caller));
	CHECK(last_is(URL, "Bearer t1"));
	refuse(CHALLENGE(TENANT_1), "[TokenExpired] Error validating token");
	CHECK(last_is_for_tenant(TENANT_1));
	grant("t2");
	CHECK(last_is(URL, "Bearer t2"));
	refuse(CHALLENGE(TENANT_1), "[TokenExpired] Error validating token");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK_EQ(caller.error.status, 401);
	CHECK(strstr(caller.error.sentence, "clock") != NULL);
	CHECK_EQ(fake_http_waiting(), 0);
	end();
}

/* One that was minted for this call is as good as any. */
static void test_a_fresh_token_is_not_replaced(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	fake_loop_pass(100 * MS);
	grant("t1");
	refuse(CHALLENGE(TENANT_1), "AKV10022: Invalid audience. Expected "
				    "https://vault.azure.net, found: x.");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK_STR(caller.error.inner, "AKV10022");
	CHECK_EQ(fake_http_count(), 2);
	end();
}

/* Two calls with one old token: one mint. */
static void test_two_calls_with_one_old_token(void)
{
	Caller a = {0}, b = {0};
	size_t first;

	begin_warm();
	first = fake_http_count();
	CHECK_OK(get(&a));
	CHECK_OK(get(&b));
	fake_http_answer(
		fake_http_at(first),
		&(FakeAnswer){.status = 401, .challenge = CHALLENGE(TENANT_1)});
	CHECK(last_is_for_tenant(TENANT_1));
	grant("t2");
	CHECK(last_is(URL, "Bearer t2"));
	fake_http_answer(
		fake_http_at(first + 1),
		&(FakeAnswer){.status = 401, .challenge = CHALLENGE(TENANT_1)});
	CHECK(last_is(URL, "Bearer t2"));
	CHECK_EQ(fake_http_count(), first + 5);
	fake_http_answer(fake_http_at(first + 3), &good);
	fake_http_answer(fake_http_at(first + 4), &good);
	CHECK_EQ(a.error.answer, VAULT_OK);
	CHECK_EQ(b.error.answer, VAULT_OK);
	end();
}

static void test_a_vault_that_refuses_every_token(void)
{
	size_t before;

	begin_warm();
	before = fake_http_count();
	for (unsigned i = 0; i < 12; i++) {
		Caller caller = {0};

		fake_loop_pass(1);
		CHECK_OK(get(&caller));
		while (fake_http_waiting() > 0) {
			if (strncmp(fake_http_last()->url, LOGIN,
				    strlen(LOGIN)) == 0)
				grant("t");
			else
				refuse(CHALLENGE(TENANT_1), "no");
		}
		CHECK_EQ(caller.calls, 1);
		CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	}
	/* 12 calls, a few of which minted and replayed. */
	CHECK_EQ(fake_http_count(), before + 12 + 2 * SIGN_IN_REJECTS_MAX);
	end();
}

static void test_another_tenant_than_configured(void)
{
	Caller caller = {0};

	begin(TENANT_2);
	CHECK_OK(get(&caller));
	grant("t1");
	refuse(CHALLENGE(TENANT_1), "AKV10032: Invalid issuer.");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK(strstr(caller.error.sentence, TENANT_1) != NULL);
	CHECK(strstr(caller.error.sentence, TENANT_2) != NULL);
	CHECK_EQ(fake_http_count(), 2);
	end();
}

static void test_the_vault_has_moved_to_another_tenant(void)
{
	Caller caller = {0};

	begin(NULL);
	CHECK_OK(get(&caller));
	refuse(CHALLENGE(TENANT_1), "x");
	grant("t1");
	answer(&good);
	CHECK_OK(get(&caller));
	refuse(CHALLENGE(TENANT_2), "AKV10032: Invalid issuer.");
	CHECK(last_is_for_tenant(TENANT_2));
	grant("t2");
	CHECK(last_is(URL, "Bearer t2"));
	refuse(CHALLENGE(TENANT_1), "AKV10032: Invalid issuer.");
	CHECK_EQ(caller.calls, 2); /* not to and fro for ever */
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	end();
}

#define CLAIMS                                                  \
	"Bearer realm=\"\", authorization_uri=\"https://login." \
	"microsoftonline.com/common/oauth2/authorize\", "       \
	"error=\"insufficient_claims\", claims=\"eyJhIjoxfQ==\""

static void test_claims_are_answered_once(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	grant("t1");
	refuse(CLAIMS, "x");
	CHECK(last_is_for_tenant(TENANT_1));
	CHECK(strstr(fake_http_last()->body, "&claims=%7B%22a%22%3A1%7D") !=
	      NULL);
	grant("t2");
	CHECK(last_is(URL, "Bearer t2"));
	refuse(CLAIMS, "x");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK_EQ(fake_http_waiting(), 0);
	end();
}

static void test_claims_that_are_none(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	grant("t1");
	refuse("Bearer error=\"insufficient_claims\", claims=\"!\"", "x");
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(fake_http_waiting(), 0);
	end();
}

/* --- what passes -------------------------------------------------------- */

static void test_a_403_is_the_end(void)
{
	Caller caller = {0};

	begin_warm();
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 403,
			     .body = "{\"error\":{\"code\":\"Forbidden\"}}"});
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_FORBIDDEN);
	CHECK_EQ(fake_http_waiting(), 0);
	CHECK_EQ(fake_loop_timers(), 1); /* the token's refresh */
	end();
}

static void test_what_passes_is_tried_again(void)
{
	Caller caller = {0};
	size_t first;

	begin_warm();
	first = fake_http_count();
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 503});
	CHECK_EQ(caller.calls, 0);
	fake_loop_pass(600 * MS);
	CHECK_EQ(fake_http_count(), first + 1);
	fake_loop_pass(500 * MS);
	CHECK_EQ(fake_http_count(), first + 2);
	CHECK(last_is(URL, "Bearer t1"));
	answer(&(FakeAnswer){.result = HTTP_E_CONNECT});
	fake_loop_pass(3200 * MS);
	CHECK_EQ(fake_http_count(), first + 3);
	answer(&good);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_OK);
	end();
}

static void test_until_the_deadline(void)
{
	Caller caller = {0};
	uint64_t began_us;

	begin_warm();
	began_us = clock_now_us();
	CHECK_OK(get(&caller));
	while (caller.calls == 0) {
		if (fake_http_waiting() > 0)
			answer(&(FakeAnswer){.status = 429});
		else
			fake_loop_pass(10 * MS);
		CHECK(clock_now_us() < began_us + 2 * TIMEOUT);
	}
	CHECK_EQ(caller.error.answer, VAULT_E_THROTTLED);
	CHECK_EQ(caller.error.status, 429);
	CHECK(clock_now_us() < began_us + TIMEOUT);
	CHECK(clock_now_us() > began_us + TIMEOUT / 2);
	end();
}

static void test_a_stated_delay(void)
{
	Caller caller = {0};
	size_t first;

	begin_warm();
	first = fake_http_count();
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 429, .retry_after = "2"});
	fake_loop_pass(1999 * MS);
	CHECK_EQ(fake_http_count(), first + 1);
	fake_loop_pass(1 * MS);
	CHECK_EQ(fake_http_count(), first + 2);
	answer(&(FakeAnswer){.status = 429, .retry_after = "10"});
	CHECK_EQ(caller.calls, 1); /* past the deadline: at once */
	CHECK_EQ(caller.error.answer, VAULT_E_THROTTLED);
	CHECK_EQ(caller.error.retry_after_us, 10 * S);
	end();
}

/* The one 401 that passes: with the same token. */
static void test_a_signing_key_that_is_not_known_yet(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	grant("t1");
	refuse(CHALLENGE(TENANT_1), "AKV10046: Unable to resolve the key");
	CHECK_EQ(caller.calls, 0);
	fake_loop_pass(1100 * MS);
	CHECK(last_is(URL, "Bearer t1"));
	answer(&good);
	CHECK_EQ(caller.error.answer, VAULT_OK);
	CHECK_EQ(fake_http_count(), 3);
	end();
}

static void test_the_name_does_not_resolve(void)
{
	Caller caller = {0};

	begin_warm();
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.result = HTTP_E_RESOLVE});
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNRESOLVED);
	end();
}

static void test_other_successes_are_none(void)
{
	Caller caller = {0};

	begin_warm();
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 206, .body = "{\"value\":\"v\"}"});
	CHECK_EQ(caller.error.answer, VAULT_E_UNTRUSTED);
	CHECK_STR(caller.body, "");
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 302,
			     .location = "https://evil.example/"});
	CHECK_EQ(caller.error.answer, VAULT_E_REFUSED);
	CHECK_EQ(fake_http_waiting(), 0);
	end();
}

/* --- signing in fails --------------------------------------------------- */

static void test_signing_in_is_refused(void)
{
	Caller a = {0}, b = {0};

	begin(TENANT_1);
	CHECK_OK(get(&a));
	answer(&(FakeAnswer){
		.status = 401,
		.body = "{\"error\":\"invalid_client\",\"error_codes\":"
			"[7000215],\"correlation_id\":\"c-1\"}"});
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(a.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK_STR(a.error.code, "invalid_client");
	CHECK_STR(a.error.request_id, "c-1");
	CHECK(strstr(a.error.sentence, "7000215") != NULL);
	/* In the pause the answer is known at once, and still comes later. */
	CHECK_OK(get(&b));
	CHECK_EQ(b.calls, 0);
	fake_loop_pass(0);
	CHECK_EQ(b.calls, 1);
	CHECK_EQ(b.error.answer, VAULT_E_UNAUTHORIZED);
	CHECK_EQ(fake_http_count(), 1);
	end();
}

static void test_signing_in_has_no_answer(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.result = HTTP_E_CONNECT});
	CHECK_EQ(caller.calls, 0);
	fake_loop_pass(4 * S);
	CHECK(last_is_for_tenant(TENANT_1));
	CHECK_EQ(fake_http_count(), 2);
	grant("t1");
	answer(&good);
	CHECK_EQ(caller.error.answer, VAULT_OK);
	end();
}

static void test_signing_in_takes_too_long(void)
{
	Caller caller = {0};

	begin(TENANT_1);
	CHECK_OK(get(&caller));
	fake_loop_pass(TIMEOUT);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAVAILABLE);
	grant("t1"); /* for the next one */
	CHECK_EQ(caller.calls, 1);
	CHECK_OK(get(&caller));
	CHECK(last_is(URL, "Bearer t1"));
	answer(&good);
	end();
}

/* --- cancel ------------------------------------------------------------- */

static void test_cancel_in_every_state(void)
{
	Caller a = {0}, b = {0};

	vault_cancel(NULL);
	begin(NULL);
	CHECK_OK(get(&a)); /* the probe */
	CHECK_OK(get(&b)); /* waits for it */
	vault_cancel(b.call);
	vault_cancel(a.call);
	CHECK_OK(get(&a));
	refuse(CHALLENGE(TENANT_1), "x");
	vault_cancel(a.call); /* waits for a token */
	grant("t1");
	CHECK_OK(get(&a));
	vault_cancel(a.call); /* a request is under way */
	CHECK_OK(get(&a));
	answer(&(FakeAnswer){.status = 503});
	vault_cancel(a.call); /* in a pause */
	CHECK_EQ(fake_http_waiting(), 0);
	fake_loop_pass(10 * S);
	CHECK_EQ(a.calls + b.calls, 0);
	end();
	begin(TENANT_1);
	CHECK_OK(get(&a));
	answer(&(FakeAnswer){.status = 400});
	CHECK_OK(get(&b));
	vault_cancel(b.call); /* its answer is known and not told yet */
	fake_loop_pass(10 * S);
	CHECK_EQ(b.calls, 0);
	end();
}

static void then_cancel_itself_and_other(Caller *caller)
{
	vault_cancel(caller->call);
	if (caller->other)
		vault_cancel(caller->other->call);
}

static void test_cancel_within_a_callback(void)
{
	Caller a = {0}, b = {0};
	size_t first;

	begin_warm();
	first = fake_http_count();
	a.then = then_cancel_itself_and_other;
	a.other = &b;
	CHECK_OK(get(&a));
	CHECK_OK(get(&b));
	fake_http_answer(fake_http_at(first), &good);
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(b.calls, 0);
	CHECK(fake_http_at(first + 1)->cancelled);
	end();
}

static void then_get_again(Caller *caller)
{
	caller->then = NULL;
	if (get(caller->other) != 0)
		abort();
}

static void test_another_call_within_a_callback(void)
{
	Caller a = {0}, b = {0};

	begin_warm();
	a.then = then_get_again;
	a.other = &b;
	CHECK_OK(get(&a));
	answer(&good);
	CHECK_EQ(a.calls, 1);
	answer(&good);
	CHECK_EQ(b.calls, 1);
	end();
}

static void then_free_the_vault(AKV_UNUSED Caller *caller)
{
	vault = vault_free(vault);
}

static void test_free_within_a_callback(void)
{
	Caller a = {0}, b = {0};
	size_t first;

	begin_warm();
	first = fake_http_count();
	a.then = then_free_the_vault;
	CHECK_OK(get(&a));
	CHECK_OK(get(&b));
	fake_http_answer(fake_http_at(first), &good);
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(b.calls, 0);
	end();
}

/* --- faults ------------------------------------------------------------- */

static void test_faults(void)
{
	Caller caller = {0};
	VaultCall *call = NULL;

	begin_warm();
	fake_http_fail_next(-ENOSPC);
	CHECK_EQ(get(&caller), 0); /* told from the loop */
	fake_loop_pass(0);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAVAILABLE);
	CHECK_EQ(vault_get(vault, &call, "secrets", 0, CLOCK_NEVER, caller_done,
			   &caller),
		 -EINVAL);
	CHECK_OK(get(&caller));
	answer(&(FakeAnswer){.status = 503});
	fake_http_fail_next(-ENOMEM);
	fake_loop_pass(2 * S);
	CHECK_EQ(caller.calls, 2);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAVAILABLE);
	end();
	begin(NULL);
	fake_http_fail_next(-ENOSPC);
	CHECK_EQ(get(&caller), -ENOSPC);
	CHECK_OK(get(&caller)); /* the probe's place is free */
	CHECK_EQ(fake_http_count(), 1);
	end();
}

/* A target cannot lead to another host: the origin stands before it. */
static void test_a_target_that_leads_elsewhere(void)
{
	static const char *const targets[] = {"/@evil.example/",
					      "//evil.example/"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(targets); i++) {
		Caller caller = {0};

		begin_warm();
		CHECK_OK(vault_get(vault, &caller.call, targets[i], 0,
				   CLOCK_NEVER, caller_done, &caller));
		CHECK(strncmp(fake_http_last()->url,
			      "https://demo.vault.azure.net/", 29) == 0);
		end();
	}
}

static void test_configurations(void)
{
	VaultConfig config = {.tenant = NULL};
	char why[256];

	begin(NULL);
	CHECK_STR(vault_name(vault), "demo");
	CHECK_STR(vault_api_version(vault), VAULT_API_VERSION_DEFAULT);
	CHECK_STR(vault_origin(vault)->host, "demo.vault.azure.net");
	vault = vault_free(vault);
	CHECK(vault_free(NULL) == NULL);
	CHECK_OK(source_parse(&config.source, "demo", NULL, why, sizeof(why)));
	config.tenant = "a/b";
	CHECK_EQ(vault_new(&vault, &config, NULL, NULL, sign_in), -EINVAL);
	config.tenant = "";
	config.api_version = "7.4&x=y";
	CHECK_EQ(vault_new(&vault, &config, NULL, NULL, sign_in), -EINVAL);
	config.api_version = "2025-07-01";
	CHECK_OK(vault_new(&vault, &config, NULL, NULL, sign_in));
	CHECK_STR(vault_api_version(vault), "2025-07-01");
	end();
}

static void test_memory_that_is_kept_is_freed(void)
{
	Caller a = {0}, b = {0};

	begin_warm();
	CHECK_OK(get(&a));
	vault_call_keep(a.call, malloc(10));
	answer(&good);
	CHECK_OK(get(&b));
	vault_call_keep(b.call, malloc(10));
	vault_cancel(b.call);
	end(); /* the leak checkers look */
	CHECK_EQ(a.calls, 1);
}

static void quiet(AKV_UNUSED enum log_level level, AKV_UNUSED const char *line)
{
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_with_a_configured_tenant);
	RUN(test_the_vault_tells_its_tenant);
	RUN(test_a_challenge_gives_no_host);
	RUN(test_a_challenge_for_another_resource);
	RUN(test_no_challenge_at_all);
	RUN(test_calls_wait_for_the_probe);
	RUN(test_the_probe_is_cancelled);
	RUN(test_the_probe_takes_too_long);
	RUN(test_an_old_token_is_replaced_once);
	RUN(test_a_fresh_token_is_not_replaced);
	RUN(test_two_calls_with_one_old_token);
	RUN(test_a_vault_that_refuses_every_token);
	RUN(test_another_tenant_than_configured);
	RUN(test_the_vault_has_moved_to_another_tenant);
	RUN(test_claims_are_answered_once);
	RUN(test_claims_that_are_none);
	RUN(test_a_403_is_the_end);
	RUN(test_what_passes_is_tried_again);
	RUN(test_until_the_deadline);
	RUN(test_a_stated_delay);
	RUN(test_a_signing_key_that_is_not_known_yet);
	RUN(test_the_name_does_not_resolve);
	RUN(test_other_successes_are_none);
	RUN(test_signing_in_is_refused);
	RUN(test_signing_in_has_no_answer);
	RUN(test_signing_in_takes_too_long);
	RUN(test_cancel_in_every_state);
	RUN(test_cancel_within_a_callback);
	RUN(test_another_call_within_a_callback);
	RUN(test_free_within_a_callback);
	RUN(test_faults);
	RUN(test_a_target_that_leads_elsewhere);
	RUN(test_configurations);
	RUN(test_memory_that_is_kept_is_freed);
	return check_report();
}
