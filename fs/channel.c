/* SPDX-License-Identifier: MIT */

/*
 * libfuse is given each request as a buffer, and writes through a function of
 * ours (fuse_session_custom_io), which sees every reply go out. Used by
 * worker.c.
 */

#include "fs/channel.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/uio.h>

#include "base/log.h"

enum {
	/* So that transfers and timers get their turn in a flood. */
	CHANNEL_REQUESTS_PER_ROUND = 128,
	/* So often is a request tried that its workers crash on. */
	CHANNEL_CRASHES_MAX = 3,
};

struct Channel {
	Loop *loop;
	LoopFd *watch;
	struct fuse_session *session;
	State *state;
	Slots *slots;
	int fd;
	uint64_t init_unique; /* of the INIT being answered; 0: none */
	bool replaying;       /* its reply stays here */
	bool paused;          /* no slot was free */
	ChannelUser *user;
	void (*initialised)(ChannelUser *user);
};

/* Let the kernel send lookups of one directory side by side. */
static void init_reply_amend(struct iovec *iov, int count)
{
	struct fuse_init_out *out;

	if (count < 2 || iov[1].iov_len < sizeof(*out))
		return;
	out = iov[1].iov_base;
	out->flags |= FUSE_PARALLEL_DIROPS;
}

static ssize_t iov_size(const struct iovec *iov, int count)
{
	size_t n = 0;

	for (int i = 0; i < count; i++)
		n += iov[i].iov_len;
	return (ssize_t)n;
}

static void channel_pause(Channel *channel, bool pause)
{
	channel->paused = pause;
	loop_fd_events(channel->watch, pause ? 0 : POLLIN);
}

static ssize_t channel_write(int fd, struct iovec *iov, int count, void *data)
{
	Channel *channel = ((ChannelUser *)data)->channel;
	const struct fuse_out_header *header = iov[0].iov_base;
	uint64_t unique = header->unique;
	bool is_init = unique != 0 && unique == channel->init_unique;
	ssize_t n;

	if (is_init && channel->replaying)
		return iov_size(iov, count);
	if (is_init)
		init_reply_amend(iov, count);
	n = writev(fd, iov, count);
	if (unique != 0) {
		int saved = errno;

		slots_release_unique(channel->slots, unique);
		if (channel->paused)
			channel_pause(channel, false);
		errno = saved;
	}
	return n;
}

/* libfuse asks for this; requests are read by channel_read_one(). */
static ssize_t channel_read(int fd, void *buffer, size_t size,
			    AKV_UNUSED void *data)
{
	return read(fd, buffer, size);
}

static bool opcode_has_no_reply(uint32_t opcode)
{
	return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET ||
	       opcode == FUSE_INTERRUPT;
}

static void channel_count(Channel *channel, uint32_t opcode)
{
	if (opcode < AKV_ARRAY_LEN(channel->state->counters.requests))
		channel->state->counters.requests[opcode]++;
}

static void channel_process(Channel *channel, unsigned slot)
{
	const struct fuse_in_header *header =
		slots_memory(channel->slots, slot);
	struct fuse_buf buffer = {
		.size = header->len,
		.mem = slots_memory(channel->slots, slot),
	};
	uint32_t opcode = header->opcode;

	channel_count(channel, opcode);
	fuse_session_process_buf(channel->session, &buffer);
	if (opcode_has_no_reply(opcode))
		slots_release(channel->slots, slot);
}

/* INIT: keep it for later workers, then answer it. */
static void channel_init(Channel *channel, unsigned slot)
{
	const struct fuse_in_header *header =
		slots_memory(channel->slots, slot);
	State *state = channel->state;

	memcpy(state->init, header, header->len);
	state->init_size = header->len;
	channel->init_unique = header->unique;
	channel_process(channel, slot);
	channel->init_unique = 0;
	channel->initialised(channel->user);
}

/* Returns 1 if a request was served, 0 if there is none, or what read() does.
 */
static int channel_read_one(Channel *channel)
{
	unsigned slot = slots_free_one(channel->slots);
	const struct fuse_in_header *header;
	ssize_t n;

	if (slot == SLOT_NONE) {
		/* Until a reply frees one, the kernel keeps what comes. */
		channel_pause(channel, true);
		return 0;
	}
	header = slots_memory(channel->slots, slot);
	n = read(channel->fd, slots_memory(channel->slots, slot), SLOT_SIZE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOENT
			       ? 0
			       : -errno;
	if ((size_t)n < sizeof(*header))
		return -EIO;
	slots_keep(channel->slots, slot);
	if (header->opcode == FUSE_INIT)
		channel_init(channel, slot);
	else
		channel_process(channel, slot);
	return 1;
}

static void channel_ready(void *data, short events)
{
	Channel *channel = data;
	int r = 1;

	if (events & (POLLERR | POLLHUP)) {
		loop_stop(channel->loop, 0);
		return;
	}
	for (int i = 0; i < CHANNEL_REQUESTS_PER_ROUND && r > 0; i++)
		r = channel_read_one(channel);
	if (r == -ENODEV)
		loop_stop(channel->loop, 0);
	else if (r < 0)
		loop_stop(channel->loop, r);
	else if (fuse_session_exited(channel->session))
		loop_stop(channel->loop, 0);
}

/* A request that several workers have died of is answered with EIO. */
static void channel_refuse(Channel *channel, unsigned slot)
{
	const struct fuse_in_header *header =
		slots_memory(channel->slots, slot);
	struct fuse_out_header reply = {
		.len = sizeof(reply),
		.error = -EIO,
		.unique = header->unique,
	};

	/* ENOENT: nobody waits for it any more. */
	if (!opcode_has_no_reply(header->opcode) &&
	    write(channel->fd, &reply, sizeof(reply)) < 0 && errno != ENOENT)
		log_debug("refusing a request: %s", strerror(errno));
	slots_release(channel->slots, slot);
}

/* Serve what a dead worker had taken: interrupts last, they name others. */
static void channel_resume(Channel *channel)
{
	for (int pass = 0; pass < 2; pass++) {
		unsigned slot = slots_kept(channel->slots, 0);

		for (; slot != SLOT_NONE;
		     slot = slots_kept(channel->slots, slot + 1)) {
			const struct fuse_in_header *header =
				slots_memory(channel->slots, slot);

			if ((header->opcode == FUSE_INTERRUPT) != (pass == 1))
				continue;
			if (channel->state->crashes >= CHANNEL_CRASHES_MAX)
				channel_refuse(channel, slot);
			else
				channel_process(channel, slot);
			channel->state->counters.resumed++;
		}
	}
}

/* Give the saved INIT to libfuse, whose reply the kernel has long had. */
static int channel_replay_init(Channel *channel)
{
	unsigned char copy[STATE_INIT_MAX];
	State *state = channel->state;
	struct fuse_buf buffer = {.mem = copy};
	const struct fuse_in_header *header = (const void *)copy;

	if (state->init_size < sizeof(*header) ||
	    state->init_size > sizeof(copy))
		return -EINVAL;
	memcpy(copy, state->init, state->init_size);
	buffer.size = state->init_size;
	channel->init_unique = header->unique;
	channel->replaying = true;
	fuse_session_process_buf(channel->session, &buffer);
	channel->replaying = false;
	channel->init_unique = 0;
	channel->initialised(channel->user);
	return 0;
}

int channel_new(Channel **ret, Loop *loop, struct fuse_session *session,
		State *state, int fd, ChannelUser *user,
		void (*initialised)(ChannelUser *user))
{
	static const struct fuse_custom_io io = {
		.writev = channel_write,
		.read = channel_read,
	};
	AKV_CLEANUP(channel_freep) Channel *channel = NULL;
	int r, flags;

	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return -ENOMEM;
	channel->loop = loop;
	channel->session = session;
	channel->state = state;
	channel->fd = fd;
	channel->initialised = initialised;
	channel->user = user;
	r = slots_new(&channel->slots, state->slots, &state->slots_high);
	if (r < 0)
		return r;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	r = fuse_session_custom_io(session, &io, fd);
	if (r < 0)
		return r;
	r = loop_fd_new(&channel->watch, loop, fd, POLLIN, channel_ready,
			channel);
	if (r < 0)
		return r;
	user->channel = channel;
	*ret = AKV_TAKE(channel);
	return 0;
}

/* A worker that died before it answered INIT has left it in its slot. */
static unsigned channel_init_slot(const Channel *channel)
{
	unsigned slot = slots_kept(channel->slots, 0);

	while (slot != SLOT_NONE) {
		const struct fuse_in_header *header =
			slots_memory(channel->slots, slot);

		if (header->opcode == FUSE_INIT)
			break;
		slot = slots_kept(channel->slots, slot + 1);
	}
	return slot;
}

int channel_start(Channel *channel)
{
	unsigned slot = channel_init_slot(channel);
	int r;

	if (slot != SLOT_NONE) {
		channel_init(channel, slot);
		return 0;
	}
	if (channel->state->init_size == 0)
		return 0;
	r = channel_replay_init(channel);
	if (r == 0)
		channel_resume(channel);
	return r;
}

Channel *channel_free(Channel *channel)
{
	if (!channel)
		return NULL;
	(void)loop_fd_free(channel->watch);
	(void)slots_free(channel->slots);
	free(channel);
	return NULL;
}

unsigned channel_pending(const Channel *channel)
{
	return slots_count(channel->slots);
}
