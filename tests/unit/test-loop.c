/* SPDX-License-Identifier: MIT */

/*
 * The loop over real descriptors and the real clock; no test depends on how
 * long anything takes. A transfer runs over a local socket: no network.
 */

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "tests/unit/check.h"

static Loop *loop;

/* A pipe whose first end is watched, and what came of it. */
typedef struct Watched {
	int ends[2];
	LoopFd *watch;
	unsigned calls;
	short events;
	LoopFd **to_free; /* freed when called */
	bool stop;
} Watched;

static void watched_ready(void *data, short events)
{
	Watched *watched = data;

	watched->calls++;
	watched->events = events;
	if (watched->to_free)
		*watched->to_free = loop_fd_free(*watched->to_free);
	if (watched->stop)
		loop_stop(loop, (int)watched->calls);
}

static void watched_init(Watched *watched, int end, short events)
{
	*watched = (Watched){.stop = true};
	if (pipe2(watched->ends, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    loop_fd_new(&watched->watch, loop, watched->ends[end], events,
			watched_ready, watched) != 0)
		abort();
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void watched_done(Watched *watched)
{
	watched->watch = loop_fd_free(watched->watch);
	fd_close(&watched->ends[0]);
	fd_close(&watched->ends[1]);
}

static void watched_write(const Watched *watched)
{
	if (write(watched->ends[1], "x", 1) != 1)
		abort();
}

/* A timer that notes when it fired, and may do more. */
typedef struct Alarm {
	Timer timer;
	unsigned fired;
	uint64_t fired_us;
	int result; /* what to stop with, or -1 not to */
	Timer *to_clear, *to_set;
} Alarm;

static unsigned alarm_order[8], alarm_count;

static void alarm_fire(Timer *timer)
{
	Alarm *alarm = AKV_CONTAINER_OF(timer, Alarm, timer);

	alarm->fired++;
	alarm->fired_us = clock_now_us();
	if (alarm_count < AKV_ARRAY_LEN(alarm_order))
		alarm_order[alarm_count++] = (unsigned)alarm->result;
	if (alarm->to_clear)
		loop_timer_clear(loop, alarm->to_clear);
	if (alarm->to_set && loop_timer_set(loop, alarm->to_set, 0) != 0)
		abort();
	if (alarm->result >= 0)
		loop_stop(loop, alarm->result);
}

static void alarm_set(Alarm *alarm, uint64_t after_us, int result)
{
	*alarm = (Alarm){.timer.fire = alarm_fire, .result = result};
	if (loop_timer_set(loop, &alarm->timer, clock_now_us() + after_us) != 0)
		abort();
}

static void begin(void)
{
	alarm_count = 0;
	loop = NULL;
	if (loop_new(&loop) != 0)
		abort();
}

static void end(void)
{
	loop = loop_free(loop);
}

static void it_runs_until_it_is_stopped(void)
{
	Alarm alarm;

	begin();
	for (int result = 0; result < 3; result++) {
		alarm_set(&alarm, 0, result);
		CHECK_EQ(loop_run(loop), result);
		CHECK_EQ(alarm.fired, 1);
	}
	end();
	CHECK(loop_free(NULL) == NULL);
}

static void a_timer_does_not_fire_early(void)
{
	Alarm alarm;

	begin();
	for (uint64_t after_us = 0; after_us < 3000; after_us += 700) {
		alarm_set(&alarm, after_us, 1);
		CHECK_EQ(loop_run(loop), 1);
		CHECK(alarm.fired_us >= alarm.timer.deadline_us);
	}
	end();
}

static void timers_set_and_clear_one_another(void)
{
	Alarm first, second, third;

	begin();
	alarm_set(&first, 0, -1);
	alarm_set(&second, 500, 2);
	alarm_set(&third, 1000000000, 3);
	first.to_clear = &second.timer;
	first.to_set = &third.timer;
	CHECK_EQ(loop_run(loop), 3);
	CHECK_EQ(first.fired, 1);
	CHECK_EQ(second.fired, 0);
	CHECK_EQ(third.fired, 1);
	end();
}

static void a_descriptor_that_is_ready_is_told(void)
{
	Watched watched;

	begin();
	watched_init(&watched, 0, POLLIN);
	watched_write(&watched);
	CHECK_EQ(loop_run(loop), 1);
	CHECK_EQ(watched.events, POLLIN);
	/* As long as it is: nothing was read. */
	CHECK_EQ(loop_run(loop), 2);
	watched_done(&watched);
	watched_init(&watched, 1, POLLOUT);
	CHECK_EQ(loop_run(loop), 1);
	CHECK_EQ(watched.events, POLLOUT);
	watched_done(&watched);
	end();
}

static void the_other_end_going_is_told(void)
{
	Watched watched;

	begin();
	watched_init(&watched, 0, POLLIN);
	fd_close(&watched.ends[1]);
	CHECK_EQ(loop_run(loop), 1);
	CHECK(watched.events & POLLHUP);
	watched_done(&watched);
	/* An error, whatever was asked for: all that /dev/fuse says. */
	watched_init(&watched, 1, 0);
	fd_close(&watched.ends[0]);
	CHECK_EQ(loop_run(loop), 1);
	CHECK(watched.events & POLLERR);
	watched_done(&watched);
	end();
}

static void watching_can_pause(void)
{
	Watched watched;
	Alarm alarm;

	begin();
	watched_init(&watched, 0, POLLIN);
	watched_write(&watched);
	loop_fd_events(watched.watch, 0);
	alarm_set(&alarm, 1000, 7);
	CHECK_EQ(loop_run(loop), 7);
	CHECK_EQ(watched.calls, 0);
	loop_fd_events(watched.watch, POLLIN);
	CHECK_EQ(loop_run(loop), 1);
	watched_done(&watched);
	end();
}

static void a_watch_may_free_itself(void)
{
	Watched watched;
	Alarm alarm;

	begin();
	watched_init(&watched, 0, POLLIN);
	watched.to_free = &watched.watch;
	watched.stop = false;
	watched_write(&watched);
	alarm_set(&alarm, 1000, 7);
	CHECK_EQ(loop_run(loop), 7);
	CHECK_EQ(watched.calls, 1);
	CHECK(watched.watch == NULL);
	watched_done(&watched);
	end();
}

/* Both are ready in the same round; the first to be told frees the other. */
static void a_watch_may_free_another(void)
{
	Watched first, second;
	Alarm alarm;

	begin();
	watched_init(&first, 0, POLLIN);
	watched_init(&second, 0, POLLIN);
	first.to_free = &second.watch;
	second.to_free = &first.watch;
	first.stop = second.stop = false;
	watched_write(&first);
	watched_write(&second);
	alarm_set(&alarm, 1000, 7);
	CHECK_EQ(loop_run(loop), 7);
	CHECK(first.calls == 0 || second.calls == 0);
	CHECK(first.calls + second.calls > 0);
	watched_done(&first);
	watched_done(&second);
	end();
}

static void descriptors_are_limited_in_number(void)
{
	Watched watched[LOOP_FDS_MAX];
	LoopFd *more = NULL;

	begin();
	for (size_t i = 0; i < LOOP_FDS_MAX; i++)
		watched_init(&watched[i], 0, POLLIN);
	CHECK_EQ(loop_fd_new(&more, loop, STDERR_FILENO, POLLIN, watched_ready,
			     NULL),
		 -ENOSPC);
	CHECK(more == NULL);
	for (size_t i = 0; i < LOOP_FDS_MAX; i++)
		watched_done(&watched[i]);
	watched_init(&watched[0], 0, POLLIN);
	watched_done(&watched[0]);
	CHECK_EQ(loop_fd_new(&more, loop, -1, POLLIN, watched_ready, NULL),
		 -EBADF);
	end();
}

/* --- transfers ---------------------------------------------------------- */

static unsigned reaps_left;

static bool reap_some(AKV_UNUSED void *data)
{
	if (reaps_left == 0)
		return false;
	reaps_left--;
	return true;
}

/* All that there is to reap is reaped before the loop may sleep. */
static void it_reaps_until_nothing_is_left(void)
{
	Watched watched;

	begin();
	loop_reaper_set(loop, reap_some, NULL);
	reaps_left = 100;
	watched_init(&watched, 0, POLLIN);
	watched_write(&watched);
	CHECK_EQ(loop_run(loop), 1);
	CHECK_EQ(reaps_left, 0);
	watched_done(&watched);
	end();
}

/* A server on a socket without a file, of one connection. */
typedef struct Server {
	int listener, connection;
	char name[64]; /* abstract: see unix(7) */
	LoopFd *watch;
	Timer rest;
} Server;

static size_t body_take(const char *data, size_t size, size_t n, void *to)
{
	char *body = to;
	size_t have = strlen(body);

	(void)snprintf(body + have, 64 - have, "%.*s", (int)(size * n), data);
	return size * n;
}

static bool transfer_reap(AKV_UNUSED void *data)
{
	int left;
	const CURLMsg *message = curl_multi_info_read(loop_multi(loop), &left);

	if (!message)
		return false;
	loop_stop(loop, 100 + (int)message->data.result);
	return true;
}

/* It answers in two parts. */
static void server_rest(Timer *timer)
{
	const Server *server = AKV_CONTAINER_OF(timer, Server, rest);

	if (write(server->connection, "dy", 2) != 2)
		abort();
}

static void server_ready(void *data, AKV_UNUSED short events)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
				   "Connection: close\r\n\r\nbo";
	Server *server = data;
	char request[1024];

	if (read(server->connection, request, sizeof(request)) <= 0)
		return;
	if (write(server->connection, head, strlen(head)) !=
		    (ssize_t)strlen(head) ||
	    loop_timer_set(loop, &server->rest, clock_now_us() + 1000) != 0)
		abort();
}

static void server_accept(void *data, AKV_UNUSED short events)
{
	Server *server = data;

	server->connection = accept4(server->listener, NULL, NULL,
				     SOCK_NONBLOCK | SOCK_CLOEXEC);
	server->watch = loop_fd_free(server->watch);
	if (server->connection < 0 ||
	    loop_fd_new(&server->watch, loop, server->connection, POLLIN,
			server_ready, server) != 0)
		abort();
}

static void server_init(Server *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(server->name, sizeof(server->name), "akvfs-loop-%d",
			 (int)getpid());

	server->rest = (Timer){.fire = server_rest};
	server->connection = -1;
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path + 1, server->name, (size_t)n);
	if (bind(server->listener, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			     (size_t)n)) < 0 ||
	    listen(server->listener, 1) < 0 ||
	    loop_fd_new(&server->watch, loop, server->listener, POLLIN,
			server_accept, server) != 0)
		abort();
}

static void server_done(Server *server)
{
	server->watch = loop_fd_free(server->watch);
	fd_close(&server->listener);
	fd_close(&server->connection);
}

static CURL *easy_new(const Server *server, char *body)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		abort();
	(void)curl_easy_setopt(easy, CURLOPT_URL, "http://localhost/");
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(easy, CURLOPT_ABSTRACT_UNIX_SOCKET,
			       server->name);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_take);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)body);
	return easy;
}

static void a_transfer_runs_to_its_end(void)
{
	Server server;
	char body[64] = "";
	CURL *easy;

	begin();
	loop_reaper_set(loop, transfer_reap, NULL);
	server_init(&server);
	easy = easy_new(&server, body);
	CHECK_EQ(curl_multi_add_handle(loop_multi(loop), easy), CURLM_OK);
	CHECK_EQ(loop_run(loop), 100 + CURLE_OK);
	CHECK_STR(body, "body");
	(void)curl_multi_remove_handle(loop_multi(loop), easy);
	curl_easy_cleanup(easy);
	server_done(&server);
	end();
}

static CURL *to_start;

static bool transfer_start(void *data)
{
	if (!to_start)
		return transfer_reap(data);
	if (curl_multi_add_handle(loop_multi(loop), to_start) != CURLM_OK)
		abort();
	to_start = NULL;
	return false;
}

/* It is under way before the loop sleeps: else that would be for a minute. */
static void a_transfer_may_be_started_by_the_reaper(void)
{
	Server server;
	char body[64] = "";
	CURL *easy;

	begin();
	loop_reaper_set(loop, transfer_start, NULL);
	server_init(&server);
	easy = to_start = easy_new(&server, body);
	CHECK_EQ(loop_run(loop), 100 + CURLE_OK);
	CHECK_STR(body, "body");
	(void)curl_multi_remove_handle(loop_multi(loop), easy);
	curl_easy_cleanup(easy);
	server_done(&server);
	end();
}

int main(void)
{
	if (memory_init() != 0)
		return 1;
	RUN(it_runs_until_it_is_stopped);
	RUN(a_timer_does_not_fire_early);
	RUN(timers_set_and_clear_one_another);
	RUN(a_descriptor_that_is_ready_is_told);
	RUN(the_other_end_going_is_told);
	RUN(watching_can_pause);
	RUN(a_watch_may_free_itself);
	RUN(a_watch_may_free_another);
	RUN(descriptors_are_limited_in_number);
	RUN(it_reaps_until_nothing_is_left);
	RUN(a_transfer_runs_to_its_end);
	RUN(a_transfer_may_be_started_by_the_reaper);
	return check_report();
}
