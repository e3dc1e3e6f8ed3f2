/* SPDX-License-Identifier: MIT */

/* Two of the operations; see operations.c. */

#include "fs/xattr-operations.h"

#include "fs/attributes.h"
#include "fs/errno.h"
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

static void xattr_answer(CacheWait *wait, const CacheReply *reply)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	Pending *pending = pending_of(wait);
	const XattrFacts facts = {
		.origin = pending->fs->origin,
		.key = &pending->key,
		.version = reply->version,
		.attributes = reply->attributes,
		.content_type = reply->content_type,
		.tags = reply->tags,
	};

	if (reply->answer != VAULT_OK)
		(void)fuse_reply_err(pending->request,
				     errno_of_answer(reply->answer));
	else if (pending->name[0])
		reply_result(pending->request,
			     xattr_value(&buf, &facts, pending->name), &buf,
			     pending->size);
	else
		reply_result(pending->request, xattr_list(&buf, &facts), &buf,
			     pending->size);
	pending_done(pending);
}

/* @name is "" for the list. */
static void describe(fuse_req_t request, Filesystem *fs, const Node *node,
		     const char *name, size_t size)
{
	Pending *pending = NULL;

	if (pending_new(&pending, fs, request, xattr_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->key = node->key;
	pending->size = size;
	(void)snprintf(pending->name, sizeof(pending->name), "%s", name);
	pending_park(pending, cache_describe(fs->cache, &pending->wait,
					     &pending->key, node->version));
}

static void getxattr_of_root(fuse_req_t request, const Filesystem *fs,
			     const char *name, size_t size)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);

	reply_result(request, xattr_vault_value(&buf, fs->origin, name), &buf,
		     size);
}

void operation_getxattr(fuse_req_t request, fuse_ino_t ino, const char *name,
			size_t size)
{
	Filesystem *fs = fuse_req_userdata(request);
	const Node *node = nodes_get(fs->nodes, ino);

	if (!xattr_name_is_ours(name) || strlen(name) > XATTR_NAME_LENGTH_MAX)
		(void)fuse_reply_err(request, ENODATA);
	else if (ino == NODE_ROOT)
		getxattr_of_root(request, fs, name, size);
	else if (node)
		describe(request, fs, node, name, size);
	else if (directory_is(fs, ino) || snapshots_get(fs->snapshots, ino))
		(void)fuse_reply_err(request, ENODATA);
	else
		(void)fuse_reply_err(request, ESTALE);
}

void operation_listxattr(fuse_req_t request, fuse_ino_t ino, size_t size)
{
	AKV_BUF Buf buf = BUF_INIT(XATTR_SIZE_MAX);
	Filesystem *fs = fuse_req_userdata(request);
	const Node *node = nodes_get(fs->nodes, ino);

	if (ino == NODE_ROOT)
		reply_result(request, xattr_vault_list(&buf), &buf, size);
	else if (node)
		describe(request, fs, node, "", size);
	else if (directory_is(fs, ino) || snapshots_get(fs->snapshots, ino))
		reply_sized(request, &buf, size);
	else
		(void)fuse_reply_err(request, ESTALE);
}
