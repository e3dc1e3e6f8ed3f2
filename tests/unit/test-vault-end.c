/* SPDX-License-Identifier: MIT */

/* How a call ends, once: after a pause or none, without a token, cancelled. */

#include "caller.h"

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

/* Who comes in a pause that outlasts him does not wait for nothing. */
static void test_signing_in_is_known_not_to_work(void)
{
	Caller a = {0}, b = {0}, c = {0};

	begin(TENANT_1);
	CHECK_OK(get(&a));
	answer(&(FakeAnswer){.status = 503, .retry_after = "20"});
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(a.error.answer, VAULT_E_UNAVAILABLE);
	fake_loop_pass(10 * S);
	CHECK_OK(get(&b));
	fake_loop_pass(0);
	CHECK_EQ(b.calls, 1);
	CHECK_EQ(b.error.answer, VAULT_E_UNAVAILABLE);
	CHECK_EQ(fake_http_count(), 1);
	/* One whose time is longer waits to its end, and not a moment more. */
	fake_loop_pass(8 * S);
	CHECK_OK(get(&c));
	fake_loop_pass(2 * S - 1);
	CHECK_EQ(fake_http_count(), 1);
	fake_loop_pass(1);
	CHECK(last_is_for_tenant(TENANT_1));
	grant("t1");
	answer(&good);
	CHECK_EQ(c.error.answer, VAULT_OK);
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
	VaultAsk elsewhere = {.target = "secrets", .deadline_us = CLOCK_NEVER};
	Caller caller = {0};
	VaultCall *call = NULL;

	begin_warm();
	fake_http_fail_next(-ENOSPC);
	CHECK_EQ(get(&caller), 0); /* told from the loop */
	fake_loop_pass(0);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(caller.error.answer, VAULT_E_UNAVAILABLE);
	CHECK_EQ(vault_get(vault, &call, &elsewhere, caller_done, &caller),
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

/* Told from the loop, like all others, and nobody is asked. */
static void test_what_is_known_to_be_absent(void)
{
	VaultAsk ask = {
		.target = "/storage?api-version=7.4",
		.collection = COLLECTION_STORAGE,
		.is_whole = true,
		.deadline_us = CLOCK_NEVER,
	};
	Caller caller = {0};
	Caller gone = {0};

	begin_warm();
	CHECK_OK(vault_get_nothing(vault, &caller.call, &ask, caller_done,
				   &caller));
	CHECK_OK(
		vault_get_nothing(vault, &gone.call, &ask, caller_done, &gone));
	CHECK_EQ(caller.calls, 0);
	vault_cancel(gone.call);
	fake_loop_pass(0);
	CHECK_EQ(caller.calls, 1);
	CHECK_EQ(gone.calls, 0);
	CHECK_EQ(caller.error.answer, VAULT_E_ABSENT);
	CHECK_EQ(caller.error.status, 0);
	CHECK(strstr(caller.error.sentence, "storage accounts") != NULL);
	CHECK_EQ(fake_http_count(), 2); /* of begin_warm() */
	end();
}

/* A target cannot lead to another host: the origin stands before it. */
static void test_a_target_that_leads_elsewhere(void)
{
	static const char *const targets[] = {"/@evil.example/",
					      "//evil.example/"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(targets); i++) {
		VaultAsk ask = {
			.target = targets[i],
			.deadline_us = CLOCK_NEVER,
		};
		Caller caller = {0};

		begin_warm();
		CHECK_OK(vault_get(vault, &caller.call, &ask, caller_done,
				   &caller));
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

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	log_capture(quiet);
	RUN(test_a_403_is_the_end);
	RUN(test_what_passes_is_tried_again);
	RUN(test_until_the_deadline);
	RUN(test_a_stated_delay);
	RUN(test_a_signing_key_that_is_not_known_yet);
	RUN(test_the_name_does_not_resolve);
	RUN(test_other_successes_are_none);
	RUN(test_signing_in_is_refused);
	RUN(test_signing_in_has_no_answer);
	RUN(test_signing_in_is_known_not_to_work);
	RUN(test_signing_in_takes_too_long);
	RUN(test_cancel_in_every_state);
	RUN(test_cancel_within_a_callback);
	RUN(test_another_call_within_a_callback);
	RUN(test_free_within_a_callback);
	RUN(test_faults);
	RUN(test_what_is_known_to_be_absent);
	RUN(test_a_target_that_leads_elsewhere);
	RUN(test_configurations);
	RUN(test_memory_that_is_kept_is_freed);
	return check_report();
}
