/* SPDX-License-Identifier: MIT */

/* What launcher and worker say arrives whole, with its descriptor, in order. */

#include <fcntl.h>
#include <sys/socket.h>

#include "fs/control.h"
#include "tests/unit/check.h"

static int ends[2] = {-1, -1};

static void begin(void)
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
	}
	if (control_pair(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
		abort();
}

static int say(enum control_type type, int code, const char *text, int passed)
{
	ControlMessage message = {.type = type, .code = code};

	(void)snprintf(message.text, sizeof(message.text), "%s", text);
	return control_send(ends[0], &message, passed);
}

static bool is_close_on_exec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void a_message_arrives_whole(void)
{
	ControlMessage message;
	int passed = 7;

	begin();
	CHECK(is_close_on_exec(ends[0]) && is_close_on_exec(ends[1]));
	CHECK_OK(say(CONTROL_PROBED, EXIT_CODE_NETWORK, "a sentence", -1));
	CHECK_OK(control_receive(ends[1], &message, &passed));
	CHECK_EQ(message.type, CONTROL_PROBED);
	CHECK_EQ(message.code, EXIT_CODE_NETWORK);
	CHECK_STR(message.text, "a sentence");
	CHECK_EQ(passed, -1);
}

static void messages_keep_their_bounds_and_order(void)
{
	ControlMessage message;
	char text[16];
	int passed;

	begin();
	for (int i = 0; i < 10; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		CHECK_OK(say(CONTROL_EVICT, i, text, -1));
	}
	for (int i = 0; i < 10; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		CHECK_OK(control_receive(ends[1], &message, &passed));
		CHECK_EQ(message.code, i);
		CHECK_STR(message.text, text);
	}
	CHECK_EQ(control_receive(ends[1], &message, &passed), CONTROL_E_NONE);
	CHECK_EQ(passed, -1);
}

static void a_descriptor_comes_along(void)
{
	ControlMessage message;
	int pipe_ends[2], passed = -1;
	char c = 0;

	begin();
	CHECK_OK(pipe2(pipe_ends, O_CLOEXEC));
	CHECK_OK(say(CONTROL_SERVE, 0, "", pipe_ends[1]));
	(void)close(pipe_ends[1]);
	CHECK_OK(control_receive(ends[1], &message, &passed));
	CHECK_EQ(message.type, CONTROL_SERVE);
	CHECK(passed >= 0);
	CHECK(is_close_on_exec(passed));
	CHECK_EQ(write(passed, "x", 1), 1);
	(void)close(passed);
	CHECK_EQ(read(pipe_ends[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	/* No other end of it is left open. */
	CHECK_EQ(read(pipe_ends[0], &c, 1), 0);
	(void)close(pipe_ends[0]);
}

static void the_end_of_the_other_is_told(void)
{
	ControlMessage message;
	int passed;

	begin();
	CHECK_OK(say(CONTROL_STOP, 0, "", -1));
	(void)close(ends[0]);
	ends[0] = -1;
	/* What it said before comes first. */
	CHECK_OK(control_receive(ends[1], &message, &passed));
	CHECK_EQ(message.type, CONTROL_STOP);
	CHECK_EQ(control_receive(ends[1], &message, &passed), CONTROL_E_CLOSED);
	CHECK_EQ(control_receive(ends[1], &message, &passed), CONTROL_E_CLOSED);
	/* To send to it is an error, and no signal. */
	CHECK_EQ(control_send(ends[1], &message, -1), -EPIPE);
	CHECK_EQ(control_receive(-1, &message, &passed), -EBADF);
}

/*
 * A worker that refuses its configuration goes without having read what it was
 * asked; the reset that this makes must not hide what it said before.
 */
static void the_last_words_of_one_that_did_not_listen(void)
{
	ControlMessage message = {.type = CONTROL_PROBE};
	int passed;

	begin();
	CHECK_OK(control_send(ends[1], &message, -1));
	CHECK_OK(say(CONTROL_PROBED, EXIT_CODE_USAGE, "cafile", -1));
	(void)close(ends[0]);
	ends[0] = -1;
	CHECK_OK(control_receive(ends[1], &message, &passed));
	CHECK_EQ(message.code, EXIT_CODE_USAGE);
	CHECK_STR(message.text, "cafile");
	CHECK_EQ(control_receive(ends[1], &message, &passed), CONTROL_E_CLOSED);
}

static void what_is_no_message_is_refused(void)
{
	ControlMessage message = {.type = CONTROL_PROBED};
	int passed;

	begin();
	memset(message.text, 'x', sizeof(message.text));
	CHECK_EQ(send(ends[0], &message, sizeof(message) - 1, 0),
		 sizeof(message) - 1);
	CHECK_EQ(control_receive(ends[1], &message, &passed), -EBADMSG);
	/* A text without an end gets one. */
	CHECK_OK(control_send(ends[0], &message, -1));
	CHECK_OK(control_receive(ends[1], &message, &passed));
	CHECK_EQ(strlen(message.text), sizeof(message.text) - 1);
}

int main(void)
{
	RUN(a_message_arrives_whole);
	RUN(messages_keep_their_bounds_and_order);
	RUN(a_descriptor_comes_along);
	RUN(the_end_of_the_other_is_told);
	RUN(the_last_words_of_one_that_did_not_listen);
	RUN(what_is_no_message_is_refused);
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
	}
	return check_report();
}
