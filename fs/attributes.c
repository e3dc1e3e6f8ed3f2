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

uint64_t directory_of_secrets(const Filesystem *fs)
{
	return fs->config.collection_at_root ? NODE_ROOT : NODE_SECRETS;
}

bool directory_is(const Filesystem *fs, uint64_t ino)
{
	return ino == NODE_ROOT || ino == NODE_CONTROL ||
	       ino == directory_of_secrets(fs);
}

double attributes_of_directory(struct stat *ret, const Filesystem *fs,
			       uint64_t ino)
{
	const Listing *listing = cache_listing(fs->cache);
	uint64_t lifetime_us, rounds;

	attributes_of(ret, fs, ino, S_IFDIR | fs->config.dir_mode, 2, 0);
	ret->st_mtim.tv_sec = fs->config.mounted_s;
	ret->st_ctim = ret->st_mtim;
	ret->st_atim = ret->st_mtim;
	if (ino != directory_of_secrets(fs))
		return ATTRIBUTES_FOR_EVER_S;

	lifetime_us = listing_lifetime_us(listing);
	/*
	 * An expired list counts as the next one already. That may be told for
	 * a whole ttl: what the kernel lists in it is no older.
	 */
	rounds = fs->config.rounds_before + listing_rounds(listing) +
		 (lifetime_us == 0);
	ret->st_mtim.tv_sec = listing_changed_s(listing);
	ret->st_mtim.tv_nsec = (long)(rounds % 1000000000);
	ret->st_ctim = ret->st_mtim;
	return lifetime_us > 0 ? seconds_of_us(lifetime_us)
			       : (double)fs->config.ttl_s;
}
