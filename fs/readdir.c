/* SPDX-License-Identifier: MIT */

/* One of the operations; see operations.c. */

#include "fs/readdir.h"

#include "fs/attributes.h"
#include "fs/errno.h"
#include "fs/pending.h"

enum {
	READDIR_SIZE_MAX = 128 * 1024,
	OFFSET_SELF = 1,
	OFFSET_PARENT = 2,
};

typedef struct Page {
	fuse_req_t request;
	char *p; /* owned */
	size_t n, size;
} Page;

static int page_init(Page *page, fuse_req_t request, size_t size)
{
	*page = (Page){.request = request};
	page->size = AKV_MIN(size, (size_t)READDIR_SIZE_MAX);
	page->p = malloc(page->size);
	return page->p ? 0 : -ENOMEM;
}

static void page_done(Page *page)
{
	free(page->p);
}

/* False: there is no room for this entry. */
static bool page_add(Page *page, const char *name, uint64_t ino, mode_t type,
		     uint64_t offset)
{
	struct stat status = {.st_ino = ino, .st_mode = type};
	size_t n = fuse_add_direntry(page->request, page->p + page->n,
				     page->size - page->n, name, &status,
				     (off_t)offset);

	if (n > page->size - page->n)
		return false;
	page->n += n;
	return true;
}

static bool page_add_dots(Page *page, uint64_t ino, uint64_t offset)
{
	return (offset >= OFFSET_SELF ||
		page_add(page, ".", ino, S_IFDIR, OFFSET_SELF)) &&
	       (offset >= OFFSET_PARENT ||
		page_add(page, "..", NODE_ROOT, S_IFDIR, OFFSET_PARENT));
}

static uint64_t name_number(const Filesystem *fs, const char *name)
{
	ObjectKey key;
	const char *version;

	if (object_key_init(&key, COLLECTION_SECRETS, name, strlen(name)) != 0)
		return NODE_FIRST;
	version = cache_version(fs->cache, &key);
	return node_number(&key, version ? version : "");
}

static void page_add_names(Page *page, const Filesystem *fs, uint64_t place)
{
	const Names *names = listing_names(cache_listing(fs->cache));
	const char *name;

	while ((name = names_next(names, place, &place))) {
		if (!page_add(page, name, name_number(fs, name), S_IFREG,
			      place + OFFSET_PARENT))
			break;
	}
}

static void readdir_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	uint64_t offset = pending->offset;
	uint64_t place = offset > OFFSET_PARENT ? offset - OFFSET_PARENT : 0;
	Page page;

	if (reply->answer != VAULT_OK) {
		(void)fuse_reply_err(pending->request,
				     errno_of_answer(reply->answer));
	} else if (page_init(&page, pending->request, pending->size) < 0) {
		(void)fuse_reply_err(pending->request, ENOMEM);
	} else {
		if (page_add_dots(&page, pending->ino, offset))
			page_add_names(&page, pending->fs, place);
		(void)fuse_reply_buf(pending->request, page.p, page.n);
		page_done(&page);
	}
	pending_done(pending);
}

static void readdir_names(fuse_req_t request, Filesystem *fs, uint64_t ino,
			  size_t size, uint64_t offset)
{
	Pending *pending = NULL;
	uint64_t place = offset > OFFSET_PARENT ? offset - OFFSET_PARENT : 0;

	if (pending_new(&pending, fs, request, readdir_answer) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	pending->ino = ino;
	pending->size = size;
	pending->offset = offset;
	pending_park(pending, cache_list(fs->cache, &pending->wait, place));
}

/* The directories whose entries are fixed: the root, .akvfs. */
static void readdir_fixed(fuse_req_t request, uint64_t ino, size_t size,
			  uint64_t offset)
{
	Page page;

	if (page_init(&page, request, size) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
		return;
	}
	if (page_add_dots(&page, ino, offset) && offset <= OFFSET_PARENT) {
		if (ino == NODE_ROOT)
			(void)page_add(&page, "secrets", NODE_SECRETS, S_IFDIR,
				       OFFSET_PARENT + 1);
		else
			(void)page_add(&page, "status.json", NODE_FIRST,
				       S_IFREG, OFFSET_PARENT + 1);
	}
	(void)fuse_reply_buf(request, page.p, page.n);
	page_done(&page);
}

void operation_readdir(fuse_req_t request, fuse_ino_t ino, size_t size,
		       off_t offset, AKV_UNUSED struct fuse_file_info *file)
{
	Filesystem *fs = fuse_req_userdata(request);

	if (!directory_is(fs, ino))
		(void)fuse_reply_err(request, ENOTDIR);
	else if (ino == directory_of_secrets(fs))
		readdir_names(request, fs, ino, size, (uint64_t)offset);
	else
		readdir_fixed(request, ino, size, (uint64_t)offset);
}
