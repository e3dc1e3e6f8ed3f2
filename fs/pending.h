/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * pending - a request of the kernel that the cache may have to wait for
 *
 * It copies what it needs of the request, since libfuse's arguments are only
 * valid during the call. While it waits it can be interrupted: without that, a
 * reader waiting in LOOKUP could not even be killed. It is answered exactly
 * once, and gone then.
 */

#include "base/std.h"
#include "cache/wait.h"
#include "fs/filesystem.h"

typedef struct Pending Pending;

enum { PENDING_NAME_SIZE = 256 };

struct Pending {
	CacheWait wait;
	Filesystem *fs;
	fuse_req_t request;
	uint64_t ino;
	size_t size;
	uint64_t offset;
	Place place;
	struct Gather *gather;        /* owned; see gather.h */
	char name[PENDING_NAME_SIZE]; /* of an extended attribute */
	bool parked; /* until then, the caller of the cache holds it */
	bool answered;
	Pending *next, *previous; /* of the parked ones; private */
};

/*
 * @answer is called with what the cache says; it replies to the request and
 * must not keep @pending. Returns 0 or -ENOMEM.
 */
AKV_MUST_CHECK int
pending_new(Pending **ret, Filesystem *fs, fuse_req_t request,
	    void (*answer)(CacheWait *wait, const CacheReply *reply));

/*
 * After the cache was called with pending->wait and returned @r: it is
 * answered and freed now, or left to wait. A fault is answered here.
 */
void pending_park(Pending *pending, int r);

/* The end of serving: all that are parked are answered with EIO. */
void pending_end(Filesystem *fs);

/*
 * In @answer: ask for one more thing, with the same wait; @r is what that
 * returned. A fault is answered here.
 */
void pending_go_on(Pending *pending, int r);

/* For @answer: reply with what became of it, and be done. */
void pending_fail(Pending *pending, int error);

/* For @answer: the Pending of @wait, to be freed by pending_done(). */
Pending *pending_of(CacheWait *wait);
void pending_done(Pending *pending);
