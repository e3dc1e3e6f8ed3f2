/* SPDX-License-Identifier: MIT */

/*
 * The way of a call: which requests it makes, with which token, and what a 401
 * makes it do.
 */

#include "caller.h"

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
	return check_report();
}
