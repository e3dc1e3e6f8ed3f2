/* SPDX-License-Identifier: MIT */

/*
 * A worker that was taken over can ask for the token file, the certificate, a
 * key of the Arc agent and a token of az or azd, which are the worker's to use
 * anyway, and for no other file and no other program. Used by launcher.c.
 */

#include "fs/errand-desk.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "fs/errand-file.h"

static void say_end(int control_fd, uint32_t errand, int result, int code)
{
	ControlMessage message = {
		.type = CONTROL_ERRAND_END,
		.code = code,
		.result = result,
		.errand = errand,
	};

	/* If the worker is gone, nobody waits. */
	(void)!control_send(control_fd, &message, -1);
}

/* Takes @fd over. */
static void say_stream(int control_fd, uint32_t errand, int which, int fd)
{
	ControlMessage message = {
		.type = CONTROL_ERRAND_STREAM,
		.code = which,
		.errand = errand,
	};

	(void)!control_send(control_fd, &message, fd);
	(void)close(fd);
}

static void desk_file(const ErrandDesk *desk, const Errand *errand, uint32_t id,
		      int control_fd)
{
	int fd = -1;
	int r = errand_file_open(&fd, errand, desk->options);

	if (r == 0)
		say_stream(control_fd, id, CONTROL_OUTPUT, fd);
	say_end(control_fd, id, r, 0);
}

static int desk_tool(ErrandDesk *desk, const Errand *errand, uint32_t id,
		     int control_fd)
{
	struct ErrandJob *job = NULL;
	int r;

	for (size_t i = 0; i < CONTROL_ERRANDS_MAX && !job; i++)
		if (desk->jobs[i].tool.pid == 0)
			job = &desk->jobs[i];
	if (!job)
		return -EBUSY;
	r = errand_tool_start(&job->tool, errand);
	if (r < 0)
		return r;
	job->errand = id;
	job->late = false;
	job->deadline_us =
		clock_add(clock_now_us(), ERRAND_TOOL_S * CLOCK_US_PER_S);
	say_stream(control_fd, id, CONTROL_OUTPUT, job->tool.output_fd);
	say_stream(control_fd, id, CONTROL_ERRORS, job->tool.errors_fd);
	return 0;
}

static int desk_show(const ErrandDesk *desk, const char *text)
{
	return desk->show ? desk->show(desk->data, text) : -ENOTTY;
}

void errand_desk_take(ErrandDesk *desk, ControlMessage *message, int control_fd)
{
	Errand errand;
	int r = 0;

	errand_unpack(&errand, (enum errand_kind)message->code, message->text);
	if (!errand_is_valid(&errand)) {
		say_end(control_fd, message->errand, -EINVAL, 0);
		return;
	}
	switch (errand.kind) {
	case ERRAND_AZ:
	case ERRAND_AZD:
		r = desk_tool(desk, &errand, message->errand, control_fd);
		if (r < 0)
			say_end(control_fd, message->errand, r, 0);
		break;
	case ERRAND_SHOW:
		r = desk_show(desk, errand.words[0]);
		say_end(control_fd, message->errand, r, 0);
		break;
	default:
		desk_file(desk, &errand, message->errand, control_fd);
		break;
	}
}

static int exit_code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void errand_desk_reap(ErrandDesk *desk, int control_fd)
{
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		struct ErrandJob *job = &desk->jobs[i];
		siginfo_t info = {0};
		int status = 0;

		/* Its number is its group's until it is waited for. */
		if (job->tool.pid == 0 ||
		    waitid(P_PID, (id_t)job->tool.pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0)
			continue;
		errand_tool_kill(&job->tool);
		(void)waitpid(job->tool.pid, &status, 0);
		job->tool.pid = 0;
		say_end(control_fd, job->errand, job->late ? -ETIMEDOUT : 0,
			exit_code_of(status));
	}
}

uint64_t errand_desk_look(ErrandDesk *desk, uint64_t now_us)
{
	uint64_t next_us = CLOCK_NEVER;

	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		struct ErrandJob *job = &desk->jobs[i];

		if (job->tool.pid == 0 || job->late)
			continue;
		if (now_us < job->deadline_us) {
			next_us = AKV_MIN(next_us, job->deadline_us);
			continue;
		}
		job->late = true;
		errand_tool_kill(&job->tool);
	}
	return next_us;
}

void errand_desk_clear(ErrandDesk *desk)
{
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		struct ErrandJob *job = &desk->jobs[i];

		if (job->tool.pid == 0)
			continue;
		errand_tool_kill(&job->tool);
		(void)waitpid(job->tool.pid, NULL, 0);
		job->tool.pid = 0;
	}
}
