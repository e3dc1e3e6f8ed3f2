/* SPDX-License-Identifier: MIT */

/* A machine that sleeps, and a wall clock that is set: neither ages a token
 * that is well, nor keeps one that is over. */

#include "waiter.h"

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)

/* As v1 and managed identities answer: with the moment of the end, too. */
static void grant_until(const char *token, int64_t end_s)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"token_type\":\"Bearer\",\"expires_in\":\"3600\","
		       "\"expires_on\":\"%lld\",\"access_token\":\"%s\"}",
		       (long long)end_s, token);
	fake_http_answer(fake_http_last(),
			 &(FakeAnswer){.status = 200, .body = body});
}

static bool has(const char *token)
{
	Waiter waiter = waiter_new();

	return ask(&waiter) == 0 && waiter.calls == 1 && waiter.result == 0 &&
	       strcmp(waiter.token, token) == 0;
}

/* It is over when the machine wakes: one request, for all who ask then. */
static void test_asleep_past_the_end(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", HOUR_S);
	fake_loop_sleep(2 * HOUR_S * S);
	CHECK_OK(ask(&b));
	CHECK_OK(ask(&c));
	CHECK_EQ(b.calls + c.calls, 0);
	CHECK_EQ(fake_http_count(), 2);
	grant("t2", HOUR_S);
	CHECK_STR(b.token, "t2");
	CHECK_STR(c.token, "t2");
	end();
}

/* It is still good when the machine wakes, but should have been refreshed. */
static void test_asleep_past_the_refresh(void)
{
	Waiter a = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", HOUR_S);
	fake_loop_sleep((HOUR_S - 60) * S);
	CHECK_EQ(fake_http_count(), 2);
	CHECK(has("t1"));
	CHECK_EQ(fake_http_count(), 2);
	grant("t2", HOUR_S);
	CHECK(has("t2"));
	end();
}

/* A pause after a failure is over, too, however long it was to be. */
static void test_asleep_in_a_pause(void)
{
	Waiter a = waiter_new();

	begin();
	for (unsigned i = 0; i < 12; i++) {
		a = waiter_new();
		CHECK_OK(ask(&a));
		fake_http_answer(fake_http_last(), &refusal);
		fake_loop_pass(300 * S);
	}
	a = waiter_new();
	CHECK_OK(ask(&a));
	fake_http_answer(fake_http_last(), &refusal);
	CHECK(a.failure.retry_us == clock_now_us() + 300 * S);
	fake_loop_sleep(300 * S);
	a = waiter_new();
	CHECK_OK(ask(&a));
	CHECK_EQ(a.calls, 0);
	grant("t1", HOUR_S);
	CHECK_STR(a.token, "t1");
	end();
}

/* The wall clock says nothing about a token that is held. */
static void test_the_wall_clock_is_set(void)
{
	static const int64_t jumps[] = {DAY_S, -DAY_S, 365 * DAY_S,
					-20 * 365 * DAY_S};

	for (size_t i = 0; i < AKV_ARRAY_LEN(jumps); i++) {
		Waiter a = waiter_new();

		begin();
		CHECK_OK(ask(&a));
		grant_until("t1", clock_wall_s() + HOUR_S);
		fake_loop_set_wall(clock_wall_s() + jumps[i]);
		CHECK(has("t1"));
		fake_loop_pass((HOUR_S - 301) * S);
		CHECK(has("t1"));
		CHECK_EQ(fake_http_count(), 1);
		fake_loop_pass(2 * S);
		CHECK_EQ(fake_http_count(), 2);
		grant_until("t2", clock_wall_s() + HOUR_S);
		CHECK(has("t2"));
		end();
	}
}

/* Ours is wrong by that much when the token comes: it lives its hour. */
static void test_the_wall_clock_is_wrong(void)
{
	static const int64_t skews[] = {DAY_S, -DAY_S, 2 * HOUR_S, -2 * HOUR_S};

	for (size_t i = 0; i < AKV_ARRAY_LEN(skews); i++) {
		Waiter a = waiter_new(), b = waiter_new();
		int64_t end_s;

		begin();
		end_s = clock_wall_s() + HOUR_S;
		fake_loop_set_wall(clock_wall_s() + skews[i]);
		CHECK_OK(ask(&a));
		grant_until("t1", end_s);
		CHECK_STR(a.token, "t1");
		fake_loop_pass((HOUR_S - 301) * S);
		CHECK(has("t1"));
		CHECK_EQ(fake_http_count(), 1);
		fake_loop_sleep(302 * S);
		CHECK_OK(ask(&b));
		CHECK_EQ(b.calls, 0);
		grant("t2", HOUR_S);
		end();
	}
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_asleep_past_the_end);
	RUN(test_asleep_past_the_refresh);
	RUN(test_asleep_in_a_pause);
	RUN(test_the_wall_clock_is_set);
	RUN(test_the_wall_clock_is_wrong);
	return check_report();
}
