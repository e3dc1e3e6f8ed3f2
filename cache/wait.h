/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * wait - those who wait for one answer of the vault
 *
 * A CacheWait is embedded in the request that waits. It is in at most one
 * list, has a deadline, and can leave at any time. That several wait in one
 * list while one request is under way is how requests are coalesced. Who needs
 * several answers uses it for one after the other: his deadline is that of the
 * first.
 */

#include "base/loop.h"
#include "base/secret.h"
#include "base/std.h"
#include "vault/answer.h"
#include "vault/model.h"

typedef struct CacheWait CacheWait;
typedef struct CacheReply CacheReply;
typedef struct WaitList WaitList;

/* What the cache answers. All is borrowed for the call. */
struct CacheReply {
	enum vault_answer answer;
	uint64_t lifetime_us; /* how long the answer stays good */
	/* with VAULT_OK, but for a list and a value that is held: */
	const char *version;
	size_t size;
	const ObjectAttributes *attributes;
	const char *content_type; /* "" if it has none */
	const char *tags;         /* a JSON object of strings */
	/* read, with VAULT_OK: */
	const Secret *value;
};

struct CacheWait {
	void (*done)(CacheWait *wait, const CacheReply *reply);
	/* Private to cache/; zeroed before the first use. */
	Timer deadline;
	uint64_t arrived_us; /* of the first use, if it is used again */
	bool wants_value;
	uint64_t place; /* in a listing */
	WaitList *list;
	Loop *loop;
	void (*expire)(CacheWait *wait);
	void *owner;
	CacheWait *next, *previous;
};

struct WaitList {
	CacheWait *first, *last;
	size_t n;
};

/*
 * A reader's deadline lies this far behind that of the request he waits for,
 * so that he hears what became of it.
 */
enum { WAIT_GRACE_US = 50 * 1000 };

/*
 * Put @wait at the end of @list until @deadline_us; then it is taken out and
 * @expire is called. timer_set()'s returns.
 */
AKV_MUST_CHECK int wait_add(WaitList *list, CacheWait *wait, Loop *loop,
			    uint64_t deadline_us,
			    void (*expire)(CacheWait *wait));

/* Its reader comes now, unless he has come before and goes on. */
void wait_arrive(CacheWait *wait);

/* Take it out, as when its reader has gone. No effect if it does not wait. */
void wait_remove(CacheWait *wait);

/* Move all of @from, deadlines and all, to the end of @to. */
void wait_move(WaitList *to, WaitList *from);
