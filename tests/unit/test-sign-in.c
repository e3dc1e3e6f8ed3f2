/* SPDX-License-Identifier: MIT */

/* Who waits, who is answered when, and how many requests that takes. */

#include "waiter.h"

static void test_one_request_for_all_who_wait(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	CHECK_OK(ask(&b));
	CHECK_EQ(fake_http_count(), 1);
	CHECK_STR(fake_http_last()->url,
		  "https://login.microsoftonline.com/" TENANT
		  "/oauth2/v2.0/token");
	CHECK_STR(fake_http_last()->authorization, "");
	CHECK_EQ(fake_http_last()->deadline_us, clock_now_us() + TIMEOUT);
	CHECK_EQ(a.calls + b.calls, 0);
	grant("t1", 3600);
	CHECK_EQ(a.result, 0);
	CHECK_STR(a.token, "t1");
	CHECK_STR(b.token, "t1");
	CHECK(a.serial != 0);
	/* Then it is at hand at once. */
	CHECK_OK(ask(&c));
	CHECK_STR(c.token, "t1");
	CHECK_EQ(c.serial, a.serial);
	CHECK_EQ(a.calls + b.calls + c.calls, 3);
	CHECK_EQ(fake_http_count(), 1);
	CHECK_STR(sign_in_name(sign_in), "client secret");
	end();
}

static void test_a_token_per_tenant_and_resource(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(sign_in_token(sign_in, &a.wait, TENANT, RESOURCE));
	CHECK_OK(sign_in_token(sign_in, &b.wait, "other", RESOURCE));
	CHECK_OK(sign_in_token(sign_in, &c.wait, TENANT, "https://arm"));
	CHECK_EQ(fake_http_count(), 3);
	grant("t3", 3600);
	CHECK_STR(c.token, "t3");
	CHECK_EQ(a.calls + b.calls, 0);
	end();
	CHECK_EQ(a.calls + b.calls, 0);
}

static void test_there_are_only_so_many(void)
{
	Waiter waiters[SIGN_IN_TOKENS_MAX];
	Waiter more = waiter_new();
	char tenant[16];

	begin();
	for (size_t i = 0; i < SIGN_IN_TOKENS_MAX; i++) {
		waiters[i] = waiter_new();
		(void)snprintf(tenant, sizeof(tenant), "t%zu", i);
		CHECK_OK(sign_in_token(sign_in, &waiters[i].wait, tenant,
				       RESOURCE));
	}
	CHECK_EQ(sign_in_token(sign_in, &more.wait, "one-more", RESOURCE),
		 -ENOSPC);
	CHECK_EQ(sign_in_token(sign_in, &more.wait, "a/b", RESOURCE), -EINVAL);
	CHECK_EQ(more.calls, 0);
	end();
}

/* Nobody waits for a refresh: the old token is good until the new one is. */
static void test_refresh_in_the_background(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	fake_loop_pass(3299 * S);
	CHECK_EQ(fake_http_count(), 1);
	fake_loop_pass(S);
	CHECK_EQ(fake_http_count(), 2);
	CHECK_OK(ask(&b));
	CHECK_STR(b.token, "t1");
	grant("t2", 3600);
	CHECK_OK(ask(&c));
	CHECK_STR(c.token, "t2");
	CHECK(c.serial != a.serial);
	CHECK_EQ(fake_http_count(), 2);
	end();
}

/* What nobody asks for is let lapse. */
static void test_no_refresh_of_what_is_not_used(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	fake_loop_pass(3300 * S);
	grant("t2", 3600); /* a had asked for t1; nobody does for t2 */
	fake_loop_pass(3400 * S);
	CHECK_EQ(fake_http_count(), 2);
	/* Between its refresh and its end, one who asks sets it going. */
	CHECK_OK(ask(&b));
	CHECK_STR(b.token, "t2");
	CHECK_EQ(fake_http_count(), 3);
	CHECK_OK(ask(&c));
	CHECK_EQ(c.calls, 1);
	CHECK_EQ(fake_http_count(), 3);
	end();
}

static void test_an_expired_token_is_not_given(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 60);
	fake_loop_pass(30 * S);
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.result = HTTP_E_CONNECT});
	fake_loop_pass(29 * S); /* retries, each failing */
	while (fake_http_waiting() > 0)
		fake_http_answer(fake_http_last(),
				 &(FakeAnswer){.result = HTTP_E_CONNECT});
	fake_loop_pass(301 * S);
	CHECK_OK(ask(&b));
	CHECK_EQ(b.calls, 0);
	grant("t2", 3600);
	CHECK_STR(b.token, "t2");
	end();
}

/* A failed refresh is nobody's concern while the token is valid. */
static void test_a_failed_refresh_is_tried_again(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	fake_loop_pass(3300 * S);
	CHECK_EQ(fake_http_count(), 2);
	fake_http_answer(fake_http_last(), &refusal);
	CHECK_OK(ask(&b));
	CHECK_STR(b.token, "t1");
	CHECK_EQ(fake_http_count(), 2);
	fake_loop_pass(S);
	CHECK_EQ(fake_http_count(), 3);
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.status = 503, .retry_after = "20"});
	fake_loop_pass(19 * S);
	CHECK_EQ(fake_http_count(), 3);
	fake_loop_pass(S);
	CHECK_EQ(fake_http_count(), 4);
	grant("t4", 3600);
	end();
}

/* A tree walk must not become a thousand token requests. */
static void test_a_failure_is_remembered(void)
{
	Waiter a = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	fake_http_answer(fake_http_last(), &refusal);
	CHECK_EQ(a.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(a.failure.code, 7000215);
	for (unsigned i = 0; i < 1000; i++) {
		Waiter walker = waiter_new();

		CHECK_OK(ask(&walker));
		CHECK_EQ(walker.result, TOKEN_RESPONSE_E_REFUSED);
		CHECK_EQ(walker.failure.code, 7000215);
	}
	CHECK_EQ(fake_http_count(), 1);
	fake_loop_pass(S);
	a = waiter_new();
	CHECK_OK(ask(&a));
	CHECK_EQ(fake_http_count(), 2);
	fake_http_answer(fake_http_last(), &refusal);
	fake_loop_pass(S); /* the second pause is two seconds */
	a = waiter_new();
	CHECK_OK(ask(&a));
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(fake_http_count(), 2);
	fake_loop_pass(S);
	a = waiter_new();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK_STR(a.token, "t1");
	end();
}

static void test_pauses(void)
{
	CHECK_EQ(sign_in_pause_us(1), S);
	CHECK_EQ(sign_in_pause_us(2), 2 * S);
	CHECK_EQ(sign_in_pause_us(5), 16 * S);
	CHECK_EQ(sign_in_pause_us(9), 256 * S);
	CHECK_EQ(sign_in_pause_us(10), 300 * S);
	CHECK_EQ(sign_in_pause_us(1000000), 300 * S);
}

static void test_cancel(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	sign_in_cancel(&a.wait);
	CHECK_OK(ask(&a));
	CHECK_OK(ask(&b));
	sign_in_cancel(&a.wait);
	sign_in_cancel(&a.wait);
	grant("t1", 3600);
	CHECK_EQ(a.calls, 0);
	CHECK_EQ(b.calls, 1);
	sign_in_cancel(&b.wait);
	/* It may wait again. */
	CHECK_OK(ask(&a));
	CHECK_STR(a.token, "t1");
	end();
}

static void then_cancel_other(Waiter *waiter)
{
	sign_in_cancel(&waiter->other->wait);
}

static void test_cancel_within_a_callback(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	a.then = then_cancel_other;
	a.other = &b;
	c.then = then_cancel_other;
	c.other = &a; /* already called: no effect */
	CHECK_OK(ask(&a));
	CHECK_OK(ask(&b));
	CHECK_OK(ask(&c));
	grant("t1", 3600);
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(b.calls, 0);
	CHECK_EQ(c.calls, 1);
	end();
}

static void then_reject_and_ask(Waiter *waiter)
{
	int r = sign_in_reject(sign_in, TENANT, RESOURCE, waiter->serial, NULL);

	waiter->then = NULL;
	if (r == 0)
		r = ask(waiter->other);
	if (r != 0)
		abort();
}

/* One who comes during the callbacks waits for the next answer. */
static void test_reject_and_ask_within_a_callback(void)
{
	Waiter a = waiter_new(), b = waiter_new(), late = waiter_new();

	begin();
	a.then = then_reject_and_ask;
	a.other = &late;
	CHECK_OK(ask(&a));
	CHECK_OK(ask(&b));
	grant("t1", 3600);
	CHECK_STR(b.token, "t1");
	CHECK_EQ(late.calls, 0);
	CHECK_EQ(fake_http_count(), 2);
	grant("t2", 3600);
	CHECK_STR(late.token, "t2");
	end();
}

static void then_free(AKV_UNUSED Waiter *waiter)
{
	sign_in = sign_in_free(sign_in);
}

static void test_free_within_a_callback(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	a.then = then_free;
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK_EQ(a.calls, 1);
	fake_http_reset();
	fake_loop_end();
	begin();
	CHECK_OK(ask(&b));
	grant("t1", 3600);
	a = waiter_new();
	a.then = then_free;
	CHECK_OK(ask(&a)); /* at once, from within sign_in_token() */
	CHECK_EQ(a.calls, 1);
	fake_http_reset();
	fake_loop_end();
}

static void test_who_waits_when_it_is_freed(void)
{
	Waiter a = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	end();
	CHECK_EQ(a.calls, 0);
	CHECK(a.wait.source == NULL);
	sign_in_cancel(&a.wait);
}

static void test_faults_go_up(void)
{
	Waiter a = waiter_new();

	begin();
	fake_http_fail_next(-ENOSPC);
	CHECK_EQ(ask(&a), -ENOSPC);
	CHECK_EQ(a.calls, 0);
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	/* A refresh that cannot be sent is put off. */
	fake_http_fail_next(-ENOSPC);
	fake_loop_pass(3300 * S);
	CHECK_EQ(fake_http_count(), 1);
	fake_loop_pass(S);
	CHECK_EQ(fake_http_count(), 2);
	end();
}

/* The place where the client secret was kept is gone. */
static void test_the_secret_goes_away(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	store_is_empty = true;
	CHECK_OK(ask(&a));
	CHECK_EQ(a.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK(strstr(a.failure.sentence, "client secret") != NULL);
	CHECK_OK(ask(&b));
	CHECK_EQ(b.result, TOKEN_RESPONSE_E_REFUSED);
	CHECK_EQ(fake_http_count(), 0);
	end();
}

static void test_nothing_of_a_token_stays(void)
{
	Waiter a = waiter_new();
	size_t used = secret_heap_used();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK(secret_heap_used() > used);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, NULL));
	CHECK_EQ(secret_heap_used(), used);
	end();
	CHECK_EQ(secret_heap_used(), used);
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_one_request_for_all_who_wait);
	RUN(test_a_token_per_tenant_and_resource);
	RUN(test_there_are_only_so_many);
	RUN(test_refresh_in_the_background);
	RUN(test_no_refresh_of_what_is_not_used);
	RUN(test_an_expired_token_is_not_given);
	RUN(test_a_failed_refresh_is_tried_again);
	RUN(test_a_failure_is_remembered);
	RUN(test_pauses);
	RUN(test_cancel);
	RUN(test_cancel_within_a_callback);
	RUN(test_reject_and_ask_within_a_callback);
	RUN(test_free_within_a_callback);
	RUN(test_who_waits_when_it_is_freed);
	RUN(test_faults_go_up);
	RUN(test_the_secret_goes_away);
	RUN(test_nothing_of_a_token_stays);
	return check_report();
}
