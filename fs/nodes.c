/* SPDX-License-Identifier: MIT */

/*
 * Records are a dense array in the shared memory; a tree of this process finds
 * them by number and is made anew at the start. A record is whole before its
 * number is stored. Used by operations.c.
 */

#include "fs/nodes.h"

#include <openssl/evp.h>
#include <search.h>

#define NODES_MAGIC UINT32_C(0x616b6432)

typedef struct NodesHeader {
	uint32_t magic;
	uint32_t used; /* records ever used: the ones behind are free */
} NodesHeader;

struct Nodes {
	NodesHeader *header;
	Node *records;
	size_t max, n;
	void *tree;
	uint32_t *free; /* owned: records below `used` that are free */
	size_t n_free, free_capacity;
};

size_t nodes_memory_size(size_t nodes_max)
{
	return sizeof(NodesHeader) + nodes_max * sizeof(Node);
}

static int node_compare(const void *left, const void *right)
{
	const Node *a = left, *b = right;

	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int nodes_give_back(Nodes *nodes, uint32_t i)
{
	if (nodes->n_free == nodes->free_capacity) {
		size_t capacity = AKV_MAX(nodes->free_capacity * 2, (size_t)64);
		uint32_t *longer = reallocarray(nodes->free, capacity,
						sizeof(*nodes->free));

		if (!longer)
			return -ENOMEM;
		nodes->free = longer;
		nodes->free_capacity = capacity;
	}
	nodes->free[nodes->n_free++] = i;
	return 0;
}

static int nodes_attach(Nodes *nodes)
{
	NodesHeader *header = nodes->header;
	int r = 0;

	if (header->magic == 0)
		header->magic = NODES_MAGIC;
	if (header->magic != NODES_MAGIC || header->used > nodes->max)
		return -EINVAL;
	for (uint32_t i = 0; i < header->used && r == 0; i++) {
		if (nodes->records[i].ino == 0) {
			r = nodes_give_back(nodes, i);
			continue;
		}
		if (!tsearch(&nodes->records[i], &nodes->tree, node_compare))
			return -ENOMEM;
		nodes->n++;
	}
	return r;
}

int nodes_new(Nodes **ret, void *memory, size_t size)
{
	AKV_CLEANUP(nodes_freep) Nodes *nodes = NULL;
	int r;

	if (size < nodes_memory_size(1))
		return -EINVAL;
	nodes = calloc(1, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	nodes->header = memory;
	nodes->records = (Node *)(void *)((char *)memory + sizeof(NodesHeader));
	nodes->max = (size - sizeof(NodesHeader)) / sizeof(Node);
	r = nodes_attach(nodes);
	if (r < 0)
		return r;
	*ret = AKV_TAKE(nodes);
	return 0;
}

static void record_keep(AKV_UNUSED void *record)
{
	/* It lies in the memory that we were given. */
}

Nodes *nodes_free(Nodes *nodes)
{
	if (!nodes)
		return NULL;
	tdestroy(nodes->tree, record_keep);
	free(nodes->free);
	free(nodes);
	return NULL;
}

/* Of a plain value, what it was when there were no others: it may not differ.
 */
static size_t number_text(char *ret, size_t size, const NodeKey *key)
{
	const Place *place = &key->place;
	int n = snprintf(ret, size, "%d/%s/%s", (int)place->key.collection,
			 place->key.name, place->version);

	if (place->kind == PLACE_VALUE && place->key.part == PART_OBJECT)
		return (size_t)n;
	n += snprintf(ret + n, size - (size_t)n, "/%d/%d/%u/", (int)place->kind,
		      (int)place->key.part, place->rendition);
	memcpy(ret + n, key->digest, NODE_DIGEST_SIZE);
	return (size_t)n + NODE_DIGEST_SIZE;
}

uint64_t node_number(const NodeKey *key)
{
	char text[NAME_MAX_LENGTH + VERSION_LENGTH + NODE_DIGEST_SIZE + 64];
	size_t n = number_text(text, sizeof(text) - NODE_DIGEST_SIZE, key);
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t number = 0;

	if (EVP_Digest(text, n, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (int i = 0; i < 8; i++)
		number = number << 8 | digest[i];
	/* The top bit is that of snapshots: see snapshots.c. */
	number &= ~(UINT64_C(1) << 63);
	return number < NODE_FIRST ? number + NODE_FIRST : number;
}

static Node *nodes_find(const Nodes *nodes, uint64_t ino)
{
	Node like = {.ino = ino};
	Node **found = tfind(&like, &nodes->tree, node_compare);

	return found ? *found : NULL;
}

static bool node_is(const Node *node, const NodeKey *key)
{
	return place_equal(&node->key.place, &key->place) &&
	       memcmp(node->key.digest, key->digest, NODE_DIGEST_SIZE) == 0;
}

static int nodes_add(Nodes *nodes, Node **ret, const Node *like)
{
	Node *node, record = *like;
	bool append = nodes->n_free == 0;

	if (append && nodes->header->used >= nodes->max)
		return -ENOSPC;
	node = append ? &nodes->records[nodes->header->used]
		      : &nodes->records[nodes->free[nodes->n_free - 1]];
	record.ino = 0;
	*node = record;
	if (append)
		nodes->header->used++;
	else
		nodes->n_free--;
	__atomic_store_n(&node->ino, like->ino, __ATOMIC_SEQ_CST);
	if (!tsearch(node, &nodes->tree, node_compare)) {
		node->ino = 0;
		return -ENOMEM;
	}
	nodes->n++;
	*ret = node;
	return 0;
}

int nodes_refer(Nodes *nodes, const Node **ret, const NodeKey *key,
		uint64_t size, int64_t created_s, int64_t updated_s)
{
	Node like = {
		.ino = node_number(key),
		.size = size,
		.created_s = created_s,
		.key = *key,
	};
	Node *node;
	int r;

	/* Two hashes that are the same: the next number that is free. */
	while ((node = nodes_find(nodes, like.ino)) && !node_is(node, key))
		like.ino++;
	if (!node) {
		r = nodes_add(nodes, &node, &like);
		if (r < 0)
			return r;
	}
	node->updated_s = updated_s;
	node->lookups++;
	*ret = node;
	return 0;
}

const Node *nodes_get(const Nodes *nodes, uint64_t ino)
{
	return nodes_find(nodes, ino);
}

void nodes_note(Nodes *nodes, uint64_t ino, bool incomplete)
{
	Node *node = nodes_find(nodes, ino);

	if (node)
		node->incomplete = incomplete;
}

void nodes_forget(Nodes *nodes, uint64_t ino, uint64_t n)
{
	Node *node = nodes_find(nodes, ino);

	if (!node)
		return;
	node->lookups -= AKV_MIN(n, node->lookups);
	if (node->lookups > 0)
		return;
	(void)tdelete(node, &nodes->tree, node_compare);
	__atomic_store_n(&node->ino, 0, __ATOMIC_SEQ_CST);
	nodes->n--;
	/* Without memory for it the record is free again after a restart. */
	(void)!nodes_give_back(nodes, (uint32_t)(node - nodes->records));
}

size_t nodes_count(const Nodes *nodes)
{
	return nodes->n;
}
