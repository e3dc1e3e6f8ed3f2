/* SPDX-License-Identifier: MIT */

/*
 * An errand is over when the launcher says so and its pipes are at their end,
 * or when it takes longer than the launcher gives any program. One that was
 * cancelled keeps its number until then, so that what is said of it later is
 * not taken for another's.
 */

#include "fs/errands.h"

#include <fcntl.h>
#include <poll.h>

#include "base/buf.h"
#include "base/clock.h"

#define PATIENCE_US ((ERRAND_TOOL_S + 5) * CLOCK_US_PER_S)

enum { OUTPUT, ERRORS, STREAMS };

typedef struct Stream {
	ErrandRun *run;
	int fd; /* -1: none, or at its end */
	LoopFd *watch;
	Buf content;
	bool too_long;
} Stream;

struct ErrandRun {
	ErrandClerk *clerk;
	bool used, ended;
	void (*done)(void *user, const ErrandAnswer *answer); /* NULL: gone */
	void *user;
	Stream streams[STREAMS];
	int result, code;
	Timer timer;
};

struct ErrandClerk {
	Loop *loop;
	int control_fd;
	Errands errands;
	ErrandRun runs[CONTROL_ERRANDS_MAX];
};

static void stream_close(Stream *stream)
{
	stream->watch = loop_fd_free(stream->watch);
	if (stream->fd >= 0)
		(void)close(stream->fd);
	stream->fd = -1;
}

static void run_clear(ErrandRun *run)
{
	for (size_t i = 0; i < STREAMS; i++) {
		stream_close(&run->streams[i]);
		buf_done(&run->streams[i].content);
	}
	loop_timer_clear(run->clerk->loop, &run->timer);
	run->used = false;
	run->done = NULL;
}

/* Make the answer, forget the errand, and then call. */
static void run_finish(ErrandRun *run, int result)
{
	void (*done)(void *user, const ErrandAnswer *answer) = run->done;
	const Buf *errors = &run->streams[ERRORS].content;
	Buf *output = &run->streams[OUTPUT].content;
	void *user = run->user;
	char said[ERRAND_ERRORS_MAX + 1];
	AKV_CLEANUP(secret_unrefp) Secret *secret = NULL;
	ErrandAnswer answer = {.result = result, .code = run->code};

	(void)snprintf(said, sizeof(said), "%s", errors->p);
	if (result == 0 && output->n > 0)
		answer.result = secret_new(&secret, output->p, output->n);
	answer.output = secret;
	answer.errors = said;
	run_clear(run);
	if (done)
		done(user, &answer);
}

static void run_look(ErrandRun *run)
{
	int result = run->result;

	if (!run->ended)
		return;
	/* Who was cancelled does not care what holds a pipe open. */
	for (size_t i = 0; i < STREAMS && run->done; i++)
		if (run->streams[i].fd >= 0)
			return;
	if (result == 0 && run->streams[OUTPUT].too_long)
		result = -EFBIG;
	run_finish(run, result);
}

static void run_late(Timer *timer)
{
	ErrandRun *run = AKV_CONTAINER_OF(timer, ErrandRun, timer);

	/* The number stays taken, since the launcher may yet speak of it. */
	if (!run->ended) {
		void (*done)(void *, const ErrandAnswer *) = run->done;
		void *user = run->user;

		run->done = NULL;
		if (done)
			done(user, &(ErrandAnswer){.result = -ETIMEDOUT,
						   .errors = ""});
		return;
	}
	run_finish(run, -ETIMEDOUT);
}

static void stream_ready(void *data, AKV_UNUSED short events)
{
	Stream *stream = data;
	char part[4096];
	ssize_t n = read(stream->fd, part, sizeof(part));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && !stream->too_long &&
	    buf_append(&stream->content, part, (size_t)n) < 0)
		stream->too_long = true;
	explicit_bzero(part, sizeof(part));
	/* Of what is said, the beginning will do; of a token, nothing but all.
	 */
	if (n > 0 &&
	    (!stream->too_long || stream == &stream->run->streams[ERRORS]))
		return;
	stream_close(stream);
	run_look(stream->run);
}

/* Takes @fd over. */
static void run_stream(ErrandRun *run, int which, int fd)
{
	Stream *stream = &run->streams[which];
	int flags = fcntl(fd, F_GETFL);

	if (stream->fd >= 0 || run->ended || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    loop_fd_new(&stream->watch, run->clerk->loop, fd, POLLIN,
			stream_ready, stream) < 0) {
		(void)close(fd);
		return;
	}
	stream->fd = fd;
}

void errand_clerk_hear(ErrandClerk *clerk, const ControlMessage *message,
		       int fd)
{
	ErrandRun *run = message->errand < CONTROL_ERRANDS_MAX
				 ? &clerk->runs[message->errand]
				 : NULL;

	if (!run || !run->used || run->ended) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	if (message->type == CONTROL_ERRAND_STREAM) {
		if (fd >= 0)
			run_stream(run,
				   message->code == CONTROL_ERRORS ? ERRORS
								   : OUTPUT,
				   fd);
		return;
	}
	run->ended = true;
	run->result = message->result;
	run->code = message->code;
	run_look(run);
}

static int clerk_start(void *data, ErrandRun **ret, const Errand *errand,
		       void (*done)(void *user, const ErrandAnswer *answer),
		       void *user)
{
	ControlMessage message = {.type = CONTROL_ERRAND,
				  .code = (int)errand->kind};
	ErrandClerk *clerk = data;
	ErrandRun *run = NULL;
	int r = errand_pack(message.text, errand);

	if (r < 0 || !errand_is_valid(errand))
		return r < 0 ? r : -EINVAL;
	for (uint32_t i = 0; i < CONTROL_ERRANDS_MAX && !run; i++) {
		if (clerk->runs[i].used)
			continue;
		run = &clerk->runs[i];
		message.errand = i;
	}
	if (!run)
		return -EBUSY;
	r = loop_timer_set(clerk->loop, &run->timer,
			   clock_add(clock_now_us(), PATIENCE_US));
	if (r == 0)
		r = control_send(clerk->control_fd, &message, -1);
	if (r < 0) {
		loop_timer_clear(clerk->loop, &run->timer);
		return r;
	}
	run->used = true;
	run->ended = false;
	run->result = 0;
	run->code = 0;
	run->done = done;
	run->user = user;
	for (size_t i = 0; i < STREAMS; i++)
		run->streams[i].too_long = false;
	*ret = run;
	return 0;
}

static void clerk_cancel(ErrandRun *run)
{
	if (run)
		run->done = NULL;
}

int errand_clerk_new(ErrandClerk **ret, Loop *loop, int control_fd)
{
	ErrandClerk *clerk = calloc(1, sizeof(*clerk));

	if (!clerk)
		return -ENOMEM;
	clerk->loop = loop;
	clerk->control_fd = control_fd;
	clerk->errands = (Errands){clerk_start, clerk_cancel, clerk};
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++) {
		ErrandRun *run = &clerk->runs[i];

		run->clerk = clerk;
		run->timer.fire = run_late;
		run->streams[OUTPUT] = (Stream){
			.run = run,
			.fd = -1,
			.content = BUF_INIT(ERRAND_OUTPUT_MAX),
		};
		run->streams[ERRORS] = (Stream){
			.run = run,
			.fd = -1,
			.content = BUF_INIT(ERRAND_ERRORS_MAX),
		};
	}
	*ret = clerk;
	return 0;
}

ErrandClerk *errand_clerk_free(ErrandClerk *clerk)
{
	if (!clerk)
		return NULL;
	for (size_t i = 0; i < CONTROL_ERRANDS_MAX; i++)
		run_clear(&clerk->runs[i]);
	free(clerk);
	return NULL;
}

const Errands *errand_clerk_errands(const ErrandClerk *clerk)
{
	return &clerk->errands;
}
