/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * nodes - the inodes that the kernel knows
 *
 * An inode stands for one version of one object in one rendition, and never
 * changes. Its number is a hash of those, never a pointer, so it is the same
 * after a restart of the worker and after a remount. The records lie in memory
 * that the launcher keeps: names, versions and sizes, no values. What is not
 * in it answers ESTALE, on which the kernel looks the path up again.
 */

#include "base/std.h"
#include "vault/name.h"

typedef struct Nodes Nodes;

enum {
	NODE_ROOT = 1, /* FUSE_ROOT_ID */
	NODE_SECRETS = 2,
	NODE_CONTROL = 3,  /* .akvfs/ */
	NODE_FIRST = 1024, /* hashes are above this */
	NODES_MAX = 512 * 1024,
};

typedef struct Node {
	uint64_t ino;     /* 0: the record is free; written last */
	uint64_t lookups; /* the kernel's references */
	uint64_t size;
	int64_t created_s, updated_s;
	ObjectKey key;
	char version[VERSION_LENGTH + 1];
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
 * The inode of that version, made if it is not known, with one more reference
 * of the kernel. Borrowed; valid until nodes_forget(). Returns 0, -ENOMEM, or
 * -ENOSPC.
 */
AKV_MUST_CHECK int nodes_refer(Nodes *nodes, const Node **ret,
			       const ObjectKey *key, const char *version,
			       uint64_t size, int64_t created_s,
			       int64_t updated_s);

/* NULL if it is not known. */
const Node *nodes_get(const Nodes *nodes, uint64_t ino);

/* The kernel gives back @n references; the last one frees the record. */
void nodes_forget(Nodes *nodes, uint64_t ino, uint64_t n);

size_t nodes_count(const Nodes *nodes);

/* The number for a version, or with "" for an object of unknown version. */
uint64_t node_number(const ObjectKey *key, const char *version);
