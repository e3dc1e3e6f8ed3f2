/* SPDX-License-Identifier: MIT */

/*
 * One epoll descriptor waits for everything: the watched descriptors and, by
 * curl_multi_socket_action(), the sockets of the transfers. curl_multi_poll()
 * would not do: it hides POLLERR of the descriptors that it is given, and
 * POLLERR is all that /dev/fuse says when the mount is gone.
 *
 * A watch may be freed from any callback, its own included: it is taken out at
 * once, and its memory goes at the end of the round.
 */

#include "base/loop.h"

#include <curl/curl.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/registers.h"

enum {
	LOOP_POLL_MAX_MS = 60 * 1000,
	LOOP_EVENTS_PER_ROUND = 64,
	/* Some 100 to 200 us. */
	LOOP_LINGER_ROUNDS = 256,
};

/* The events of poll(2) are passed to epoll as they are. */
static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT, "poll is not epoll");

struct LoopFd {
	Loop *loop;
	int fd;
	bool is_transfer; /* a socket of libcurl: no callback of ours */
	bool dead;
	void (*ready)(void *data, short events);
	void *data;
	LoopFd *next; /* in the list of the dead */
};

struct Loop {
	CURLM *multi;
	int epoll_fd;
	size_t n_fds;
	TimerHeap timers;
	Timer transfers_timer;
	bool transfers_due;
	LoopFd *dead;
	bool (*reap)(void *data);
	void *reap_data;
	bool has_processors; /* more than one */
	bool lingers;        /* something was just done */
	bool stopping;
	int result;
};

static int watch_new(LoopFd **ret, Loop *loop, int fd, uint32_t events)
{
	LoopFd *watch = calloc(1, sizeof(*watch));
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->fd = fd;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		int r = -errno;

		free(watch);
		return r;
	}
	*ret = watch;
	return 0;
}

static void watch_events(LoopFd *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	(void)epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd,
			&event);
}

static void watch_bury(LoopFd *watch)
{
	Loop *loop = watch->loop;

	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->dead = true;
	watch->next = loop->dead;
	loop->dead = watch;
}

static void loop_sweep(Loop *loop)
{
	while (loop->dead) {
		LoopFd *next = loop->dead->next;

		free(loop->dead);
		loop->dead = next;
	}
}

/* libcurl wants @socket watched for @what, or no longer. */
static int transfer_socket(AKV_UNUSED CURL *easy, curl_socket_t socket,
			   int what, void *data, void *socket_data)
{
	Loop *loop = data;
	LoopFd *watch = socket_data;
	uint32_t events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_bury(watch);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (watch) {
		watch_events(watch, events);
		return 0;
	}
	if (watch_new(&watch, loop, socket, events) < 0)
		return -1;
	watch->is_transfer = true;
	(void)curl_multi_assign(loop->multi, socket, watch);
	return 0;
}

static void transfers_fire(Timer *timer)
{
	AKV_CONTAINER_OF(timer, Loop, transfers_timer)->transfers_due = true;
}

/* libcurl wants to be called after @timeout_ms, or not at all (-1). */
static int transfer_timeout(AKV_UNUSED CURLM *multi, long timeout_ms,
			    void *data)
{
	Loop *loop = data;

	timer_clear(&loop->timers, &loop->transfers_timer);
	loop->transfers_due = timeout_ms == 0;
	if (timeout_ms <= 0)
		return 0;
	if (timer_set(&loop->timers, &loop->transfers_timer,
		      clock_add(clock_now_us(),
				(uint64_t)timeout_ms * CLOCK_US_PER_MS)) < 0)
		return -1;
	return 0;
}

/* On a single one, who looks longer keeps others from what he waits for. */
static bool has_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 &&
	       CPU_COUNT(&set) > 1;
}

int loop_new(Loop **ret)
{
	AKV_CLEANUP(loop_freep) Loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	loop->transfers_timer.fire = transfers_fire;
	loop->has_processors = has_processors();
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->multi = curl_multi_init();
	if (!loop->multi)
		return -ENOMEM;
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION,
				transfer_socket);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION,
				transfer_timeout);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	*ret = AKV_TAKE(loop);
	return 0;
}

Loop *loop_free(Loop *loop)
{
	if (!loop)
		return NULL;
	if (loop->multi)
		(void)curl_multi_cleanup(loop->multi);
	loop_sweep(loop);
	timer_heap_done(&loop->timers);
	if (loop->epoll_fd >= 0)
		(void)close(loop->epoll_fd);
	free(loop);
	return NULL;
}

int loop_fd_new(LoopFd **ret, Loop *loop, int fd, short events,
		void (*ready)(void *data, short events), void *data)
{
	LoopFd *watch = NULL;
	int r;

	if (loop->n_fds == LOOP_FDS_MAX)
		return -ENOSPC;
	r = watch_new(&watch, loop, fd, (uint32_t)(unsigned short)events);
	if (r < 0)
		return r;
	watch->ready = ready;
	watch->data = data;
	loop->n_fds++;
	*ret = watch;
	return 0;
}

LoopFd *loop_fd_free(LoopFd *watch)
{
	if (watch) {
		watch->loop->n_fds--;
		watch_bury(watch);
	}
	return NULL;
}

void loop_fd_events(LoopFd *watch, short events)
{
	watch_events(watch, (uint32_t)(unsigned short)events);
}

int loop_timer_set(Loop *loop, Timer *timer, uint64_t deadline_us)
{
	return timer_set(&loop->timers, timer, deadline_us);
}

void loop_timer_clear(Loop *loop, Timer *timer)
{
	timer_clear(&loop->timers, timer);
}

void loop_stop(Loop *loop, int result)
{
	loop->stopping = true;
	loop->result = result;
}

void *loop_multi(Loop *loop)
{
	return loop->multi;
}

void loop_reaper_set(Loop *loop, bool (*reap)(void *data), void *data)
{
	loop->reap = reap;
	loop->reap_data = data;
}

/* How long the loop may sleep: to the nearest timer, rounded up. */
static int loop_sleep_ms(const Loop *loop)
{
	uint64_t next_us = timer_next(&loop->timers);
	uint64_t now_us, ms;

	if (next_us == CLOCK_NEVER)
		return LOOP_POLL_MAX_MS;
	now_us = clock_now_us();
	if (next_us <= now_us)
		return 0;
	ms = (next_us - now_us - 1) / CLOCK_US_PER_MS + 1;
	return (int)AKV_MIN(ms, (uint64_t)LOOP_POLL_MAX_MS);
}

/* Let transfers go on until none has anything left to do or to report. */
static int loop_transfers(Loop *loop)
{
	int running;
	bool again = true;

	while (again && !loop->stopping) {
		if (loop->transfers_due) {
			loop->transfers_due = false;
			if (curl_multi_socket_action(loop->multi,
						     CURL_SOCKET_TIMEOUT, 0,
						     &running) != CURLM_OK)
				return -EIO;
		}
		again = loop->reap && loop->reap(loop->reap_data);
		again = again || loop->transfers_due;
	}
	return 0;
}

static int transfer_ready(Loop *loop, const LoopFd *watch, uint32_t events)
{
	int running, mask = 0;

	if (events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR;
	if (curl_multi_socket_action(loop->multi, watch->fd, mask, &running) !=
	    CURLM_OK)
		return -EIO;
	return 0;
}

/*
 * What was done is mostly answered at once: the READ behind a LOOKUP, a
 * request's reply. To be woken for it costs more than to look a little longer;
 * whoever else wants the processor gets it in between.
 */
static int loop_linger(const Loop *loop, struct epoll_event *events)
{
	int n = 0;

	for (int i = 0; i < LOOP_LINGER_ROUNDS && n == 0; i++) {
		n = epoll_wait(loop->epoll_fd, events, LOOP_EVENTS_PER_ROUND,
			       0);
		if (n == 0)
			(void)sched_yield();
	}
	return n;
}

static int loop_wait(Loop *loop)
{
	struct epoll_event events[LOOP_EVENTS_PER_ROUND];
	int n = 0, r = 0;

	registers_wipe();
	if (loop->lingers)
		n = loop_linger(loop, events);
	if (n == 0)
		n = epoll_wait(loop->epoll_fd, events, LOOP_EVENTS_PER_ROUND,
			       loop_sleep_ms(loop));
	loop->lingers = n > 0 && loop->has_processors;
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n && r == 0; i++) {
		LoopFd *watch = events[i].data.ptr;

		if (watch->dead)
			continue;
		if (watch->is_transfer)
			r = transfer_ready(loop, watch, events[i].events);
		else
			watch->ready(watch->data, (short)events[i].events);
	}
	return r;
}

int loop_run(Loop *loop)
{
	int r = 0;

	loop->stopping = false;
	while (r == 0 && !loop->stopping) {
		timer_run(&loop->timers, clock_now_us());
		r = loop_transfers(loop);
		if (r == 0 && !loop->stopping)
			r = loop_wait(loop);
		loop_sweep(loop);
	}
	return r < 0 ? r : loop->result;
}
