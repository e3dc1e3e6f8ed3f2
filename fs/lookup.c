/* SPDX-License-Identifier: MIT */

/* One of the operations; see operations.c. */

#include "fs/lookup.h"

#include <openssl/evp.h>

#include "fs/attributes.h"
#include "fs/errno.h"
#include "fs/gather.h"
#include "fs/make.h"
#include "fs/pending.h"

static void reply_missing(fuse_req_t request, uint64_t lifetime_us)
{
	struct fuse_entry_param entry = {
		.entry_timeout = seconds_of_us(lifetime_us),
	};

	(void)fuse_reply_entry(request, &entry);
}

/* The directories that are always there. */
static void reply_fixed(fuse_req_t request, const Filesystem *fs,
			const Place *place)
{
	struct fuse_entry_param entry = {
		.ino = tree_number(&fs->config.tree, place),
		.entry_timeout = ATTRIBUTES_FOR_EVER_S,
	};

	entry.attr_timeout =
		attributes_of_directory(&entry.attr, fs, place, NULL);
	(void)fuse_reply_entry(request, &entry);
}

typedef struct NodeFacts {
	uint64_t size;
	int64_t created_s, updated_s;
	uint64_t lifetime_us; /* of the name */
} NodeFacts;

static void reply_node(fuse_req_t request, Filesystem *fs, const NodeKey *key,
		       const NodeFacts *facts)
{
	struct fuse_entry_param entry = {
		.attr_timeout = ATTRIBUTES_FOR_EVER_S,
		.entry_timeout = seconds_of_us(facts->lifetime_us),
	};
	const Node *node = NULL;
	int r = nodes_refer(fs->nodes, &node, key, facts->size,
			    facts->created_s, facts->updated_s);

	if (r < 0) {
		(void)fuse_reply_err(request, errno_of_fault(r));
		return;
	}
	entry.ino = node->ino;
	if (place_is_directory(&key->place))
		entry.attr_timeout = attributes_of_directory(&entry.attr, fs,
							     &key->place, node);
	else
		attributes_of_node(&entry.attr, fs, node);
	/* The kernel has no use for it any more: it holds no reference. */
	if (fuse_reply_entry(request, &entry) == -ENOENT)
		nodes_forget(fs->nodes, entry.ino, 1);
}

/* --- what the vault says of one object ---------------------------------- */

static void reply_object(Pending *pending, const CacheReply *reply)
{
	const NodeFacts facts = {
		.size = place_is_directory(&pending->place) ? 0 : reply->size,
		.created_s = reply->attributes->created_s,
		.updated_s = reply->attributes->updated_s,
		.lifetime_us = reply->lifetime_us,
	};
	NodeKey key = {.place = pending->place};

	memcpy(key.place.version, reply->version, VERSION_LENGTH + 1);
	reply_node(pending->request, pending->fs, &key, &facts);
}

static void object_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	const Place *place = &pending->place;
	int error = errno_of_answer(reply->answer);

	/* A version was asked for, and it has just rotated. */
	if (reply->answer == VAULT_OK && place->version[0] &&
	    strcmp(reply->version, place->version) != 0) {
		pending_go_on(pending,
			      cache_lookup(pending->fs->cache, wait,
					   &place->key, place->version));
		return;
	}
	if (reply->answer == VAULT_OK)
		reply_object(pending, reply);
	else if (error == ENOENT)
		reply_missing(pending->request, reply->lifetime_us);
	else
		(void)fuse_reply_err(pending->request, error);
	pending_done(pending);
}

/*
 * A directory that has no version of its own. A disabled object has versions
 * all the same, and who may not read one may perhaps list them.
 */
static void holder_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	const NodeKey key = {.place = pending->place};
	const NodeFacts facts = {.lifetime_us = reply->lifetime_us};

	if (reply->answer == VAULT_OK || reply->answer == VAULT_E_DISABLED ||
	    (reply->answer == VAULT_E_FORBIDDEN &&
	     pending->place.kind == PLACE_HISTORY)) {
		reply_node(pending->request, pending->fs, &key, &facts);
		pending_done(pending);
	} else {
		object_answer(wait, reply);
	}
}

static void lookup_object(fuse_req_t request, Filesystem *fs,
			  const Place *place)
{
	bool holder =
		place->kind == PLACE_HISTORY || place->kind == PLACE_ACCOUNT;
	Pending *pending = NULL;

	if (pending_new(&pending, fs, request,
			holder ? holder_answer : object_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->place = *place;
	pending_park(pending,
		     cache_lookup(fs->cache, &pending->wait,
				  &pending->place.key,
				  place->version[0] ? pending->place.version
						    : NULL));
}

/* --- files that are made ------------------------------------------------ */

static void rendition_reply(Pending *pending, const Secret *bytes)
{
	const ObjectAttributes *attributes = gather_attributes(pending);
	const NodeFacts facts = {
		.size = secret_size(bytes),
		.created_s = attributes->created_s,
		.updated_s = attributes->updated_s,
		.lifetime_us = gather_lifetime_us(pending),
	};
	NodeKey key;

	make_key(&key, &pending->place, bytes);
	reply_node(pending->request, pending->fs, &key, &facts);
}

static void rendition_gathered(Pending *pending, int error)
{
	AKV_CLEANUP(secret_unrefp) Secret *bytes = NULL;

	if (error == 0)
		error = make_file(&bytes, pending);
	if (error == 0)
		rendition_reply(pending, bytes);
	else if (error == ENOENT)
		reply_missing(pending->request, gather_lifetime_us(pending));
	else
		(void)fuse_reply_err(pending->request, error);
	pending_done(pending);
}

static void lookup_rendition(fuse_req_t request, Filesystem *fs,
			     const Place *place)
{
	Pending *pending = NULL;

	if (pending_new(&pending, fs, request, NULL) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->place = *place;
	gather_start(pending,
		     rendition_row((enum rendition)place->rendition)->sources,
		     GATHER_FRESH, rendition_gathered);
	pending_park(pending, 0);
}

/* --- the others ---------------------------------------------------------- */

static void storage_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);

	if (errno_of_answer(reply->answer) == ENOENT)
		reply_missing(pending->request, reply->lifetime_us);
	else
		reply_fixed(pending->request, pending->fs, &pending->place);
	pending_done(pending);
}

/* Is it there at all? If that cannot be known, it is. */
static void lookup_storage(fuse_req_t request, Filesystem *fs,
			   const Place *place)
{
	const ListKey key = {
		.list = LIST_OBJECTS,
		.collection = COLLECTION_STORAGE,
	};
	Pending *pending = NULL;

	if (pending_new(&pending, fs, request, storage_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->place = *place;
	pending_park(pending, cache_list(fs->cache, &pending->wait, &key, 0));
}

static void lookup_status(fuse_req_t request, Filesystem *fs)
{
	AKV_BUF Buf buf = BUF_INIT(SNAPSHOT_SIZE_MAX);
	struct fuse_entry_param entry = {
		.attr_timeout = ATTRIBUTES_FOR_EVER_S,
	};
	int r = fs->status(fs->status_data, &buf);

	if (r == 0)
		r = snapshots_add(fs->snapshots, &entry.ino, &buf);
	if (r < 0) {
		(void)fuse_reply_err(request, errno_of_fault(r));
		return;
	}
	attributes_of_bytes(&entry.attr, fs, entry.ino, buf.n);
	if (fuse_reply_entry(request, &entry) == -ENOENT)
		snapshots_forget(fs->snapshots, entry.ino);
}

/* Whose account is there has a sas/, be it empty. */
static void lookup_sas(fuse_req_t request, Filesystem *fs, const Place *place)
{
	const NodeKey key = {.place = *place};
	const NodeFacts facts = {.lifetime_us = UINT64_MAX};

	reply_node(request, fs, &key, &facts);
}

static void sas_bin_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	const NodeKey key = {.place = pending->place};
	const NodeFacts facts = {.lifetime_us = reply->lifetime_us};
	int error = errno_of_answer(reply->answer);

	if (reply->answer == VAULT_OK)
		reply_node(pending->request, pending->fs, &key, &facts);
	else if (error == ENOENT)
		reply_missing(pending->request, reply->lifetime_us);
	else
		(void)fuse_reply_err(pending->request, error);
	pending_done(pending);
}

/* There is one where the vault has such a list, be it empty. */
static void lookup_sas_bin(fuse_req_t request, Filesystem *fs,
			   const Place *place)
{
	Pending *pending = NULL;
	ListKey key;

	if (tree_list(&fs->config.tree, &key, place) != 0) {
		(void)fuse_reply_err(request, ENOENT);
		return;
	}
	if (pending_new(&pending, fs, request, sas_bin_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->place = *place;
	pending_park(pending, cache_list(fs->cache, &pending->wait, &key, 0));
}

static void lookup_place(fuse_req_t request, Filesystem *fs, const Place *place)
{
	switch (place->kind) {
	case PLACE_STATUS:
		lookup_status(request, fs);
		break;
	case PLACE_RENDITION:
		lookup_rendition(request, fs, place);
		break;
	case PLACE_SAS:
		lookup_sas(request, fs, place);
		break;
	case PLACE_SAS_BIN:
		lookup_sas_bin(request, fs, place);
		break;
	case PLACE_VALUE:
	case PLACE_OBJECT:
	case PLACE_VERSION:
	case PLACE_HISTORY:
	case PLACE_ACCOUNT:
		lookup_object(request, fs, place);
		break;
	default:
		if (place->key.collection == COLLECTION_STORAGE)
			lookup_storage(request, fs, place);
		else
			reply_fixed(request, fs, place);
	}
}

void operation_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	Filesystem *fs = fuse_req_userdata(request);
	const Node *node;
	Place place;

	if (snapshot_is(parent))
		(void)fuse_reply_err(request, ENOTDIR);
	else if (place_of(&place, &node, fs, parent) != 0)
		(void)fuse_reply_err(request, ESTALE);
	else if (!place_is_directory(&place))
		(void)fuse_reply_err(request, ENOTDIR);
	else if (tree_step(&fs->config.tree, &place, &place, name) != 0)
		(void)fuse_reply_err(request, ENOENT);
	else
		lookup_place(request, fs, &place);
}
