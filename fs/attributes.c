/* SPDX-License-Identifier: MIT */

/* Used by operations.c and readdir.c. */

#include "fs/attributes.h"

#include "base/clock.h"

double seconds_of_us(uint64_t us)
{
	return (double)us / (double)CLOCK_US_PER_S;
}

static void attributes_of(struct stat *ret, const Filesystem *fs, uint64_t ino,
			  uint32_t mode, nlink_t links, off_t size)
{
	*ret = (struct stat){
		.st_ino = ino,
		.st_mode = mode,
		.st_nlink = links,
		.st_uid = fs->config.uid,
		.st_gid = fs->config.gid,
		.st_size = size,
		.st_blksize = 4096,
		.st_blocks = (size + 511) / 512,
	};
}

void attributes_of_bytes(struct stat *ret, const Filesystem *fs, uint64_t ino,
			 size_t n)
{
	attributes_of(ret, fs, ino, S_IFREG | fs->config.file_mode, 1,
		      (off_t)n);
	ret->st_mtim.tv_sec = clock_wall_s();
	ret->st_ctim = ret->st_mtim;
	ret->st_atim = ret->st_mtim;
}

void attributes_of_node(struct stat *ret, const Filesystem *fs,
			const Node *node)
{
	attributes_of_bytes(ret, fs, node->ino, node->size);
	ret->st_mtim.tv_sec = AKV_MAX(node->created_s, INT64_C(0));
	ret->st_ctim.tv_sec = AKV_MAX(node->updated_s, INT64_C(0));
	ret->st_atim = ret->st_mtim;
}

int place_of(Place *ret, const Node **ret_node, const Filesystem *fs,
	     uint64_t ino)
{
	const Node *node;
	TreeFixed fixed;

	if (tree_fixed(&fs->config.tree, &fixed, ino) == 0) {
		*ret = fixed.place;
		*ret_node = NULL;
		return 0;
	}
	node = nodes_get(fs->nodes, ino);
	if (!node)
		return ATTRIBUTES_E_STALE;
	*ret = node->key.place;
	*ret_node = node;
	return 0;
}

bool storage_is_there(const Filesystem *fs)
{
	const ListKey key = {
		.list = LIST_OBJECTS,
		.collection = COLLECTION_STORAGE,
	};
	const Listing *listing = cache_listing(fs->cache, &key);

	return listing && listing_is_known(listing);
}

/* A directory whose entries come from a list. */
static double attributes_of_list(struct stat *ret, const Filesystem *fs,
				 const Listing *listing)
{
	uint64_t lifetime_us = listing ? listing_lifetime_us(listing) : 0;
	uint64_t rounds = fs->config.rounds_before;

	/*
	 * An expired list counts as the next one already. That may be told for
	 * a whole ttl: what the kernel lists in it is no older.
	 */
	rounds += (listing ? listing_rounds(listing) : 0) + (lifetime_us == 0);
	if (listing)
		ret->st_mtim.tv_sec = listing_changed_s(listing);
	ret->st_mtim.tv_nsec = (long)(rounds % 1000000000);
	ret->st_ctim = ret->st_mtim;
	return lifetime_us > 0 ? seconds_of_us(lifetime_us)
			       : (double)fs->config.ttl_s;
}

/*
 * The directory of a version. Where files of it are kept back by a lack of
 * permission, they may come: the kernel has to list it again in a while.
 */
static double attributes_of_version(struct stat *ret, const Filesystem *fs,
				    const Node *node)
{
	ret->st_mtim.tv_sec = AKV_MAX(node->created_s, INT64_C(0));
	ret->st_ctim.tv_sec = AKV_MAX(node->updated_s, INT64_C(0));
	ret->st_atim = ret->st_mtim;
	if (node->incomplete)
		ret->st_mtim.tv_nsec =
			(long)((uint64_t)clock_wall_s() /
			       AKV_MAX(fs->config.ttl_s, UINT64_C(1)) %
			       1000000000);
	return (double)fs->config.ttl_s;
}

double attributes_of_directory(struct stat *ret, const Filesystem *fs,
			       const Place *place, const Node *node)
{
	uint64_t ino = node ? node->ino : tree_number(&fs->config.tree, place);
	ListKey key;

	attributes_of(ret, fs, ino, S_IFDIR | fs->config.dir_mode, 2, 0);
	ret->st_mtim.tv_sec = fs->config.mounted_s;
	ret->st_ctim = ret->st_mtim;
	ret->st_atim = ret->st_mtim;
	if (tree_list(&fs->config.tree, &key, place) == 0)
		return attributes_of_list(ret, fs,
					  cache_listing(fs->cache, &key));
	if (node &&
	    (place->kind == PLACE_OBJECT || place->kind == PLACE_VERSION))
		return attributes_of_version(ret, fs, node);
	if (place->kind != PLACE_ROOT && place->kind != PLACE_DELETED)
		return ATTRIBUTES_FOR_EVER_S;
	/* With storage/ or without. */
	ret->st_mtim.tv_nsec = storage_is_there(fs);
	return (double)fs->config.ttl_s;
}
