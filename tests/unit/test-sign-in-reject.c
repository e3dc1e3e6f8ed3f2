/* SPDX-License-Identifier: MIT */

/* Tokens that a service has refused, and what is minted in their place. */

#include "waiter.h"

static void test_a_rejected_token_is_minted_anew(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, NULL));
	CHECK_OK(ask(&b));
	CHECK_EQ(b.calls, 0);
	CHECK_EQ(fake_http_count(), 2);
	CHECK(strstr(fake_http_last()->body, "claims") == NULL);
	grant("t2", 3600);
	CHECK_STR(b.token, "t2");
	/* The old one again: somebody else has seen to it already. */
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, NULL));
	CHECK_OK(ask(&c));
	CHECK_STR(c.token, "t2");
	/* One that never was */
	CHECK_OK(sign_in_reject(sign_in, "nobody", RESOURCE, 1, NULL));
	end();
}

static void test_too_many_rejections(void)
{
	Waiter a = waiter_new();
	unsigned minted = 0;

	begin();
	for (unsigned i = 0; i < 20; i++) {
		size_t before = fake_http_count();

		a = waiter_new();
		CHECK_OK(ask(&a));
		if (fake_http_count() > before) {
			grant("t", 3600);
			minted++;
		}
		if (sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, NULL) ==
		    SIGN_IN_E_TOO_OFTEN)
			break;
	}
	CHECK_EQ(minted, SIGN_IN_REJECTS_MAX + 1);
	/* Nothing was forgotten, and time heals it. */
	a = waiter_new();
	CHECK_OK(ask(&a));
	CHECK_EQ(fake_http_count(), minted);
	fake_loop_pass(SIGN_IN_REJECTS_S * S);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, NULL));
	end();
}

static void test_claims_go_with_the_next_mint_only(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial,
				"{\"x\":1}"));
	CHECK_OK(ask(&b));
	CHECK(strstr(fake_http_last()->body, "&claims=%7B%22x%22%3A1%7D") !=
	      NULL);
	grant("t2", 3600);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, b.serial, NULL));
	CHECK_OK(ask(&c));
	CHECK(strstr(fake_http_last()->body, "claims") == NULL);
	end();
}

/* A refresh under way was asked without them. */
static void test_claims_end_a_refresh(void)
{
	Waiter a = waiter_new(), b = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	fake_loop_pass(3300 * S);
	CHECK_EQ(fake_http_count(), 2);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial,
				"{\"x\":1}"));
	CHECK(fake_http_at(1)->cancelled);
	CHECK_OK(ask(&b));
	CHECK_EQ(fake_http_count(), 3);
	grant("t3", 3600);
	CHECK_STR(b.token, "t3");
	end();
}

/* Claims that the authority refuses must not bar the way for ever. */
static void test_refused_claims_are_dropped(void)
{
	Waiter a = waiter_new(), b = waiter_new(), c = waiter_new();

	begin();
	CHECK_OK(ask(&a));
	grant("t1", 3600);
	CHECK_OK(sign_in_reject(sign_in, TENANT, RESOURCE, a.serial, "{}"));
	CHECK_OK(ask(&b));
	fake_http_answer(fake_http_last(), &refusal);
	CHECK_EQ(b.result, TOKEN_RESPONSE_E_REFUSED);
	fake_loop_pass(S);
	CHECK_OK(ask(&c));
	CHECK(strstr(fake_http_last()->body, "claims") == NULL);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_a_rejected_token_is_minted_anew);
	RUN(test_too_many_rejections);
	RUN(test_claims_go_with_the_next_mint_only);
	RUN(test_claims_end_a_refresh);
	RUN(test_refused_claims_are_dropped);
	return check_report();
}
