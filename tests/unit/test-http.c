/* SPDX-License-Identifier: MIT */

/*
 * Requests over real sockets of this machine, to a server that is a child of
 * the test and answers by the path: what comes of each, in which order they
 * are admitted, and that each ends once. Times are only ever waited for.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/memory.h"
#include "tests/unit/check.h"

enum { CALLS_MAX = 8, FAR_S = 60 };

static Loop *loop;
static Http *http;
static unsigned server_port;
static pid_t server;

/* --- the server -------------------------------------------------------------
 */

static void server_say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
}

static void server_fill(int fd, size_t n)
{
	char block[1024];

	memset(block, 'x', sizeof(block));
	while (n > 0) {
		size_t part = AKV_MIN(n, sizeof(block));

		if (write(fd, block, part) < 0)
			_exit(0); /* it was refused, as it should be */
		n -= part;
	}
}

static void server_answer(int fd, const char *path)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n";

	if (strncmp(path, "/ok", 3) == 0) {
		server_say(fd, ok);
		server_say(fd, "x-ms-request-id: r-1\r\n"
			       "WWW-Authenticate: Bearer a=\"1\"\r\n"
			       "WWW-Authenticate: Basic\r\n"
			       "Retry-After:  7 \r\n"
			       "Content-Length: 5\r\n\r\nhello");
	} else if (strncmp(path, "/big", 4) == 0) {
		server_say(fd, ok);
		server_say(fd, "\r\n");
		server_fill(fd, HTTP_BODY_MAX + 1);
	} else if (strncmp(path, "/headers", 8) == 0) {
		server_say(fd, ok);
		server_say(fd, "x: ");
		server_fill(fd, HTTP_HEADERS_MAX);
		server_say(fd, "\r\n\r\n");
	} else if (strncmp(path, "/gzip", 5) == 0) {
		server_say(fd, ok);
		server_say(fd, "Content-Encoding: gzip\r\n\r\nxx");
	} else if (strncmp(path, "/cut", 4) == 0) {
		server_say(fd, ok);
		server_say(fd, "Content-Length: 10\r\n\r\nhello");
	} else if (strncmp(path, "/endless", 8) == 0) {
		server_say(fd, ok);
		server_say(fd, "\r\nhello");
	} else if (strncmp(path, "/moved", 6) == 0) {
		server_say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
			       "Content-Length: 0\r\n\r\n");
	} else if (strncmp(path, "/garbage", 8) == 0) {
		server_say(fd, "SSH-2.0-hello\r\n");
	} else {
		(void)pause(); /* hung, until it is killed */
	}
}

/* One child per connection, so that a hung one hangs alone. */
static void server_serve(int fd)
{
	char request[4096] = "";
	size_t n = 0;

	while (n + 1 < sizeof(request) && !strstr(request, "\r\n\r\n")) {
		ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);

		if (got <= 0)
			_exit(0);
		n += (size_t)got;
	}
	server_answer(fd, strchr(request, '/'));
	(void)shutdown(fd, SHUT_WR);
	_exit(0);
}

static void server_run(int listener)
{
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		if (fork() == 0)
			server_serve(fd);
		(void)close(fd);
	}
}

static void server_start(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, 64) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		abort();
	server_port = ntohs(address.sin_port);
	server = fork();
	if (server == 0) {
		(void)setpgid(0, 0);
		server_run(listener);
	}
	(void)setpgid(server, server);
	(void)close(listener);
}

static void server_stop(void)
{
	(void)kill(-server, SIGKILL);
	(void)waitpid(server, NULL, 0);
}

/* --- the client --------------------------------------------------------------
 */

typedef struct Call {
	HttpTransfer *transfer;
	unsigned ended;
	unsigned order; /* in which the calls ended, from 1 */
	int result, status;
	char body[16], request_id[16], retry_after[8], challenge[32];
	size_t n_challenges;
} Call;

static unsigned calls_ended, calls_wanted;

static void call_ended(void *data, const HttpResponse *response)
{
	Call *call = data;

	call->ended++;
	call->order = ++calls_ended;
	call->result = response->result;
	call->status = response->status;
	(void)snprintf(call->body, sizeof(call->body), "%s", response->body);
	(void)snprintf(call->request_id, sizeof(call->request_id), "%s",
		       response->request_id);
	(void)snprintf(call->retry_after, sizeof(call->retry_after), "%s",
		       response->retry_after);
	call->n_challenges = response->n_challenges;
	if (response->n_challenges > 0)
		(void)snprintf(call->challenge, sizeof(call->challenge), "%s",
			       response->challenges[0]);
	if (calls_ended == calls_wanted)
		loop_stop(loop, 0);
}

static int call_url(Call *call, const char *url, uint64_t deadline_us,
		    bool allow_clear)
{
	const HttpRequest request = {
		.method = "GET",
		.url = url,
		.deadline_us = deadline_us,
		.allow_clear = allow_clear,
	};

	*call = (Call){0};
	return http_start(http, &call->transfer, &request, call_ended, call);
}

static int call_start_until(Call *call, const char *path, uint64_t deadline_us)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);

	if (buf_printf(&url, "http://127.0.0.1:%u%s", server_port, path) < 0)
		abort();
	return call_url(call, url.p, deadline_us, true);
}

static int call_start(Call *call, const char *path)
{
	return call_start_until(call, path,
				clock_now_us() + FAR_S * CLOCK_US_PER_S);
}

static void calls_run(unsigned wanted)
{
	calls_wanted = wanted;
	if (loop_run(loop) != 0)
		abort();
}

static void begin(unsigned transfers)
{
	const HttpConfig config = {.transfers = transfers};

	calls_ended = 0;
	if (loop_new(&loop) != 0 || http_new(&http, loop, &config) != 0)
		abort();
}

static void end(void)
{
	http = http_free(http);
	loop = loop_free(loop);
}

/* --- the tests
 * ----------------------------------------------------------------- */

static void a_whole_answer(void)
{
	Call call;

	CHECK_OK(call_start(&call, "/ok"));
	CHECK_EQ(call.ended, 0); /* never before http_start() returns */
	calls_run(1);
	CHECK_EQ(call.ended, 1);
	CHECK_EQ(call.result, HTTP_OK);
	CHECK_EQ(call.status, 200);
	CHECK_STR(call.body, "hello");
	CHECK_STR(call.request_id, "r-1");
	CHECK_STR(call.retry_after, "7");
	CHECK_EQ(call.n_challenges, 2);
	CHECK_STR(call.challenge, "Bearer a=\"1\"");
}

static void answers_that_are_none(void)
{
	static const struct {
		const char *path;
		int result;
	} rows[] = {
		{"/big", HTTP_E_TOO_LARGE},    {"/headers", HTTP_E_TOO_LARGE},
		{"/gzip", HTTP_E_PROTOCOL},    {"/cut", HTTP_E_CONNECT},
		{"/garbage", HTTP_E_PROTOCOL}, {"/endless", HTTP_E_PROTOCOL},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		Call call;

		calls_ended = 0;
		CHECK_OK(call_start(&call, rows[i].path));
		calls_run(1);
		if (call.result != rows[i].result)
			(void)fprintf(stderr, "%s: ", rows[i].path);
		CHECK_EQ(call.result, rows[i].result);
		CHECK_EQ(call.status, 0);
	}
}

static void a_redirect_is_an_answer(void)
{
	Call call;

	CHECK_OK(call_start(&call, "/moved"));
	calls_run(1);
	CHECK_EQ(call.result, HTTP_OK);
	CHECK_EQ(call.status, 302);
}

static void nobody_listens(void)
{
	Call call;

	/* Port 1 of this machine: refused. */
	CHECK_OK(call_url(&call, "http://127.0.0.1:1/",
			  clock_now_us() + FAR_S * CLOCK_US_PER_S, true));
	calls_run(1);
	CHECK_EQ(call.result, HTTP_E_CONNECT);
}

static void https_only_unless_said(void)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	Call call;

	CHECK_OK(buf_printf(&url, "http://127.0.0.1:%u/ok", server_port));
	CHECK_OK(call_url(&call, url.p, clock_now_us() + FAR_S * CLOCK_US_PER_S,
			  false));
	calls_run(1);
	CHECK_EQ(call.result, HTTP_E_PROTOCOL);
	buf_reset(&url);
	CHECK_OK(buf_printf(&url, "ftp://127.0.0.1:%u/ok", server_port));
	calls_ended = 0;
	CHECK_OK(call_url(&call, url.p, clock_now_us() + FAR_S * CLOCK_US_PER_S,
			  true));
	calls_run(1);
	CHECK_EQ(call.result, HTTP_E_PROTOCOL);
}

static void what_may_not_be_sent(void)
{
	HttpTransfer *transfer = NULL;
	HttpRequest request = {.method = "GET", .url = "https://a/ b"};

	CHECK_EQ(http_start(http, &transfer, &request, call_ended, NULL),
		 -EINVAL);
	request.url = "https://a/\r\nHost: b";
	CHECK_EQ(http_start(http, &transfer, &request, call_ended, NULL),
		 -EINVAL);
	request.url = "https://a/";
	request.headers[0] = "A: b\r\nC: d";
	CHECK_EQ(http_start(http, &transfer, &request, call_ended, NULL),
		 -EINVAL);
	request.headers[0] = "no colon";
	CHECK_EQ(http_start(http, &transfer, &request, call_ended, NULL),
		 -EINVAL);
	CHECK(!transfer);
}

static void admitted_in_order(void)
{
	Call calls[CALLS_MAX];
	HttpStats stats;

	end();
	begin(1);
	for (unsigned i = 0; i < CALLS_MAX; i++)
		CHECK_OK(call_start(&calls[i], "/ok"));
	http_stats(http, &stats);
	CHECK_EQ(stats.active, 1);
	CHECK_EQ(stats.queued, CALLS_MAX - 1);
	calls_run(CALLS_MAX);
	for (unsigned i = 0; i < CALLS_MAX; i++) {
		CHECK_EQ(calls[i].result, HTTP_OK);
		CHECK_EQ(calls[i].order, i + 1);
	}
	http_stats(http, &stats);
	CHECK_EQ(stats.active + stats.queued, 0);
	CHECK_EQ(stats.finished, CALLS_MAX);
}

static void deadlines_end_the_hung_and_the_queued(void)
{
	uint64_t soon_us = clock_now_us() + 50 * CLOCK_US_PER_MS;
	Call hung, queued, served;

	end();
	begin(1);
	CHECK_OK(call_start_until(&hung, "/hung", soon_us));
	CHECK_OK(call_start_until(&queued, "/hung", soon_us));
	CHECK_OK(call_start(&served, "/ok"));
	calls_run(3);
	CHECK_EQ(hung.result, HTTP_E_TIMEOUT);
	CHECK_EQ(queued.result, HTTP_E_TIMEOUT);
	CHECK_EQ(served.result, HTTP_OK);
	CHECK_EQ(hung.ended + queued.ended + served.ended, 3);
}

static void cancelled_ones_do_not_end(void)
{
	Call active, queued, served;

	end();
	begin(1);
	CHECK_OK(call_start(&active, "/hung"));
	CHECK_OK(call_start(&queued, "/ok"));
	CHECK_OK(call_start(&served, "/ok"));
	http_cancel(queued.transfer);
	http_cancel(active.transfer);
	http_cancel(NULL);
	calls_run(1);
	CHECK_EQ(active.ended + queued.ended, 0);
	CHECK_EQ(served.result, HTTP_OK);
}

/* In a callback the next request is started, as a list's next page is. */
static void call_ended_chain(void *data, const HttpResponse *response)
{
	Call *calls = data;

	call_ended(&calls[0], response);
	if (call_start(&calls[1], "/ok") != 0)
		abort();
}

static void a_callback_may_start_another(void)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	Call calls[2] = {0};
	HttpRequest request = {
		.method = "GET",
		.deadline_us = clock_now_us() + FAR_S * CLOCK_US_PER_S,
		.allow_clear = true,
	};

	end();
	begin(1);
	CHECK_OK(buf_printf(&url, "http://127.0.0.1:%u/ok", server_port));
	request.url = url.p;
	CHECK_OK(http_start(http, &calls[0].transfer, &request,
			    call_ended_chain, calls));
	calls_run(2);
	CHECK_EQ(calls[0].result, HTTP_OK);
	CHECK_EQ(calls[1].result, HTTP_OK);
}

static void freed_with_all_of_them_under_way(void)
{
	Call calls[CALLS_MAX];

	end();
	begin(2);
	for (unsigned i = 0; i < CALLS_MAX; i++)
		CHECK_OK(call_start(&calls[i], "/hung"));
	http = http_free(http);
	for (unsigned i = 0; i < CALLS_MAX; i++)
		CHECK_EQ(calls[i].ended, 0);
}

#define RUN_FRESH(test)    \
	do {               \
		begin(4);  \
		RUN(test); \
		end();     \
	} while (0)

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	server_start();
	if (memory_init() != 0)
		abort();
	RUN_FRESH(a_whole_answer);
	RUN_FRESH(answers_that_are_none);
	RUN_FRESH(a_redirect_is_an_answer);
	RUN_FRESH(nobody_listens);
	RUN_FRESH(https_only_unless_said);
	RUN_FRESH(what_may_not_be_sent);
	RUN_FRESH(admitted_in_order);
	RUN_FRESH(deadlines_end_the_hung_and_the_queued);
	RUN_FRESH(cancelled_ones_do_not_end);
	RUN_FRESH(a_callback_may_start_another);
	RUN_FRESH(freed_with_all_of_them_under_way);
	server_stop();
	return check_report();
}
