/* SPDX-License-Identifier: MIT */

/* Two of the operations; see operations.c. */

#include "fs/xattr-operations.h"

#include "fs/attributes.h"
#include "fs/errno.h"
#include "fs/gather.h"
#include "fs/pending.h"
#include "fs/xattr.h"

static void reply_sized(fuse_req_t request, const Buf *buf, size_t size)
{
	if (size == 0)
		(void)fuse_reply_xattr(request, buf->n);
	else if (buf->n > size)
		(void)fuse_reply_err(request, ERANGE);
	else
		(void)fuse_reply_buf(request, buf->p, buf->n);
}

/* @r is what a function of xattr.h returned. */
static void reply_result(fuse_req_t request, int r, const Buf *buf, size_t size)
{
	if (r == XATTR_E_ABSENT)
		(void)fuse_reply_err(request, ENODATA);
	else if (r == -EMSGSIZE)
		(void)fuse_reply_err(request, E2BIG);
	else if (r < 0)
		(void)fuse_reply_err(request, errno_of_fault(r));
	else
		reply_sized(request, buf, size);
}

static void xattr_reply(Pending *pending, const XattrFacts *facts)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	int r = pending->name[0] ? xattr_value(&buf, facts, pending->name)
				 : xattr_list(&buf, facts);

	reply_result(pending->request, r, &buf, pending->size);
}

static void xattr_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	const XattrFacts facts = {
		.origin = pending->fs->origin,
		.key = &pending->place.key,
		.version = reply->version,
		.attributes = reply->attributes,
		.content_type = reply->content_type,
		.tags = reply->tags,
	};

	if (reply->answer != VAULT_OK)
		(void)fuse_reply_err(pending->request,
				     errno_of_inode(reply->answer));
	else if (pending->place.version[0] &&
		 strcmp(reply->version, pending->place.version) != 0)
		(void)fuse_reply_err(pending->request, ESTALE);
	else
		xattr_reply(pending, &facts);
	pending_done(pending);
}

/* Of a key or a certificate, its document says more. */
static void xattr_gathered(Pending *pending, int error)
{
	XattrFacts facts = {
		.origin = pending->fs->origin,
		.key = &pending->place.key,
		.version = pending->place.version,
	};

	if (error == 0) {
		facts.attributes = gather_attributes(pending);
		facts.content_type = "";
		facts.tags = gather_tags(pending);
		facts.document = gather_sources(pending)->document;
		xattr_reply(pending, &facts);
	} else {
		(void)fuse_reply_err(pending->request, error);
	}
	pending_done(pending);
}

/* A key or a certificate, deleted or not, has more to say than others. */
static bool place_has_document(const Place *place)
{
	return place->key.collection == COLLECTION_KEYS ||
	       place->key.collection == COLLECTION_CERTIFICATES;
}

static bool place_is_described(const Place *place)
{
	return place->kind != PLACE_HISTORY && place->kind != PLACE_SAS &&
	       place->kind != PLACE_SAS_BIN;
}

/* @name is "" for the list. */
static void describe(fuse_req_t request, Filesystem *fs, const Node *node,
		     const char *name, size_t size)
{
	Pending *pending = NULL;
	const Place *place;

	if (pending_new(&pending, fs, request, xattr_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->place = node->key.place;
	pending->size = size;
	(void)snprintf(pending->name, sizeof(pending->name), "%s", name);
	place = &pending->place;
	if (place_has_document(place)) {
		gather_start(pending, 0, GATHER_FRESH, xattr_gathered);
		pending_park(pending, 0);
		return;
	}
	pending_park(pending,
		     cache_lookup(fs->cache, &pending->wait, &place->key,
				  place->version[0] ? place->version : NULL));
}

/* --- of the root --------------------------------------------------------- */

static int root_value(Buf *buf, const Filesystem *fs, const char *name)
{
	const RootAttributes *more = fs->root_attributes;
	int r = xattr_vault_value(buf, fs->origin, name);

	return r == XATTR_E_ABSENT && more ? more->value(more->data, buf, name)
					   : r;
}

static int root_list(Buf *buf, const Filesystem *fs)
{
	const RootAttributes *more = fs->root_attributes;
	int r = xattr_vault_list(buf);

	return r == 0 && more ? more->list(more->data, buf) : r;
}

static void root_answer(CacheWait *wait, AKV_UNUSED const CacheReply *reply)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	Pending *pending = pending_of(wait);
	int r = pending->name[0] ? root_value(&buf, pending->fs, pending->name)
				 : root_list(&buf, pending->fs);

	reply_result(pending->request, r, &buf, pending->size);
	pending_done(pending);
}

/*
 * What the data plane knows is there at once. For the rest, whatever becomes of
 * asking for it: what is known then is told.
 */
static void describe_root(fuse_req_t request, Filesystem *fs, const char *name,
			  size_t size)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	const CacheReply known = {.answer = VAULT_OK};
	Pending *pending = NULL;

	if (name[0] && xattr_vault_value(&buf, fs->origin, name) == 0) {
		reply_sized(request, &buf, size);
		return;
	}
	if (pending_new(&pending, fs, request, root_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->size = size;
	(void)snprintf(pending->name, sizeof(pending->name), "%s", name);
	if (!fs->root_attributes) {
		root_answer(&pending->wait, &known);
		pending_park(pending, 0);
		return;
	}
	pending_park(pending,
		     fs->root_attributes->ask(fs->root_attributes->data,
					      &pending->wait));
}

void operation_getxattr(fuse_req_t request, fuse_ino_t ino, const char *name,
			size_t size)
{
	Filesystem *fs = fuse_req_userdata(request);
	const Node *node;
	Place place;

	if (!xattr_name_is_ours(name) || strlen(name) > XATTR_NAME_LENGTH_MAX)
		(void)fuse_reply_err(request, ENODATA);
	else if (ino == NODE_ROOT)
		describe_root(request, fs, name, size);
	else if (snapshots_get(fs->snapshots, ino))
		(void)fuse_reply_err(request, ENODATA);
	else if (place_of(&place, &node, fs, ino) != 0)
		(void)fuse_reply_err(request, ESTALE);
	else if (node && place_is_described(&place))
		describe(request, fs, node, name, size);
	else
		(void)fuse_reply_err(request, ENODATA);
}

void operation_listxattr(fuse_req_t request, fuse_ino_t ino, size_t size)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	Filesystem *fs = fuse_req_userdata(request);
	const Node *node;
	Place place;

	if (ino == NODE_ROOT)
		describe_root(request, fs, "", size);
	else if (snapshots_get(fs->snapshots, ino))
		reply_sized(request, &buf, size);
	else if (place_of(&place, &node, fs, ino) != 0)
		(void)fuse_reply_err(request, ESTALE);
	else if (node && place_is_described(&place))
		describe(request, fs, node, "", size);
	else
		reply_sized(request, &buf, size);
}
