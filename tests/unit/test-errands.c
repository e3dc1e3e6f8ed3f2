/* SPDX-License-Identifier: MIT */

/* The worker's side of errands, with a launcher that says what it likes. */

#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"
#include "fs/errands.h"
#include "tests/unit/check.h"

#define S CLOCK_US_PER_S

static const Errand certificate = {.kind = ERRAND_CERTIFICATE};

static Loop *loop;
static ErrandClerk *clerk;
static const Errands *errands;
static int ends[2]; /* the launcher's, the worker's */

static struct {
	unsigned calls;
	int result, code;
	char output[64], errors[ERRAND_ERRORS_MAX + 1];
	size_t n;
} got;

static void done(void *user, const ErrandAnswer *answer)
{
	got.calls++;
	got.result = answer->result;
	got.code = answer->code;
	got.n = answer->output ? secret_size(answer->output) : 0;
	(void)snprintf(got.output, sizeof(got.output), "%s",
		       answer->output
			       ? (const char *)secret_bytes(answer->output)
			       : "");
	(void)snprintf(got.errors, sizeof(got.errors), "%s", answer->errors);
	if (user)
		loop_stop(user, 0);
}

static void begin(void)
{
	memset(&got, 0, sizeof(got));
	if (loop_new(&loop) < 0 || control_pair(ends) < 0 ||
	    errand_clerk_new(&clerk, loop, ends[1]) < 0)
		abort();
	errands = errand_clerk_errands(clerk);
}

static void end(void)
{
	clerk = errand_clerk_free(clerk);
	loop = loop_free(loop);
	(void)close(ends[0]);
	(void)close(ends[1]);
	clock_thaw();
}

static int start(ErrandRun **run, const Errand *errand)
{
	return errands->start(errands->data, run, errand, done, loop);
}

static void say_end(uint32_t errand, int result, int code)
{
	const ControlMessage message = {.type = CONTROL_ERRAND_END,
					.errand = errand,
					.result = result,
					.code = code};

	errand_clerk_hear(clerk, &message, -1);
}

/* A pipe whose reading end the worker is handed; returns the writing one. */
static int say_stream(uint32_t errand, int which, int *ret_read)
{
	const ControlMessage message = {
		.type = CONTROL_ERRAND_STREAM, .errand = errand, .code = which};
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	if (ret_read)
		*ret_read = fds[0];
	errand_clerk_hear(clerk, &message, fds[0]);
	return fds[1];
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Write it and close. */
static void finish(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	(void)close(fd);
}

static void test_what_comes_back(void)
{
	const Errand az = {.kind = ERRAND_AZ, .words = {"https://v", "t"}};
	ControlMessage message;
	ErrandRun *run = NULL;
	int output, errors, passed;

	begin();
	CHECK_OK(start(&run, &az));
	CHECK_OK(control_receive(ends[0], &message, &passed));
	CHECK_EQ(message.type, CONTROL_ERRAND);
	CHECK_EQ(message.code, ERRAND_AZ);
	CHECK_STR(message.text, "https://v\nt");
	CHECK_EQ(message.errand, 0);
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	errors = say_stream(0, CONTROL_ERRORS, NULL);
	/* The program's end comes before that of what it printed. */
	say_end(0, 0, 3);
	CHECK_EQ(got.calls, 0);
	finish(output, "{}");
	finish(errors, "a warning");
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.calls, 1);
	CHECK_EQ(got.result, 0);
	CHECK_EQ(got.code, 3);
	CHECK_STR(got.output, "{}");
	CHECK_STR(got.errors, "a warning");
	end();
}

static void test_only_an_end(void)
{
	ErrandRun *run = NULL;

	begin();
	CHECK_OK(start(&run, &certificate));
	say_end(0, -ENOENT, 0);
	CHECK_EQ(got.calls, 1);
	CHECK_EQ(got.result, -ENOENT);
	CHECK_STR(got.errors, "");
	end();
}

/* Of a token all or nothing; of what is said, the beginning. */
static void test_too_much(void)
{
	static char many[ERRAND_OUTPUT_MAX + 4096];
	ErrandRun *run = NULL;
	int output, errors;

	begin();
	memset(many, 'x', sizeof(many) - 1);
	CHECK_OK(start(&run, &certificate));
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	CHECK(fcntl(output, F_SETPIPE_SZ, 2 * ERRAND_OUTPUT_MAX) > 0);
	finish(output, many);
	say_end(0, 0, 0);
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.result, -EFBIG);
	CHECK_EQ(got.n, 0);
	CHECK_OK(start(&run, &certificate));
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	errors = say_stream(0, CONTROL_ERRORS, NULL);
	many[ERRAND_ERRORS_MAX * 3] = '\0';
	finish(errors, many);
	finish(output, "o");
	say_end(0, 0, 1);
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.calls, 2);
	CHECK_EQ(got.result, 0);
	CHECK_STR(got.output, "o");
	CHECK(strlen(got.errors) > 0);
	CHECK(strlen(got.errors) <= ERRAND_ERRORS_MAX);
	end();
}

/* Numbers that are nobody's, streams that are there, ends that are over. */
static void test_what_makes_no_sense(void)
{
	static const uint32_t nobodys[] = {1, CONTROL_ERRANDS_MAX, UINT32_MAX};
	ErrandRun *run = NULL;
	int output, again, inner;

	begin();
	CHECK_OK(start(&run, &certificate));
	for (size_t i = 0; i < AKV_ARRAY_LEN(nobodys); i++) {
		again = say_stream(nobodys[i], CONTROL_OUTPUT, &inner);
		CHECK(!is_open(inner));
		(void)close(again);
		say_end(nobodys[i], 0, 0);
	}
	CHECK_EQ(got.calls, 0);
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	again = say_stream(0, CONTROL_OUTPUT, &inner);
	CHECK(!is_open(inner));
	(void)close(again);
	say_end(0, 0, 0);
	say_end(0, -EIO, 9);
	again = say_stream(0, CONTROL_ERRORS, &inner);
	CHECK(!is_open(inner));
	(void)close(again);
	finish(output, "o");
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.calls, 1);
	CHECK_EQ(got.result, 0);
	CHECK_EQ(got.code, 0);
	say_end(0, -EIO, 9);
	CHECK_EQ(got.calls, 1);
	end();
}

/* Nobody is called; and the number is another's only after its end. */
static void test_cancelled(void)
{
	ErrandRun *first = NULL, *second = NULL;
	int output;

	begin();
	CHECK_OK(start(&first, &certificate));
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	errands->cancel(first);
	errands->cancel(NULL);
	CHECK_OK(start(&second, &certificate));
	CHECK(second != first);
	/* What holds the pipe open longer does not keep the number taken. */
	say_end(0, 0, 0);
	CHECK_EQ(got.calls, 0);
	errands->cancel(second);
	say_end(1, 0, 0);
	CHECK_OK(start(&second, &certificate));
	CHECK(second == first);
	say_end(0, 0, 0);
	CHECK_EQ(got.calls, 1);
	CHECK_STR(got.output, "");
	(void)close(output);
	end();
}

static void test_so_many_and_no_more(void)
{
	ErrandRun *run = NULL;

	begin();
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++)
		CHECK_OK(start(&run, &certificate));
	CHECK_EQ(start(&run, &certificate), -EBUSY);
	say_end(5, 0, 0);
	CHECK_OK(start(&run, &certificate));
	CHECK_EQ(start(&run, &certificate), -EBUSY);
	CHECK_EQ(got.calls, 1);
	end();
	/* The rest was let go without a call. */
	CHECK_EQ(got.calls, 1);
}

static void test_what_is_not_sent(void)
{
	const Errand option = {.kind = ERRAND_AZ, .words = {"-x", "t"}};
	struct pollfd heard = {.events = POLLIN};
	Errand text = {.kind = ERRAND_SHOW};
	char words[ERRAND_PACKED_SIZE + 1];
	ErrandRun *run = NULL;

	begin();
	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	text.words[0] = words;
	CHECK_EQ(start(&run, &text), -EMSGSIZE);
	CHECK_EQ(start(&run, &option), -EINVAL);
	CHECK(!run);
	heard.fd = ends[0];
	CHECK_EQ(poll(&heard, 1, 0), 0);
	/* The launcher is gone. */
	(void)close(ends[0]);
	for (size_t i = 0; i <= CONTROL_ERRANDS_MAX; i++) {
		int r = start(&run, &certificate);

		CHECK(r < 0 && r != -EBUSY);
	}
	ends[0] = -1;
	CHECK_EQ(got.calls, 0);
	end();
}

/* A launcher that says nothing is not waited for; its late words are for
 * nobody. */
static void test_late(void)
{
	ErrandRun *run = NULL;

	begin();
	clock_freeze(1000 * S, 0);
	CHECK_OK(start(&run, &certificate));
	clock_freeze((1000 + ERRAND_TOOL_S + 6) * S, 0);
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.calls, 1);
	CHECK_EQ(got.result, -ETIMEDOUT);
	say_end(0, 0, 0);
	CHECK_EQ(got.calls, 1);
	end();
}

/* The program has ended, and what it left behind holds the pipe. */
static void test_a_pipe_that_stays_open(void)
{
	ErrandRun *run = NULL;
	int output;

	begin();
	clock_freeze(1000 * S, 0);
	CHECK_OK(start(&run, &certificate));
	output = say_stream(0, CONTROL_OUTPUT, NULL);
	CHECK(write(output, "half", 4) == 4);
	say_end(0, 0, 0);
	clock_freeze((1000 + ERRAND_TOOL_S + 6) * S, 0);
	CHECK_OK(loop_run(loop));
	CHECK_EQ(got.calls, 1);
	CHECK_EQ(got.result, -ETIMEDOUT);
	CHECK_STR(got.output, "");
	CHECK_OK(start(&run, &certificate));
	(void)close(output);
	end();
}

int main(void)
{
	if (secret_heap_init(NULL, 1 << 20) < 0)
		return 1;
	RUN(test_what_comes_back);
	RUN(test_only_an_end);
	RUN(test_too_much);
	RUN(test_what_makes_no_sense);
	RUN(test_cancelled);
	RUN(test_so_many_and_no_more);
	RUN(test_what_is_not_sent);
	RUN(test_late);
	RUN(test_a_pipe_that_stays_open);
	return check_report();
}
