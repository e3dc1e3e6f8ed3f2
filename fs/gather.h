/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * gather - what a file is made from, asked for piece by piece
 *
 * A file of a key or a certificate is made from its document and, as the file
 * needs, from the secret of the same version, from the rotation policy or from
 * the operation under way. Each piece comes from the cache, in a fixed order,
 * with the one wait of the request that asks.
 */

#include "fs/pending.h"
#include "fs/rendition.h"

typedef struct Gather Gather;

/*
 * @error is 0, or the errno to reply with. It replies and calls pending_done().
 * With a fault of ours it is not called: the request is answered then.
 */
typedef void (*GatherDone)(Pending *pending, int error);

/* How new the pieces have to be. */
enum gather_age {
	GATHER_FRESH, /* within their ttl */
	GATHER_HELD,  /* the document as it is held, whatever its age */
	/* As fresh, but without a secret that cannot be had just now. */
	GATHER_LENIENT,
};

/*
 * Gather the pieces for pending->place, an object of one version, and
 * @sources (of enum rendition_source). @done is called once, before this
 * returns if all is there; then pending_park() is to be called with 0.
 */
void gather_start(Pending *pending, unsigned sources, enum gather_age age,
		  GatherDone done);

/* For @done: borrowed from @pending. */
const RenditionSources *gather_sources(const Pending *pending);
const ObjectAttributes *gather_attributes(const Pending *pending);
const char *gather_tags(const Pending *pending);

/* Is the object disabled? Not known, and false, with GATHER_HELD. */
bool gather_is_disabled(const Pending *pending);

/* How long all of it stays good. */
uint64_t gather_lifetime_us(const Pending *pending);

/* Was the secret kept back by a lack of permission? */
bool gather_is_forbidden(const Pending *pending);

/* Is it not known whether there is a secret? */
bool gather_lacks_secret(const Pending *pending);

Gather *gather_free(Gather *gather);
