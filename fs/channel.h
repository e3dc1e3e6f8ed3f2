/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * channel - the worker's end of /dev/fuse
 *
 * Requests are read into slots (slots.h) and given to libfuse from there; the
 * reply frees the slot. The kernel sends INIT only once in the life of a
 * mount, so it is saved, and a worker that is started later gives the saved
 * one to libfuse and keeps the reply to itself. In the reply that does go out
 * the bit for parallel lookups is set, which libfuse 3.14 never passes on:
 * without it one slow lookup freezes every other in its directory.
 */

#include <fuse_lowlevel.h>

#include "base/loop.h"
#include "base/std.h"
#include "fs/state.h"

typedef struct Channel Channel;

/* The session's user data must begin with this. */
typedef struct ChannelUser {
	Channel *channel;
} ChannelUser;

/*
 * Serve @session, whose user data is @user, from @fd, which becomes
 * non-blocking and is the session's from here on. @user->channel is set.
 * @initialised(@user) is called when INIT is done. The loop stops with 0 when
 * the mount is gone, with a negative errno when the channel fails.
 */
AKV_MUST_CHECK int channel_new(Channel **ret, Loop *loop,
			       struct fuse_session *session, State *state,
			       int fd, ChannelUser *user,
			       void (*initialised)(ChannelUser *user));
Channel *channel_free(Channel *channel);
AKV_DEFINE_CLEANUP(Channel *, channel_free);

/*
 * Begin. If the state holds a saved INIT, this is a later worker: the session
 * is initialised from it, and the requests that a dead one had taken are
 * served. Returns 0, or -EINVAL.
 */
AKV_MUST_CHECK int channel_start(Channel *channel);

/* Requests taken and not answered. */
unsigned channel_pending(const Channel *channel);
