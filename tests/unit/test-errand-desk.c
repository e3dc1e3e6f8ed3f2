/* SPDX-License-Identifier: MIT */

/* What a worker may have done for it, and what it is told of it. */

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "auth/errand.h"
#include "base/clock.h"
#include "fs/errand-desk.h"
#include "tests/unit/check.h"

#define S CLOCK_US_PER_S
#define RESOURCE "https://vault.azure.net"

static char folder[] = "/tmp/akvfs-desk-XXXXXX";
static char program[64], file[64];
static int ends[2]; /* the launcher's, the worker's */
static Options options;
static ErrandDesk desk;
static char shown[64];

static int show(AKV_UNUSED void *data, const char *text)
{
	(void)snprintf(shown, sizeof(shown), "%s", text);
	return 0;
}

static void file_make(const char *path, const char *content, mode_t mode)
{
	AKV_FD int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (fd < 0 ||
	    write(fd, content, strlen(content)) != (ssize_t)strlen(content) ||
	    fchmod(fd, mode) < 0)
		abort();
}

static void take(uint32_t errand, int kind, const char *words)
{
	ControlMessage message = {
		.type = CONTROL_ERRAND, .code = kind, .errand = errand};

	(void)snprintf(message.text, sizeof(message.text), "%s", words);
	errand_desk_take(&desk, &message, ends[0]);
}

/* What the worker hears next; false if there is nothing. */
static bool hear(ControlMessage *message, int *fd)
{
	struct pollfd ready = {.fd = ends[1], .events = POLLIN};

	*fd = -1;
	return poll(&ready, 1, 0) == 1 &&
	       control_receive(ends[1], message, fd) == 0;
}

static void hears_end(uint32_t errand, int result, int code)
{
	ControlMessage message = {.code = -1};
	int fd;

	CHECK(hear(&message, &fd));
	CHECK_EQ(message.type, CONTROL_ERRAND_END);
	CHECK_EQ(message.errand, errand);
	CHECK_EQ(message.result, result);
	CHECK_EQ(message.code, code);
	CHECK_EQ(fd, -1);
	CHECK(!hear(&message, &fd));
}

static void hears_stream(uint32_t errand, int which, const char *content)
{
	ControlMessage message = {.code = -1};
	char said[256] = "";
	AKV_FD int fd = -1;
	ssize_t n;

	CHECK(hear(&message, &fd));
	CHECK_EQ(message.type, CONTROL_ERRAND_STREAM);
	CHECK_EQ(message.errand, errand);
	CHECK_EQ(message.code, which);
	CHECK(fd >= 0);
	if (!content)
		return;
	n = read(fd, said, sizeof(said) - 1);
	CHECK(n >= 0);
	CHECK_STR(said, content);
}

/* Wait until the @i-th has ended, without waiting for it. */
static void ended(size_t i)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)desk.jobs[i].tool.pid, &info,
		   WEXITED | WNOWAIT) < 0)
		abort();
}

/* A worker that was taken over asks for what is on no list. */
static void test_what_is_refused(void)
{
	static const struct {
		int kind;
		const char *words;
	} rows[] = {
		{0, ""},
		{-1, ""},
		{99, "https://vault.azure.net\nt"},
		{ERRAND_ARC_KEY, ""},
		{ERRAND_ARC_KEY, "../../etc/shadow"},
		{ERRAND_ARC_KEY, "a/b.key"},
		{ERRAND_ARC_KEY, "a.key\nb.key"},
		{ERRAND_AZ, ""},
		{ERRAND_AZ, RESOURCE},
		{ERRAND_AZ, "--debug\nt"},
		{ERRAND_AZ, RESOURCE "\n--subscription"},
		{ERRAND_AZ, RESOURCE "\nt\nclaims"},
		{ERRAND_AZ, RESOURCE "; id\nt"},
		{ERRAND_AZD, RESOURCE "\nt\n-x"},
		{ERRAND_SHOW, ""},
		{ERRAND_SHOW, "a\x1b[2J"},
		{ERRAND_SHOW, "a\nb"},
	};

	desk.show = show;
	shown[0] = '\0';
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		take(7, rows[i].kind, rows[i].words);
		hears_end(7, -EINVAL, 0);
		if (check_test_failed)
			CHECK_FAIL("row %zu", i);
	}
	CHECK_STR(shown, "");
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++)
		CHECK_EQ(desk.jobs[i].tool.pid, 0);
}

static void test_files(void)
{
	file_make(file, "the certificate", 0600);
	(void)snprintf(options.certificate, sizeof(options.certificate), "%s",
		       file);
	take(3, ERRAND_CERTIFICATE, "/etc/shadow");
	hears_stream(3, CONTROL_OUTPUT, "the certificate");
	hears_end(3, 0, 0);
	(void)unlink(file);
	take(4, ERRAND_CERTIFICATE, "");
	hears_end(4, -ENOENT, 0);
}

static void test_showing(void)
{
	desk.show = show;
	take(1, ERRAND_SHOW, "To sign in, open a page");
	hears_end(1, 0, 0);
	CHECK_STR(shown, "To sign in, open a page");
	desk.show = NULL;
	take(2, ERRAND_SHOW, "To sign in, open a page");
	hears_end(2, -ENOTTY, 0);
}

static void test_a_program(void)
{
	file_make(program, "#!/bin/sh\necho \"$5 $6\"; echo no >&2; exit 3\n",
		  0700);
	take(5, ERRAND_AZ, RESOURCE "\nt");
	ended(0);
	hears_stream(5, CONTROL_OUTPUT, "--resource " RESOURCE "\n");
	hears_stream(5, CONTROL_ERRORS, "no\n");
	errand_desk_reap(&desk, ends[0]);
	hears_end(5, 0, 3);
	CHECK_EQ(desk.jobs[0].tool.pid, 0);
	/* Only once. */
	errand_desk_reap(&desk, ends[0]);
	CHECK_EQ(errand_desk_look(&desk, CLOCK_NEVER - 1), CLOCK_NEVER);
	{
		ControlMessage message;
		int fd;

		CHECK(!hear(&message, &fd));
	}
}

static void test_a_program_that_is_not_there(void)
{
	(void)unlink(program);
	take(6, ERRAND_AZ, RESOURCE "\n");
	hears_end(6, -ENOENT, 0);
	CHECK_EQ(desk.jobs[0].tool.pid, 0);
}

/* With what it started: the end of what it prints comes, too. */
static void test_a_program_that_does_not_end(void)
{
	ControlMessage message = {.code = -1};
	AKV_FD int output = -1;
	uint64_t now_us = clock_now_us();
	uint64_t next_us;
	char byte;
	int errors;

	file_make(program, "#!/bin/sh\nsleep 600 &\nwait\n", 0700);
	take(0, ERRAND_AZ, RESOURCE "\nt");
	CHECK(hear(&message, &output));
	CHECK(hear(&message, &errors));
	(void)close(errors);
	next_us = errand_desk_look(&desk, now_us);
	CHECK(next_us >= now_us + ERRAND_TOOL_S * S && next_us != CLOCK_NEVER);
	/* It runs: nothing is said, and nothing is late. */
	errand_desk_reap(&desk, ends[0]);
	CHECK(!hear(&message, &errors));
	CHECK_EQ(errand_desk_look(&desk, next_us - 1), next_us);
	CHECK(!desk.jobs[0].late);
	CHECK_EQ(errand_desk_look(&desk, next_us), CLOCK_NEVER);
	ended(0);
	errand_desk_reap(&desk, ends[0]);
	hears_end(0, -ETIMEDOUT, 128 + SIGKILL);
	CHECK_EQ(read(output, &byte, 1), 0);
}

static void test_so_many_and_no_more(void)
{
	ControlMessage message = {.code = -1};
	pid_t pids[CONTROL_ERRANDS_MAX];
	int fd;

	file_make(program, "#!/bin/sh\nexec sleep 600\n", 0700);
	for (uint32_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		take(i, ERRAND_AZ, RESOURCE "\nt");
		hears_stream(i, CONTROL_OUTPUT, NULL);
		hears_stream(i, CONTROL_ERRORS, NULL);
		pids[i] = desk.jobs[i].tool.pid;
		CHECK(pids[i] > 0);
	}
	take(99, ERRAND_AZ, RESOURCE "\nt");
	hears_end(99, -EBUSY, 0);
	/* The worker has gone: they are killed, and nobody is told. */
	errand_desk_clear(&desk);
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		CHECK_EQ(desk.jobs[i].tool.pid, 0);
		CHECK(kill(pids[i], 0) < 0 && errno == ESRCH);
	}
	CHECK(!hear(&message, &fd));
}

/* The other end of the socket is closed: that ends nothing here. */
static void test_a_worker_that_is_gone(void)
{
	file_make(program, "#!/bin/sh\nexit 0\n", 0700);
	(void)close(ends[1]);
	take(0, ERRAND_AZ, RESOURCE "\nt");
	take(1, ERRAND_ARC_KEY, "..");
	ended(0);
	errand_desk_reap(&desk, ends[0]);
	CHECK_EQ(desk.jobs[0].tool.pid, 0);
}

int main(void)
{
	char search[128];

	if (!mkdtemp(folder) || control_pair(ends) < 0)
		return 1;
	(void)snprintf(program, sizeof(program), "%s/az", folder);
	(void)snprintf(file, sizeof(file), "%s/file", folder);
	(void)snprintf(search, sizeof(search), "%s:/usr/bin:/bin", folder);
	if (setenv("PATH", search, 1) < 0)
		return 1;
	desk.options = &options;
	RUN(test_what_is_refused);
	RUN(test_files);
	RUN(test_showing);
	RUN(test_a_program);
	RUN(test_a_program_that_is_not_there);
	RUN(test_a_program_that_does_not_end);
	RUN(test_so_many_and_no_more);
	RUN(test_a_worker_that_is_gone);
	(void)close(ends[0]);
	(void)unlink(program);
	(void)rmdir(folder);
	return check_report();
}
