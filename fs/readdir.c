/* SPDX-License-Identifier: MIT */

/* One of the operations; see operations.c. */

#include "fs/readdir.h"

#include "fs/attributes.h"
#include "fs/errno.h"
#include "fs/gather.h"
#include "fs/make.h"
#include "fs/pending.h"

enum {
	READDIR_SIZE_MAX = 128 * 1024,
	OFFSET_SELF = 1,
	OFFSET_PARENT = 2,
	/* Behind the directories with numbers: place 1 has the next one. */
	OFFSET_NAMES = OFFSET_PARENT + TREE_FIXED_MAX,
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

/* What is known of the number that a LOOKUP of @place would give. */
static uint64_t place_number(const Filesystem *fs, const Place *place)
{
	NodeKey key = {.place = *place};
	bool has_version =
		place->kind == PLACE_VALUE || place->kind == PLACE_OBJECT;
	const char *version;

	if (has_version && place->version[0] == '\0') {
		version = cache_version(fs->cache, &place->key);
		if (version)
			memcpy(key.place.version, version, VERSION_LENGTH + 1);
	}
	return node_number(&key);
}

static bool page_add_place(Page *page, const Filesystem *fs, const char *name,
			   const Place *place, uint64_t offset)
{
	return page_add(page, name, place_number(fs, place),
			place_is_directory(place) ? S_IFDIR : S_IFREG, offset);
}

/* --- the directories that are always there ------------------------------ */

static bool fixed_is_told(const Filesystem *fs, const TreeFixed *fixed)
{
	return fixed->listed &&
	       (fixed->place.key.collection != COLLECTION_STORAGE ||
		storage_is_there(fs));
}

/* False: the page is full. */
static bool page_add_fixed(Page *page, const Filesystem *fs, uint64_t ino,
			   uint64_t offset)
{
	uint64_t number = offset > OFFSET_PARENT ? offset - OFFSET_PARENT : 0;

	while (++number <= TREE_FIXED_MAX) {
		TreeFixed fixed;

		if (number == NODE_ROOT ||
		    tree_fixed(&fs->config.tree, &fixed, number) != 0 ||
		    fixed.parent != ino || !fixed_is_told(fs, &fixed))
			continue;
		if (!page_add(page, fixed.name, number, S_IFDIR,
			      number + OFFSET_PARENT))
			return false;
	}
	return true;
}

static bool page_begin(Page *page, const Pending *pending)
{
	return page_add_dots(page, pending->ino, pending->offset) &&
	       page_add_fixed(page, pending->fs, pending->ino, pending->offset);
}

/* --- directories that are listed ---------------------------------------- */

/*
 * A SAS definition is two files: places are counted double there, and at an
 * odd one the first has been told.
 */
static bool is_double(const Place *place)
{
	return place->kind == PLACE_SAS;
}

static uint64_t place_behind(const Pending *pending)
{
	uint64_t behind = pending->offset > OFFSET_NAMES
				  ? pending->offset - OFFSET_NAMES
				  : 0;

	return is_double(&pending->place) ? behind / 2 : behind;
}

static bool page_add_name(Page *page, const Pending *pending, const char *name,
			  uint64_t offset)
{
	const Filesystem *fs = pending->fs;
	Place place;

	/* The vault's names are of the grammar; not all are of a directory. */
	return tree_step(&fs->config.tree, &place, &pending->place, name) !=
		       0 ||
	       page_add_place(page, fs, name, &place, offset);
}

static bool page_add_both(Page *page, const Pending *pending, const char *name,
			  uint64_t place)
{
	char json[NAME_MAX_LENGTH + sizeof(".json")];
	uint64_t offset = OFFSET_NAMES + 2 * place;

	(void)snprintf(json, sizeof(json), "%s.json", name);
	return (pending->offset >= offset - 1 ||
		page_add_name(page, pending, name, offset - 1)) &&
	       page_add_name(page, pending, json, offset);
}

static void page_add_names(Page *page, const Pending *pending,
			   const Listing *listing)
{
	const Names *names = listing_names(listing);
	uint64_t place = place_behind(pending);
	const char *name;

	while ((name = names_next(names, place, &place))) {
		if (is_double(&pending->place)
			    ? !page_add_both(page, pending, name, place)
			    : !page_add_name(page, pending, name,
					     place + OFFSET_NAMES))
			break;
	}
}

static void page_reply(Page *page)
{
	(void)fuse_reply_buf(page->request, page->p, page->n);
	page_done(page);
}

static void list_answer(CacheWait *wait, const CacheReply *reply)
{
	Pending *pending = pending_of(wait);
	Filesystem *fs = pending->fs;
	const Listing *listing = NULL;
	ListKey key;
	Page page;

	if (tree_list(&fs->config.tree, &key, &pending->place) == 0)
		listing = cache_listing(fs->cache, &key);
	if (reply->answer != VAULT_OK) {
		(void)fuse_reply_err(pending->request,
				     errno_of_answer(reply->answer));
	} else if (page_init(&page, pending->request, pending->size) < 0) {
		(void)fuse_reply_err(pending->request, ENOMEM);
	} else {
		if (page_begin(&page, pending) && listing)
			page_add_names(&page, pending, listing);
		page_reply(&page);
	}
	pending_done(pending);
}

/* --- directories that are made ------------------------------------------- */

static void page_add_files(Page *page, Pending *pending)
{
	bool there[RENDITIONS];

	make_list(there, pending);
	for (unsigned i = 0; i < RENDITIONS; i++) {
		uint64_t offset = OFFSET_NAMES + 1 + i;
		const char *name = rendition_row((enum rendition)i)->file;

		if (there[i] && pending->offset < offset &&
		    !page_add_name(page, pending, name, offset))
			break;
	}
}

static void files_gathered(Pending *pending, int error)
{
	Page page;

	if (error == 0 && page_init(&page, pending->request, pending->size) < 0)
		error = ENOMEM;
	if (error != 0) {
		(void)fuse_reply_err(pending->request, error);
	} else {
		if (page_begin(&page, pending))
			page_add_files(&page, pending);
		nodes_note(pending->fs->nodes, pending->ino,
			   gather_is_forbidden(pending));
		page_reply(&page);
	}
	pending_done(pending);
}

/* The directories whose entries are fixed. */
static void page_add_others(Page *page, const Pending *pending)
{
	static const char *const account[] = {"account.json", "sas"};
	static const char *const control[] = {"status.json"};
	bool is_account = pending->place.kind == PLACE_ACCOUNT;
	const char *const *names = is_account ? account : control;
	size_t n = is_account ? AKV_ARRAY_LEN(account) : AKV_ARRAY_LEN(control);

	if (!is_account && pending->place.kind != PLACE_CONTROL)
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t offset = OFFSET_NAMES + 1 + i;

		if (pending->offset < offset &&
		    !page_add_name(page, pending, names[i], offset))
			break;
	}
}

static void fixed_reply(Pending *pending)
{
	Page page;

	if (page_init(&page, pending->request, pending->size) < 0) {
		(void)fuse_reply_err(pending->request, ENOMEM);
	} else {
		if (page_begin(&page, pending))
			page_add_others(&page, pending);
		page_reply(&page);
	}
	pending_done(pending);
}

/* Whatever the answer was: see storage_is_there(). */
static void storage_answer(CacheWait *wait, AKV_UNUSED const CacheReply *reply)
{
	fixed_reply(pending_of(wait));
}

/* --- the operation ------------------------------------------------------- */

/* Those that show the storage accounts if there are any. */
static bool may_have_storage(const Filesystem *fs, const Place *place)
{
	return (place->kind == PLACE_ROOT && !fs->config.tree.at_root) ||
	       place->kind == PLACE_DELETED;
}

static void readdir_place(Pending *pending)
{
	static const ListKey storage = {
		.list = LIST_OBJECTS,
		.collection = COLLECTION_STORAGE,
	};
	Filesystem *fs = pending->fs;
	ListKey key;
	int r = 0;

	if (tree_list(&fs->config.tree, &key, &pending->place) == 0) {
		pending->wait.done = list_answer;
		r = cache_list(fs->cache, &pending->wait, &key,
			       place_behind(pending));
	} else if (pending->place.kind == PLACE_OBJECT ||
		   pending->place.kind == PLACE_VERSION) {
		gather_start(pending,
			     pending->place.key.collection ==
					     COLLECTION_CERTIFICATES
				     ? RENDITION_FROM_SECRET
				     : 0,
			     GATHER_LENIENT, files_gathered);
	} else if (may_have_storage(fs, &pending->place) &&
		   !storage_is_there(fs)) {
		pending->wait.done = storage_answer;
		r = cache_list(fs->cache, &pending->wait, &storage, 0);
		if (r < 0)
			fixed_reply(pending);
		r = 0;
	} else {
		fixed_reply(pending);
	}
	pending_park(pending, r);
}

void operation_readdir(fuse_req_t request, fuse_ino_t ino, size_t size,
		       off_t offset, AKV_UNUSED struct fuse_file_info *file)
{
	Filesystem *fs = fuse_req_userdata(request);
	Pending *pending = NULL;
	const Node *node;
	Place place;

	if (snapshot_is(ino)) {
		(void)fuse_reply_err(request, ENOTDIR);
	} else if (place_of(&place, &node, fs, ino) != 0) {
		(void)fuse_reply_err(request, ESTALE);
	} else if (!place_is_directory(&place)) {
		(void)fuse_reply_err(request, ENOTDIR);
	} else if (pending_new(&pending, fs, request, NULL) < 0) {
		(void)fuse_reply_err(request, ENOMEM);
	} else {
		pending->place = place;
		pending->ino = ino;
		pending->size = size;
		pending->offset = (uint64_t)offset;
		readdir_place(pending);
	}
}
