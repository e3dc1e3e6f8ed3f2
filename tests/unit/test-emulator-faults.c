/* SPDX-License-Identifier: MIT */

/* Rules of faults: which is taken, and which is refused. */

#include "base/json.h"
#include "emulator/faults.h"
#include "tests/unit/check.h"

static const char *why;

static int add(Faults *faults, const char *text)
{
	AKV_JSON cJSON *rule = cJSON_Parse(text);

	return rule ? faults_add(faults, rule, &why) : -EINVAL;
}

/* The status of the fault that strikes, 0 if none does. */
static unsigned strike(Faults *faults, const char *host, const char *method,
		       const char *path)
{
	AKV_CLEANUP(fault_action_unrefp)
	FaultAction *action = faults_match(faults, host, method, path, "b=2");

	return action ? action->status : 0;
}

static void test_first_match_wins(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};

	CHECK_OK(add(&faults, "{\"match\":{\"path\":\"/secrets/a*\"},"
			      "\"do\":{\"status\":404}}"));
	CHECK_OK(add(&faults, "{\"match\":{\"host\":\"*.vault.azure.net\"},"
			      "\"do\":{\"status\":503}}"));
	CHECK_EQ(strike(&faults, "demo.vault.azure.net", "GET", "/secrets/abc"),
		 404);
	CHECK_EQ(strike(&faults, "demo.vault.azure.net", "GET", "/secrets/b"),
		 503);
	CHECK_EQ(strike(&faults, "login.microsoftonline.com", "GET", "/x"), 0);
}

static void test_count_runs_out(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};

	CHECK_OK(add(&faults, "{\"match\":{\"count\":2},"
			      "\"do\":{\"status\":500}}"));
	CHECK_EQ(strike(&faults, "h", "GET", "/"), 500);
	CHECK_EQ(strike(&faults, "h", "GET", "/"), 500);
	CHECK_EQ(strike(&faults, "h", "GET", "/"), 0);
	CHECK_EQ(faults.rules[0].hits, 2);
}

static void test_globs(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};

	CHECK_OK(add(&faults, "{\"match\":{\"host\":\"Demo.*\","
			      "\"method\":\"put\",\"path\":\"/s*/*\"},"
			      "\"do\":{\"status\":418}}"));
	CHECK_EQ(strike(&faults, "demo.vault", "PUT", "/secrets/a/b/c"), 418);
	CHECK_EQ(strike(&faults, "demo.vault", "GET", "/secrets/a"), 0);
	CHECK_EQ(strike(&faults, "demo.vault", "PUT", "/Secrets/a"), 0);
	CHECK_EQ(strike(&faults, "other.vault", "PUT", "/secrets/a"), 0);
}

static void test_queries(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};

	CHECK_OK(add(&faults, "{\"match\":{\"query\":\"a=*\"},"
			      "\"do\":{\"status\":418}}"));
	CHECK_OK(add(&faults, "{\"match\":{\"query\":\"*=2\"},"
			      "\"do\":{\"status\":419}}"));
	CHECK_EQ(strike(&faults, "h", "GET", "/"), 419);
	CHECK_EQ(add(&faults, "{\"match\":{\"query\":2},\"do\":{}}"),
		 FAULTS_E_INVALID);
}

static void test_action(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};
	const FaultAction *action;

	CHECK_OK(add(&faults,
		     "{\"do\":{\"delay_ms\":5,\"drip_bps\":7,\"hang\":true,"
		     "\"truncate_at\":0,\"body\":{\"a\":1},"
		     "\"headers\":{\"X\":[\"1\",\"2\"],\"Y\":null}}}"));
	action = faults.rules[0].action;
	CHECK_EQ(action->delay_ms, 5);
	CHECK_EQ(action->drip_bps, 7);
	CHECK(action->hang);
	CHECK_EQ(action->truncate_at, 0);
	CHECK_EQ(action->reset_after, -1);
	CHECK_EQ(action->status, 0);
	CHECK_STR(action->body, "{\"a\":1}");
	CHECK_EQ(action->n_headers, 3);
	CHECK_STR(action->headers[1].value, "2");
	CHECK(!action->headers[2].value);
}

static void test_body_of_any_bytes(void)
{
	AKV_CLEANUP(faults_done) Faults faults = {0};

	CHECK_OK(add(&faults, "{\"do\":{\"body_base64\":\"AP9h\"}}"));
	CHECK_EQ(faults.rules[0].action->body_size, 3);
	CHECK(memcmp(faults.rules[0].action->body,
		     "\0\xff"
		     "a",
		     3) == 0);
}

/* The action outlives its rule while a request still needs it. */
static void test_action_is_kept(void)
{
	AKV_CLEANUP(fault_action_unrefp) FaultAction *action = NULL;
	Faults faults = {0};

	CHECK_OK(add(&faults, "{\"do\":{\"body\":\"x\"}}"));
	action = faults_match(&faults, "h", "GET", "/", "");
	faults_done(&faults);
	CHECK_STR(action->body, "x");
}

static void test_wrong_rules(void)
{
	static const char *const rules[] = {
		"{}",
		"[]",
		"{\"do\":7}",
		"{\"do\":{},\"match\":7}",
		"{\"do\":{\"status\":99}}",
		"{\"do\":{\"status\":600}}",
		"{\"do\":{\"statsu\":500}}",
		"{\"do\":{},\"match\":{\"hots\":\"*\"}}",
		"{\"do\":{},\"match\":{\"host\":1}}",
		"{\"do\":{},\"match\":{\"count\":-1}}",
		"{\"do\":{\"delay_ms\":1.5}}",
		"{\"do\":{\"hang\":1}}",
		"{\"do\":{\"headers\":{\"X\":1}}}",
		"{\"do\":{\"headers\":[]}}",
		"{\"do\":{\"body_base64\":\"=\"}}",
	};
	AKV_CLEANUP(faults_done) Faults faults = {0};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rules); i++) {
		if (add(&faults, rules[i]) != FAULTS_E_INVALID)
			CHECK_FAIL("taken: %s", rules[i]);
	}
	CHECK_EQ(faults.n, 0);
}

int main(void)
{
	RUN(test_first_match_wins);
	RUN(test_count_runs_out);
	RUN(test_globs);
	RUN(test_queries);
	RUN(test_action);
	RUN(test_body_of_any_bytes);
	RUN(test_action_is_kept);
	RUN(test_wrong_rules);
	return check_report();
}
