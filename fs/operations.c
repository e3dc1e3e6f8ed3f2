/* SPDX-License-Identifier: MIT */

/*
 * The FUSE operations of a read-only vault. Each returns at once: what has to
 * be asked of the vault is parked (pending.h). OPEN and OPENDIR get ENOSYS
 * (OPEN not with page_cache=off), on which the kernel opens, reads and closes
 * from its page cache without us; so a file must never change under its number,
 * and O_TRUNC must not be the kernel's to carry out alone.
 */

#include <sys/statvfs.h>

#include "fs/attributes.h"
#include "fs/errno.h"
#include "fs/filesystem.h"
#include "fs/gather.h"
#include "fs/lookup.h"
#include "fs/make.h"
#include "fs/pending.h"
#include "fs/readdir.h"
#include "fs/xattr-operations.h"

enum { OPERATIONS_MAX_WRITE = 4096 };

static void operation_init(void *data, struct fuse_conn_info *connection)
{
	const Filesystem *fs = data;

	/* With it and no OPEN, O_TRUNC would empty the file in the kernel. */
	connection->want &= ~(unsigned)FUSE_CAP_ATOMIC_O_TRUNC;
	connection->want &=
		~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
			    FUSE_CAP_SPLICE_MOVE);
	connection->want |=
		connection->capable &
		(FUSE_CAP_NO_OPENDIR_SUPPORT | FUSE_CAP_AUTO_INVAL_DATA |
		 FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ASYNC_READ);
	if (fs->config.page_cache)
		connection->want |=
			connection->capable & FUSE_CAP_NO_OPEN_SUPPORT;
	/* What a slot is made for: see slots.h. */
	connection->max_write = OPERATIONS_MAX_WRITE;
	connection->max_background = 64;
	connection->congestion_threshold = 64;
}

/* --- what the kernel knows ----------------------------------------------- */

static void node_forget(Filesystem *fs, uint64_t ino, uint64_t n)
{
	if (snapshot_is(ino))
		snapshots_forget(fs->snapshots, ino);
	else if (ino >= NODE_FIRST)
		nodes_forget(fs->nodes, ino, n);
}

static void operation_forget(fuse_req_t request, fuse_ino_t ino, uint64_t n)
{
	node_forget(fuse_req_userdata(request), ino, n);
	fuse_reply_none(request);
}

static void operation_forget_multi(fuse_req_t request, size_t count,
				   struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		node_forget(fuse_req_userdata(request), forgets[i].ino,
			    forgets[i].nlookup);
	fuse_reply_none(request);
}

/* --- attributes ---------------------------------------------------------- */

static void operation_getattr(fuse_req_t request, fuse_ino_t ino,
			      AKV_UNUSED struct fuse_file_info *file)
{
	const Filesystem *fs = fuse_req_userdata(request);
	const Buf *snapshot = snapshots_get(fs->snapshots, ino);
	double lifetime_s = ATTRIBUTES_FOR_EVER_S;
	const Node *node;
	struct stat status;
	Place place;

	if (snapshot) {
		attributes_of_bytes(&status, fs, ino, snapshot->n);
	} else if (place_of(&place, &node, fs, ino) != 0) {
		(void)fuse_reply_err(request, ESTALE);
		return;
	} else if (place_is_directory(&place)) {
		lifetime_s = attributes_of_directory(&status, fs, &place, node);
	} else {
		attributes_of_node(&status, fs, node);
	}
	(void)fuse_reply_attr(request, &status, lifetime_s);
}

static void operation_statfs(fuse_req_t request, AKV_UNUSED fuse_ino_t ino)
{
	struct statvfs status = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_namemax = NAME_MAX_LENGTH,
		.f_flag = ST_RDONLY,
	};

	(void)fuse_reply_statfs(request, &status);
}

/* --- reading ------------------------------------------------------------- */

static void reply_bytes(fuse_req_t request, const void *bytes, size_t n,
			uint64_t offset, size_t size)
{
	if (offset >= n) {
		(void)fuse_reply_buf(request, NULL, 0);
		return;
	}
	(void)fuse_reply_buf(request, (const char *)bytes + offset,
			     AKV_MIN(size, n - (size_t)offset));
}

static void read_reply(Pending *pending, const Secret *value)
{
	reply_bytes(pending->request, secret_bytes(value), secret_size(value),
		    pending->offset, pending->size);
}

static void read_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	const Node *node = nodes_get(pending->fs->nodes, pending->ino);

	if (reply->answer != VAULT_OK) {
		(void)fuse_reply_err(pending->request,
				     errno_of_inode(reply->answer));
	} else if (reply->version &&
		   strcmp(reply->version, pending->place.version) != 0) {
		/* What has no versions has changed, and the old is gone. */
		(void)fuse_reply_err(pending->request, ESTALE);
	} else if (object_key_has_versions(&pending->place.key) && node &&
		   secret_size(reply->value) != node->size) {
		/* A version is for ever; this one has changed. */
		(void)fuse_reply_err(pending->request, EIO);
	} else {
		read_reply(pending, reply->value);
	}
	pending_done(pending);
}

/* Are these the bytes that the inode was made of? */
static bool node_has_bytes(const Node *node, const Secret *bytes)
{
	NodeKey key;

	make_key(&key, &node->key.place, bytes);
	return secret_size(bytes) == node->size &&
	       memcmp(key.digest, node->key.digest, NODE_DIGEST_SIZE) == 0;
}

static void read_gathered(Pending *pending, int error)
{
	AKV_CLEANUP(secret_unrefp) Secret *bytes = NULL;
	const Node *node = nodes_get(pending->fs->nodes, pending->ino);

	if (error == 0)
		error = make_file(&bytes, pending);
	/* Made of other pieces now: what the inode stood for is gone. */
	if (error == ENOENT ||
	    (error == 0 && node && !node_has_bytes(node, bytes)))
		error = ESTALE;
	if (error == 0)
		read_reply(pending, bytes);
	else
		(void)fuse_reply_err(pending->request, error);
	pending_done(pending);
}

static void read_node(fuse_req_t request, Filesystem *fs, const Node *node,
		      size_t size, uint64_t offset)
{
	Pending *pending = NULL;
	const Place *place;

	if (pending_new(&pending, fs, request, read_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->ino = node->ino;
	pending->size = size;
	pending->offset = offset;
	pending->place = node->key.place;
	place = &pending->place;
	if (place->kind == PLACE_RENDITION) {
		gather_start(pending,
			     rendition_row((enum rendition)place->rendition)
				     ->sources,
			     GATHER_HELD, read_gathered);
		pending_park(pending, 0);
		return;
	}
	pending_park(pending, cache_read(fs->cache, &pending->wait, &place->key,
					 place->version));
}

static void operation_read(fuse_req_t request, fuse_ino_t ino, size_t size,
			   off_t offset, AKV_UNUSED struct fuse_file_info *file)
{
	Filesystem *fs = fuse_req_userdata(request);
	const Buf *snapshot = snapshots_get(fs->snapshots, ino);
	const Node *node = nodes_get(fs->nodes, ino);

	if (snapshot)
		reply_bytes(request, snapshot->p, snapshot->n, (uint64_t)offset,
			    size);
	else if (node && place_is_directory(&node->key.place))
		(void)fuse_reply_err(request, EISDIR);
	else if (node)
		read_node(request, fs, node, size, (uint64_t)offset);
	else
		(void)fuse_reply_err(request, ESTALE);
}

static void operation_open(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			   struct fuse_file_info *file)
{
	const Filesystem *fs = fuse_req_userdata(request);

	if ((file->flags & O_ACCMODE) != O_RDONLY) {
		(void)fuse_reply_err(request, EROFS);
		return;
	}
	if (fs->config.page_cache) {
		(void)fuse_reply_err(request, ENOSYS);
		return;
	}
	file->direct_io = 1;
	(void)fuse_reply_open(request, file);
}

static void operation_opendir(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			      AKV_UNUSED struct fuse_file_info *file)
{
	(void)fuse_reply_err(request, ENOSYS);
}

/* --- changes: refused ----------------------------------------------------- */

static void refuse(fuse_req_t request)
{
	(void)fuse_reply_err(request, EROFS);
}

static void operation_setattr(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			      AKV_UNUSED struct stat *status,
			      AKV_UNUSED int to_set,
			      AKV_UNUSED struct fuse_file_info *file)
{
	refuse(request);
}

static void operation_mknod(fuse_req_t request, AKV_UNUSED fuse_ino_t parent,
			    AKV_UNUSED const char *name, AKV_UNUSED mode_t mode,
			    AKV_UNUSED dev_t device)
{
	refuse(request);
}

static void operation_mkdir(fuse_req_t request, AKV_UNUSED fuse_ino_t parent,
			    AKV_UNUSED const char *name, AKV_UNUSED mode_t mode)
{
	refuse(request);
}

static void operation_unlink(fuse_req_t request, AKV_UNUSED fuse_ino_t parent,
			     AKV_UNUSED const char *name)
{
	refuse(request);
}

static void operation_symlink(fuse_req_t request, AKV_UNUSED const char *target,
			      AKV_UNUSED fuse_ino_t parent,
			      AKV_UNUSED const char *name)
{
	refuse(request);
}

static void operation_rename(fuse_req_t request, AKV_UNUSED fuse_ino_t parent,
			     AKV_UNUSED const char *name,
			     AKV_UNUSED fuse_ino_t new_parent,
			     AKV_UNUSED const char *new_name,
			     AKV_UNUSED unsigned flags)
{
	refuse(request);
}

static void operation_link(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			   AKV_UNUSED fuse_ino_t new_parent,
			   AKV_UNUSED const char *new_name)
{
	refuse(request);
}

static void operation_write(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			    AKV_UNUSED const char *bytes,
			    AKV_UNUSED size_t size, AKV_UNUSED off_t offset,
			    AKV_UNUSED struct fuse_file_info *file)
{
	refuse(request);
}

static void operation_setxattr(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
			       AKV_UNUSED const char *name,
			       AKV_UNUSED const char *value,
			       AKV_UNUSED size_t size, AKV_UNUSED int flags)
{
	refuse(request);
}

static void operation_removexattr(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
				  AKV_UNUSED const char *name)
{
	refuse(request);
}

static void operation_create(fuse_req_t request, AKV_UNUSED fuse_ino_t parent,
			     AKV_UNUSED const char *name,
			     AKV_UNUSED mode_t mode,
			     AKV_UNUSED struct fuse_file_info *file)
{
	refuse(request);
}

static void operation_fallocate(fuse_req_t request, AKV_UNUSED fuse_ino_t ino,
				AKV_UNUSED int mode, AKV_UNUSED off_t offset,
				AKV_UNUSED off_t length,
				AKV_UNUSED struct fuse_file_info *file)
{
	refuse(request);
}

const struct fuse_lowlevel_ops *filesystem_operations(void)
{
	static const struct fuse_lowlevel_ops operations = {
		.init = operation_init,
		.lookup = operation_lookup,
		.forget = operation_forget,
		.forget_multi = operation_forget_multi,
		.getattr = operation_getattr,
		.getxattr = operation_getxattr,
		.listxattr = operation_listxattr,
		.statfs = operation_statfs,
		.open = operation_open,
		.read = operation_read,
		.opendir = operation_opendir,
		.readdir = operation_readdir,
		.setattr = operation_setattr,
		.mknod = operation_mknod,
		.mkdir = operation_mkdir,
		.unlink = operation_unlink,
		.rmdir = operation_unlink,
		.symlink = operation_symlink,
		.rename = operation_rename,
		.link = operation_link,
		.write = operation_write,
		.setxattr = operation_setxattr,
		.removexattr = operation_removexattr,
		.create = operation_create,
		.fallocate = operation_fallocate,
	};

	return &operations;
}
