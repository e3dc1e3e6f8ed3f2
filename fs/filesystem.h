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
#include "fs/tree.h"

typedef struct FilesystemConfig {
	uint32_t uid, gid;            /* the owner of everything */
	uint32_t file_mode, dir_mode; /* permission bits */
	bool page_cache;
	Tree tree;
	int64_t mounted_s;
	uint64_t rounds_before; /* of lists, by the workers before */
	uint64_t ttl_s;
} FilesystemConfig;

/*
 * Attributes of the root that come from elsewhere than the data plane, and are
 * fetched when somebody asks for the first time.
 */
typedef struct RootAttributes {
	void *data;
	/*
	 * Call wait->done with VAULT_OK once they are known, or known not to be
	 * had: before this returns if that is so now. Returns 0 or a negative
	 * errno, with done not called.
	 */
	int (*ask)(void *data, CacheWait *wait);
	/* As xattr_value() and xattr_list(), of what is known. */
	int (*value)(void *data, Buf *buf, const char *name);
	int (*list)(void *data, Buf *buf);
} RootAttributes;

/* Why files of a directory are not there, for status: how often it was so. */
typedef struct FilesystemCounts {
	uint64_t made;      /* renditions */
	uint64_t absent;    /* they cannot be: no such part */
	uint64_t kept;      /* the private key is not exportable */
	uint64_t forbidden; /* the identity may not get the secret */
	uint64_t untrusted;
} FilesystemCounts;

typedef struct Filesystem {
	ChannelUser user; /* first: see channel.h */
	FilesystemConfig config;
	Loop *loop;
	const Origin *origin; /* of the vault; borrowed */
	Cache *cache;
	Nodes *nodes;
	Snapshots *snapshots;
	const RootAttributes *root_attributes; /* or NULL; borrowed */
	FilesystemCounts counts;
	bool told_forbidden;    /* the log knows that secrets are */
	bool told_kept;         /* ... and that there are keys that stay */
	struct Pending *parked; /* requests that wait: see pending.h */
	/* Append the status of the mount as JSON. */
	int (*status)(void *data, Buf *buf);
	void *status_data;
} Filesystem;

/* The operations, to be given to fuse_session_new() with a Filesystem. */
const struct fuse_lowlevel_ops *filesystem_operations(void);
