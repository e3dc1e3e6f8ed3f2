/* SPDX-License-Identifier: MIT */

/* One act at a time; what ends an act asks the credential for the next. */

#include "auth/exchange.h"

#include <stdarg.h>

#include "base/clock.h"

void exchange_init(Exchange *exchange)
{
	*exchange = (Exchange){
		.url = BUF_INIT(BUF_MAX_URL),
		.text = BUF_INIT(BUF_MAX_FORM),
		.reasons = BUF_INIT(BUF_MAX_LINE),
	};
}

void exchange_done(Exchange *exchange)
{
	(void)secret_unref(exchange->request.body);
	(void)secret_unref(exchange->request.secret_header);
	(void)secret_unref(exchange->held);
	token_done(&exchange->token);
	buf_done(&exchange->url);
	buf_done(&exchange->text);
	buf_done(&exchange->reasons);
	exchange_init(exchange);
}

const char *errand_file_fault(const ErrandAnswer *answer)
{
	if (answer->result < 0)
		return strerror(-answer->result);
	return answer->output && secret_size(answer->output) > 0
		       ? NULL
		       : "it is empty";
}

int exchange_end(Exchange *exchange, int answer, int result, const char *format,
		 ...)
{
	AuthFailure *failure = &exchange->failure;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(failure->sentence, sizeof(failure->sentence), format,
			arguments);
	va_end(arguments);
	failure->absent = answer == EXCHANGE_E_UNAVAILABLE;
	exchange->result = result;
	return answer;
}

static void run_advance(ExchangeRun *run, const ExchangeEvent *event);

static void run_responded(void *data, const HttpResponse *response)
{
	ExchangeRun *run = data;

	run->transfer = NULL;
	run_advance(run, &(ExchangeEvent){.response = response});
}

static void run_answered(void *user, const ErrandAnswer *answer)
{
	ExchangeRun *run = user;

	run->errand = NULL;
	run_advance(run, &(ExchangeEvent){.answer = answer});
}

static void run_fire(Timer *timer)
{
	run_advance(AKV_CONTAINER_OF(timer, ExchangeRun, timer),
		    &(ExchangeEvent){0});
}

static int run_errand(ExchangeRun *run)
{
	const Errands *errands = run->means->errands;

	if (!errands)
		return -ENOSYS;
	return errands->start(errands->data, &run->errand,
			      &run->exchange.errand, run_answered, run);
}

static int run_request(ExchangeRun *run)
{
	HttpRequest *request = &run->exchange.request;
	int r;

	/* No credential gives its token to whoever it is asked by. */
	assert(!request->authorization);
	r = http_start(run->means->http, &run->transfer, request, run_responded,
		       run);
	request->body = secret_unref(request->body);
	request->secret_header = secret_unref(request->secret_header);
	return r;
}

static int run_act(ExchangeRun *run)
{
	switch (run->exchange.act) {
	case EXCHANGE_REQUEST:
		return run_request(run);
	case EXCHANGE_ERRAND:
		return run_errand(run);
	case EXCHANGE_PAUSE:
		return loop_timer_set(run->means->loop, &run->timer,
				      run->exchange.until_us);
	}
	return -EINVAL;
}

/* The next act; 0 if it is under way, else how it ended. */
static int run_step(ExchangeRun *run, const ExchangeEvent *event)
{
	int r = run->credential->ops->advance(run->credential, &run->exchange,
					      event);

	return r == 0 ? run_act(run) : r;
}

static void run_advance(ExchangeRun *run, const ExchangeEvent *event)
{
	int r = run_step(run, event);

	if (r == 0)
		return;
	run->under_way = false;
	run->done(run->data, r);
}

void exchange_run_init(ExchangeRun *run, const ExchangeMeans *means,
		       Credential *credential,
		       void (*done)(void *data, int result), void *data)
{
	*run = (ExchangeRun){
		.means = means,
		.credential = credential,
		.timer = {.fire = run_fire},
		.done = done,
		.data = data,
	};
	exchange_init(&run->exchange);
}

void exchange_run_done(ExchangeRun *run)
{
	exchange_run_cancel(run);
	exchange_done(&run->exchange);
	free(AKV_TAKE(run->claims));
}

int exchange_run_start(ExchangeRun *run, const TokenAsk *ask)
{
	int r;

	assert(!run->under_way);
	exchange_run_done(run);
	run->exchange.ask = *ask;
	if (ask->claims) {
		/* The caller's may be replaced while this is under way. */
		run->claims = strdup(ask->claims);
		if (!run->claims)
			return -ENOMEM;
		run->exchange.ask.claims = run->claims;
	}
	r = run_step(run, NULL);
	run->under_way = r == 0;
	return r;
}

void exchange_run_cancel(ExchangeRun *run)
{
	if (!run->under_way)
		return;
	run->under_way = false;
	http_cancel(AKV_TAKE(run->transfer));
	if (run->errand)
		run->means->errands->cancel(AKV_TAKE(run->errand));
	loop_timer_clear(run->means->loop, &run->timer);
}

bool exchange_run_is_under_way(const ExchangeRun *run)
{
	return run->under_way;
}

Token exchange_run_take(ExchangeRun *run)
{
	Token token = run->exchange.token;

	run->exchange.token = (Token){0};
	return token;
}
