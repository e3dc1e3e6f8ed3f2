/* SPDX-License-Identifier: MIT */

/*
 * The two talk over a socket pair as they do between worker and launcher; one
 * loop serves both ends. Used by client.c.
 */

#include "fs/errand-office.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "fs/control.h"
#include "fs/errand-desk.h"
#include "fs/errands.h"

struct ErrandOffice {
	Loop *loop;
	ErrandDesk desk;
	ErrandClerk *clerk;
	int desk_fd, clerk_fd, signal_fd;
	LoopFd *desk_watch, *clerk_watch, *signal_watch;
	Timer timer; /* the end of a program's time */
};

static void office_look(ErrandOffice *office)
{
	uint64_t next_us = errand_desk_look(&office->desk, clock_now_us());

	loop_timer_clear(office->loop, &office->timer);
	if (next_us == CLOCK_NEVER)
		return;
	/* Then the clerk's own patience ends it. */
	(void)!loop_timer_set(office->loop, &office->timer, next_us);
}

static void office_late(Timer *timer)
{
	office_look(AKV_CONTAINER_OF(timer, ErrandOffice, timer));
}

static void office_asked(void *data, AKV_UNUSED short events)
{
	ErrandOffice *office = data;
	ControlMessage message;
	int fd = -1;

	if (control_receive(office->desk_fd, &message, &fd) != 0)
		return;
	if (fd >= 0)
		(void)close(fd);
	errand_desk_take(&office->desk, &message, office->desk_fd);
	office_look(office);
}

static void office_answered(void *data, AKV_UNUSED short events)
{
	ErrandOffice *office = data;
	ControlMessage message;
	int fd = -1;

	if (control_receive(office->clerk_fd, &message, &fd) == 0)
		errand_clerk_hear(office->clerk, &message, fd);
}

static void office_signal(void *data, AKV_UNUSED short events)
{
	ErrandOffice *office = data;
	struct signalfd_siginfo info;

	while (read(office->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info))
		;
	errand_desk_reap(&office->desk, office->desk_fd);
}

static int signal_fd_new(int *ret)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

static int office_open(ErrandOffice *office)
{
	int fds[2];
	int r = signal_fd_new(&office->signal_fd);

	if (r == 0)
		r = control_pair(fds);
	if (r < 0)
		return r;
	office->desk_fd = fds[0];
	office->clerk_fd = fds[1];
	r = errand_clerk_new(&office->clerk, office->loop, office->clerk_fd);
	if (r == 0)
		r = loop_fd_new(&office->desk_watch, office->loop,
				office->desk_fd, POLLIN, office_asked, office);
	if (r == 0)
		r = loop_fd_new(&office->clerk_watch, office->loop,
				office->clerk_fd, POLLIN, office_answered,
				office);
	if (r == 0)
		r = loop_fd_new(&office->signal_watch, office->loop,
				office->signal_fd, POLLIN, office_signal,
				office);
	return r;
}

int errand_office_new(ErrandOffice **ret, Loop *loop, const Options *options,
		      int (*show)(void *data, const char *text), void *data)
{
	AKV_CLEANUP(errand_office_freep)
	ErrandOffice *office = calloc(1, sizeof(*office));
	int r;

	if (!office)
		return -ENOMEM;
	office->loop = loop;
	office->desk = (ErrandDesk){
		.options = options,
		.show = show,
		.data = data,
	};
	office->desk_fd = -1;
	office->clerk_fd = -1;
	office->signal_fd = -1;
	office->timer.fire = office_late;
	r = office_open(office);
	if (r == 0)
		*ret = AKV_TAKE(office);
	return r;
}

ErrandOffice *errand_office_free(ErrandOffice *office)
{
	if (!office)
		return NULL;
	errand_desk_clear(&office->desk);
	loop_timer_clear(office->loop, &office->timer);
	(void)loop_fd_free(office->desk_watch);
	(void)loop_fd_free(office->clerk_watch);
	(void)loop_fd_free(office->signal_watch);
	(void)errand_clerk_free(office->clerk);
	if (office->desk_fd >= 0)
		(void)close(office->desk_fd);
	if (office->clerk_fd >= 0)
		(void)close(office->clerk_fd);
	if (office->signal_fd >= 0)
		(void)close(office->signal_fd);
	free(office);
	return NULL;
}

const Errands *errand_office_errands(const ErrandOffice *office)
{
	return errand_clerk_errands(office->clerk);
}
