/* SPDX-License-Identifier: MIT */

/*
 * The interrupt function is set only once a request is parked: the many that
 * are answered at once do without. It must not be set on a request that is
 * interrupted already, since libfuse would call it on the spot and then use
 * the request that it has replied to.
 */

#include "fs/pending.h"

#include "fs/errno.h"
#include "fs/gather.h"

int pending_new(Pending **ret, Filesystem *fs, fuse_req_t request,
		void (*answer)(CacheWait *wait, const CacheReply *reply))
{
	Pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return -ENOMEM;
	pending->fs = fs;
	pending->request = request;
	pending->wait.done = answer;
	*ret = pending;
	return 0;
}

static void pending_link(Pending *pending)
{
	Filesystem *fs = pending->fs;

	pending->parked = true;
	pending->next = fs->parked;
	if (fs->parked)
		fs->parked->previous = pending;
	fs->parked = pending;
}

static void pending_free(Pending *pending)
{
	(void)gather_free(pending->gather);
	if (pending->parked) {
		if (pending->previous)
			pending->previous->next = pending->next;
		else
			pending->fs->parked = pending->next;
		if (pending->next)
			pending->next->previous = pending->previous;
	}
	free(pending);
}

static void pending_give_up(Pending *pending, int error)
{
	wait_remove(&pending->wait);
	(void)fuse_reply_err(pending->request, error);
	pending_free(pending);
}

static void pending_interrupt(AKV_UNUSED fuse_req_t request, void *data)
{
	pending_give_up(data, EINTR);
}

void pending_end(Filesystem *fs)
{
	while (fs->parked)
		pending_give_up(fs->parked, EIO);
}

void pending_park(Pending *pending, int r)
{
	if (pending->answered) {
		pending_free(pending);
		return;
	}
	if (r < 0) {
		(void)fuse_reply_err(pending->request, errno_of_fault(r));
		pending_free(pending);
		return;
	}
	pending_link(pending);
	if (fuse_req_interrupted(pending->request))
		pending_interrupt(pending->request, pending);
	else
		fuse_req_interrupt_func(pending->request, pending_interrupt,
					pending);
}

Pending *pending_of(CacheWait *wait)
{
	return AKV_CONTAINER_OF(wait, Pending, wait);
}

void pending_go_on(Pending *pending, int r)
{
	if (r < 0)
		pending_fail(pending, errno_of_fault(r));
}

void pending_fail(Pending *pending, int error)
{
	(void)fuse_reply_err(pending->request, error);
	pending_done(pending);
}

void pending_done(Pending *pending)
{
	pending->answered = true;
	if (pending->parked)
		pending_free(pending);
}
