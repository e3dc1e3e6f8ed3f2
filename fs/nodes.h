/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * nodes - the inodes that the kernel knows
 *
 * An inode stands for one version of one object in one rendition, and never
 * changes. Where the service changes what a file is made from without making a
 * version (attributes, tags, policy), the digest of its bytes tells one inode
 * from the next. Its number is a hash of all that, never a pointer, so it is
 * the same after a restart of the worker and after a remount. The records lie
 * in memory that the launcher keeps: names, versions and sizes, no values.
 * What is not in it answers ESTALE, on which the kernel looks the path up
 * again.
 */

#include "base/std.h"
#include "fs/tree.h"

typedef struct Nodes Nodes;

enum {
	NODE_ROOT = 1,     /* FUSE_ROOT_ID */
	NODE_FIRST = 1024, /* hashes are above this, tree_fixed() below */
	NODES_MAX = 512 * 1024,
	NODE_DIGEST_SIZE = 16,
};

/* What tells an inode from all others. */
typedef struct NodeKey {
	Place place; /* of a current version too, its version is named */
	/* Of the bytes of a rendition; of all else zero. */
	unsigned char digest[NODE_DIGEST_SIZE];
} NodeKey;

typedef struct Node {
	uint64_t ino;     /* 0: the record is free; written last */
	uint64_t lookups; /* the kernel's references */
	uint64_t size;
	int64_t created_s, updated_s;
	NodeKey key;
	bool incomplete; /* of a directory: see nodes_note() */
} Node;

size_t nodes_memory_size(size_t nodes_max);

/*
 * Use @memory of @size bytes, zeroed or a dead worker's. Borrowed. Returns 0,
 * -EINVAL or -ENOMEM.
 */
AKV_MUST_CHECK int nodes_new(Nodes **ret, void *memory, size_t size);
Nodes *nodes_free(Nodes *nodes);
AKV_DEFINE_CLEANUP(Nodes *, nodes_free);

/*
 * The inode of @key, made if it is not known, with one more reference of the
 * kernel. Borrowed; valid until nodes_forget(). Returns 0, -ENOMEM, or
 * -ENOSPC.
 */
AKV_MUST_CHECK int nodes_refer(Nodes *nodes, const Node **ret,
			       const NodeKey *key, uint64_t size,
			       int64_t created_s, int64_t updated_s);

/* NULL if it is not known. */
const Node *nodes_get(const Nodes *nodes, uint64_t ino);

/* Does the directory lack files that the identity may not have now? */
void nodes_note(Nodes *nodes, uint64_t ino, bool incomplete);

/* The kernel gives back @n references; the last one frees the record. */
void nodes_forget(Nodes *nodes, uint64_t ino, uint64_t n);

size_t nodes_count(const Nodes *nodes);

/* The number for @key; an unknown version or digest is "", or zero. */
uint64_t node_number(const NodeKey *key);
