/* SPDX-License-Identifier: MIT */

/* Act after act: each one done, its end given back, and nothing left over. */

#include "auth/exchange.h"
#include "base/clock.h"
#include "check.h"
#include "fake-http.h"
#include "fake-loop.h"

#define S CLOCK_US_PER_S

/* A credential that does what the test has written down. */
typedef struct Script {
	Credential credential;
	int acts[8]; /* enum exchange_act, or -1 - EXCHANGE_E_* */
	size_t at;
	unsigned responses, answers, pauses;
	const char *claims;
} Script;

enum { END_TOKEN = -1 - EXCHANGE_E_TOKEN, END_FAILED = -1 - EXCHANGE_E_FAILED };

static int script_advance(Credential *credential, Exchange *exchange,
			  const ExchangeEvent *event)
{
	Script *script = AKV_CONTAINER_OF(credential, Script, credential);
	int act = script->acts[script->at++];

	script->claims = exchange->ask.claims;
	if (event && event->response)
		script->responses++;
	else if (event && event->answer)
		script->answers++;
	else if (event)
		script->pauses++;
	if (act == END_TOKEN &&
	    secret_new(&exchange->token.bytes, "token", 5) != 0)
		return -ENOMEM;
	if (act < 0)
		return -1 - act;
	exchange->act = (enum exchange_act)act;
	exchange->until_us = clock_now_us() + 3 * S;
	exchange->errand = (Errand){.kind = ERRAND_AZ};
	if (act != EXCHANGE_REQUEST)
		return 0;
	exchange->request =
		(HttpRequest){.method = "GET", .url = "https://a.example/"};
	if (secret_new(&exchange->request.body, "b", 1) != 0 ||
	    secret_new(&exchange->request.secret_header, "h: s", 4) != 0)
		return -ENOMEM;
	return 0;
}

static const CredentialOps script_ops = {.advance = script_advance};

/* One errand at a time. */
struct ErrandRun {
	void (*done)(void *user, const ErrandAnswer *answer);
	void *user;
	bool cancelled;
};

static struct ErrandRun errand;

static int errand_start(AKV_UNUSED void *data, ErrandRun **ret,
			AKV_UNUSED const Errand *asked,
			void (*done)(void *user, const ErrandAnswer *answer),
			void *user)
{
	errand = (struct ErrandRun){.done = done, .user = user};
	*ret = &errand;
	return 0;
}

static void errand_cancel(ErrandRun *run)
{
	run->cancelled = true;
}

static const Errands errands = {.start = errand_start, .cancel = errand_cancel};
static const ExchangeMeans means = {.errands = &errands};
static ExchangeRun run;
static Script script;
static unsigned calls;
static int result;

static void run_ended(AKV_UNUSED void *data, int r)
{
	calls++;
	result = r;
}

static void begin(const ExchangeMeans *with)
{
	fake_loop_begin();
	script = (Script){.credential = {.ops = &script_ops}};
	errand = (struct ErrandRun){0};
	calls = 0;
	result = 0;
	exchange_run_init(&run, with, &script.credential, run_ended, NULL);
}

static void end(void)
{
	exchange_run_done(&run);
	fake_http_reset();
	fake_loop_end();
	CHECK_EQ(secret_heap_used(), 0);
}

static const TokenAsk ask = {.tenant = "t", .resource = "r", .claims = "{}"};

static void test_act_after_act(void)
{
	Token token;

	begin(&means);
	script.acts[0] = EXCHANGE_REQUEST;
	script.acts[1] = EXCHANGE_PAUSE;
	script.acts[2] = EXCHANGE_ERRAND;
	script.acts[3] = END_TOKEN;
	CHECK_OK(exchange_run_start(&run, &ask));
	CHECK(exchange_run_is_under_way(&run));
	CHECK_STR(script.claims, "{}");
	CHECK(script.claims != ask.claims);
	CHECK_STR(fake_http_last()->secret_header, "h: s");
	CHECK(run.exchange.request.body == NULL);
	fake_http_answer(fake_http_last(), &(FakeAnswer){.status = 200});
	CHECK_EQ(script.responses, 1);
	CHECK_EQ(fake_loop_timers(), 1);
	fake_loop_pass(3 * S);
	CHECK_EQ(script.pauses, 1);
	CHECK_EQ(calls, 0);
	errand.done(errand.user, &(ErrandAnswer){.errors = ""});
	CHECK_EQ(script.answers, 1);
	CHECK_EQ(calls, 1);
	CHECK_EQ(result, EXCHANGE_E_TOKEN);
	CHECK(!exchange_run_is_under_way(&run));
	token = exchange_run_take(&run);
	CHECK(run.exchange.token.bytes == NULL);
	token_done(&token);
	end();
}

/* What is known at once is returned and not called. */
static void test_over_at_once(void)
{
	begin(&means);
	script.acts[0] = END_FAILED;
	CHECK_EQ(exchange_run_start(&run, &ask), EXCHANGE_E_FAILED);
	CHECK(!exchange_run_is_under_way(&run));
	CHECK_EQ(calls, 0);
	end();
	begin(&means);
	script.acts[0] = EXCHANGE_REQUEST;
	fake_http_fail_next(-ENOSPC);
	CHECK_EQ(exchange_run_start(&run, &ask), -ENOSPC);
	CHECK_EQ(calls, 0);
	end();
	begin(&(ExchangeMeans){0});
	script.acts[0] = EXCHANGE_ERRAND;
	CHECK_EQ(exchange_run_start(&run, &ask), -ENOSYS);
	end();
}

static void test_a_later_act_that_cannot_be_done(void)
{
	begin(&means);
	script.acts[0] = EXCHANGE_PAUSE;
	script.acts[1] = EXCHANGE_REQUEST;
	CHECK_OK(exchange_run_start(&run, &ask));
	fake_http_fail_next(-ENOMEM);
	fake_loop_pass(3 * S);
	CHECK_EQ(calls, 1);
	CHECK_EQ(result, -ENOMEM);
	CHECK(!exchange_run_is_under_way(&run));
	end();
}

static void test_cancelled_in_each_act(void)
{
	begin(&means);
	script.acts[0] = EXCHANGE_REQUEST;
	CHECK_OK(exchange_run_start(&run, &ask));
	exchange_run_cancel(&run);
	CHECK(fake_http_last()->cancelled);
	script.acts[1] = EXCHANGE_PAUSE;
	CHECK_OK(exchange_run_start(&run, &ask));
	exchange_run_cancel(&run);
	CHECK_EQ(fake_loop_timers(), 0);
	script.acts[2] = EXCHANGE_ERRAND;
	CHECK_OK(exchange_run_start(&run, &ask));
	exchange_run_cancel(&run);
	CHECK(errand.cancelled);
	exchange_run_cancel(&run);
	CHECK_EQ(calls, 0);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_act_after_act);
	RUN(test_over_at_once);
	RUN(test_a_later_act_that_cannot_be_done);
	RUN(test_cancelled_in_each_act);
	return check_report();
}
