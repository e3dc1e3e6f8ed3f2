/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * filesystem - a vault as the kernel sees it
 *
 * What the FUSE operations work on. One per worker.
 */

#include "base/loop.h"
#include "base/std.h"
#include "base/url.h"
#include "cache/cache.h"
#include "fs/channel.h"
#include "fs/nodes.h"
#include "fs/snapshots.h"

typedef struct FilesystemConfig {
	uint32_t uid, gid;            /* the owner of everything */
	uint32_t file_mode, dir_mode; /* permission bits */
	bool page_cache;
	bool collection_at_root; /* SOURCE named a collection */
	int64_t mounted_s;
	uint64_t rounds_before; /* of the list, by the workers before */
	uint64_t ttl_s;
} FilesystemConfig;

typedef struct Filesystem {
	ChannelUser user; /* first: see channel.h */
	FilesystemConfig config;
	Loop *loop;
	const Origin *origin; /* of the vault; borrowed */
	Cache *cache;
	Nodes *nodes;
	Snapshots *snapshots;
	struct Pending *parked; /* requests that wait: see pending.h */
	/* Append the status of the mount as JSON. */
	int (*status)(void *data, Buf *buf);
	void *status_data;
} Filesystem;

/* The operations, to be given to fuse_session_new() with a Filesystem. */
const struct fuse_lowlevel_ops *filesystem_operations(void);
