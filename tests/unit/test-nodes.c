/* SPDX-License-Identifier: MIT */

/* Inode numbers that stay the same, and the records behind them. */

#include "fs/nodes.h"
#include "tests/unit/check.h"

enum { NODES = 100, CREATED = 1700000000, UPDATED = 1700000100 };
#define VERSION_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define VERSION_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static _Alignas(16) char memory[500 * NODES];
static size_t size;
static Nodes *nodes;

static void begin(size_t nodes_max)
{
	nodes = nodes_free(nodes);
	memset(memory, 0, sizeof(memory));
	size = nodes_memory_size(nodes_max);
	if (size > sizeof(memory) || nodes_new(&nodes, memory, size) != 0)
		abort();
}

/* As when a worker dies and another one takes the memory over. */
static void restart(void)
{
	nodes = nodes_free(nodes);
	if (nodes_new(&nodes, memory, size) != 0)
		abort();
}

static NodeKey key_of(const char *name, const char *version)
{
	NodeKey key = {.place = {.kind = PLACE_VALUE}};

	if (object_key_init(&key.place.key, COLLECTION_SECRETS, name,
			    strlen(name)) != 0)
		abort();
	(void)snprintf(key.place.version, sizeof(key.place.version), "%s",
		       version);
	return key;
}

static int refer(const Node **ret, const char *name, const char *version)
{
	NodeKey key = key_of(name, version);

	return nodes_refer(nodes, ret, &key, strlen(name), CREATED, UPDATED);
}

static uint64_t refer_number(const char *name, const char *version)
{
	const Node *node = NULL;

	return refer(&node, name, version) == 0 ? node->ino : 0;
}

static uint64_t number_of(const char *name, const char *version)
{
	NodeKey key = key_of(name, version);

	return node_number(&key);
}

/* They are seen by programs, and must not differ between releases. */
static void numbers_are_those_of_all_releases(void)
{
	CHECK(number_of("db-password", "") == UINT64_C(0x23b26553e890e6b));
	CHECK(number_of("db-password", "0123456789abcdef0123456789abcdef") ==
	      UINT64_C(0x601a46152cbeeaf1));
	CHECK(number_of("a", "") == UINT64_C(0x28ed72df44709002));
	CHECK(number_of("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxx",
			"ffffffffffffffffffffffffffffffff") ==
	      UINT64_C(0x513187b0df8d8d50));
	CHECK(number_of("DB-Password", "") == number_of("db-password", ""));
}

static void a_version_has_one_inode(void)
{
	const Node *node = NULL, *same = NULL, *other = NULL;

	begin(NODES);
	CHECK_OK(refer(&node, "db", VERSION_A));
	CHECK_EQ(node->ino, number_of("db", VERSION_A));
	CHECK(node->ino >= NODE_FIRST && node->ino >> 63 == 0);
	CHECK_STR(node->key.place.key.name, "db");
	CHECK_STR(node->key.place.version, VERSION_A);
	CHECK_EQ(node->size, 2);
	CHECK_EQ(node->created_s, CREATED);
	CHECK_EQ(node->updated_s, UPDATED);
	CHECK_EQ(node->lookups, 1);
	CHECK_OK(refer(&same, "db", VERSION_A));
	CHECK(same == node);
	CHECK_EQ(node->lookups, 2);
	CHECK_OK(refer(&other, "db", VERSION_B));
	CHECK(other->ino != node->ino);
	CHECK_EQ(nodes_count(nodes), 2);
	CHECK(nodes_get(nodes, node->ino) == node);
	CHECK(nodes_get(nodes, other->ino) == other);
	CHECK(nodes_get(nodes, 0) == NULL);
	CHECK(nodes_get(nodes, NODE_ROOT) == NULL);
	CHECK(nodes_get(nodes, number_of("db", "")) == NULL);
}

/* The same version in another form, or with other bytes, is another inode. */
static void each_form_has_an_inode_of_its_own(void)
{
	NodeKey keys[7];
	const Node *node[AKV_ARRAY_LEN(keys)];

	begin(NODES);
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		keys[i] = key_of("db", VERSION_A);
	keys[1].place.kind = PLACE_OBJECT;
	keys[2].place.kind = PLACE_VERSION;
	keys[3].place.kind = PLACE_RENDITION;
	keys[4].place.kind = PLACE_RENDITION;
	keys[4].place.rendition = 1;
	keys[5] = keys[4];
	keys[5].digest[NODE_DIGEST_SIZE - 1] = 1;
	keys[6].place.key.part = PART_DELETED;
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++) {
		CHECK_OK(nodes_refer(nodes, &node[i], &keys[i], 1, 2, 3));
		CHECK_EQ(node[i]->ino, node_number(&keys[i]));
		CHECK_EQ(nodes_count(nodes), i + 1);
	}
	restart();
	for (size_t i = 0; i < AKV_ARRAY_LEN(keys); i++)
		CHECK(place_equal(
			&nodes_get(nodes, node_number(&keys[i]))->key.place,
			&keys[i].place));
}

static void a_note_stays_with_its_inode(void)
{
	uint64_t ino;

	begin(NODES);
	ino = refer_number("db", VERSION_A);
	CHECK(!nodes_get(nodes, ino)->incomplete);
	nodes_note(nodes, ino, true);
	nodes_note(nodes, ino + 1, true);
	restart();
	CHECK(nodes_get(nodes, ino)->incomplete);
	nodes_note(nodes, ino, false);
	CHECK(!nodes_get(nodes, ino)->incomplete);
}

static void updated_is_what_it_is_now(void)
{
	NodeKey key = key_of("db", VERSION_A);
	const Node *node = NULL;

	begin(NODES);
	CHECK_OK(nodes_refer(nodes, &node, &key, 5, 10, 20));
	CHECK_OK(nodes_refer(nodes, &node, &key, 5, 10, 30));
	CHECK_EQ(node->updated_s, 30);
	CHECK_EQ(node->created_s, 10);
}

static void the_last_reference_frees_it(void)
{
	uint64_t ino;

	begin(NODES);
	ino = refer_number("db", VERSION_A);
	CHECK_EQ(refer_number("db", VERSION_A), ino);
	CHECK_EQ(refer_number("db", VERSION_A), ino);
	nodes_forget(nodes, ino, 1);
	CHECK_EQ(nodes_get(nodes, ino)->lookups, 2);
	nodes_forget(nodes, ino, 0);
	nodes_forget(nodes, ino, 2);
	CHECK(nodes_get(nodes, ino) == NULL);
	CHECK_EQ(nodes_count(nodes), 0);
	nodes_forget(nodes, ino, 1);
	CHECK_EQ(refer_number("db", VERSION_A), ino);
	CHECK_EQ(nodes_get(nodes, ino)->lookups, 1);
	/* More than there are: all of them. */
	nodes_forget(nodes, ino, UINT64_MAX);
	CHECK_EQ(nodes_count(nodes), 0);
	nodes_forget(nodes, NODE_ROOT, 1);
}

static void a_full_table_says_so(void)
{
	const Node *node = NULL;
	char name[16];

	begin(3);
	for (int i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		CHECK_OK(refer(&node, name, VERSION_A));
	}
	node = NULL;
	CHECK_EQ(refer(&node, "n3", VERSION_A), -ENOSPC);
	CHECK(node == NULL);
	CHECK_OK(refer(&node, "n2", VERSION_A));
	nodes_forget(nodes, number_of("n1", VERSION_A), 1);
	CHECK_OK(refer(&node, "n3", VERSION_A));
	CHECK_EQ(refer(&node, "n1", VERSION_A), -ENOSPC);
	CHECK_EQ(nodes_count(nodes), 3);
	CHECK(nodes_get(nodes, number_of("n0", VERSION_A)));
	CHECK(nodes_get(nodes, number_of("n3", VERSION_A)));
}

static void the_next_worker_finds_them(void)
{
	uint64_t a, b, c;

	begin(NODES);
	a = refer_number("a", VERSION_A);
	b = refer_number("b", VERSION_A);
	c = refer_number("c", VERSION_A);
	CHECK_EQ(refer_number("c", VERSION_A), c);
	nodes_forget(nodes, b, 1);
	restart();
	CHECK_EQ(nodes_count(nodes), 2);
	CHECK_STR(nodes_get(nodes, a)->key.place.key.name, "a");
	CHECK(nodes_get(nodes, b) == NULL);
	CHECK_EQ(nodes_get(nodes, c)->lookups, 2);
	CHECK_STR(nodes_get(nodes, c)->key.place.version, VERSION_A);
	/* The kernel still has its references. */
	nodes_forget(nodes, c, 2);
	CHECK(nodes_get(nodes, c) == NULL);
	CHECK_EQ(refer_number("d", VERSION_A), number_of("d", VERSION_A));
	CHECK_EQ(refer_number("b", VERSION_A), b);
	restart();
	CHECK_EQ(nodes_count(nodes), 3);
}

/* Records that were free before a restart are free behind it. */
static void no_record_is_lost_over_restarts(void)
{
	const Node *node = NULL;

	begin(3);
	CHECK_OK(refer(&node, "a", VERSION_A));
	CHECK_OK(refer(&node, "b", VERSION_A));
	CHECK_OK(refer(&node, "c", VERSION_A));
	nodes_forget(nodes, number_of("a", VERSION_A), 1);
	nodes_forget(nodes, number_of("c", VERSION_A), 1);
	restart();
	CHECK_OK(refer(&node, "d", VERSION_A));
	CHECK_OK(refer(&node, "e", VERSION_A));
	CHECK_EQ(refer(&node, "f", VERSION_A), -ENOSPC);
	CHECK_EQ(nodes_count(nodes), 3);
}

/*
 * Two hashes that are the same cannot be had; so the record of one object is
 * given the number of another.
 */
static void equal_hashes_get_different_numbers(void)
{
	const Node *node = NULL;
	uint64_t ino;

	begin(NODES);
	CHECK_OK(refer(&node, "a", VERSION_A));
	ino = number_of("b", VERSION_A);
	memcpy(memory + ((const char *)&node->ino - memory), &ino, sizeof(ino));
	restart();
	CHECK_STR(nodes_get(nodes, ino)->key.place.key.name, "a");
	CHECK_OK(refer(&node, "b", VERSION_A));
	CHECK_EQ(node->ino, ino + 1);
	CHECK_STR(node->key.place.key.name, "b");
	CHECK_EQ(refer_number("b", VERSION_A), ino + 1);
	CHECK_EQ(nodes_get(nodes, ino)->lookups, 1);
	nodes_forget(nodes, ino + 1, 2);
	CHECK_EQ(nodes_count(nodes), 1);
}

static void many_come_and_go(void)
{
	const Node *node = NULL;
	char name[16];

	begin(NODES);
	for (unsigned i = 0; i < 50 * NODES; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		CHECK_OK(refer(&node, name, VERSION_A));
		CHECK_STR(node->key.place.key.name, name);
		if (i >= NODES / 2) {
			(void)snprintf(name, sizeof(name), "n%u",
				       i - NODES / 2);
			nodes_forget(nodes, number_of(name, VERSION_A), 1);
		}
		if (i % 1000 == 0)
			restart();
	}
	CHECK_EQ(nodes_count(nodes), NODES / 2);
}

static void foreign_memory_is_refused(void)
{
	Nodes *other = NULL;

	begin(NODES);
	CHECK(refer_number("a", VERSION_A) && refer_number("b", VERSION_A));
	CHECK_EQ(nodes_new(&other, memory, nodes_memory_size(1) - 1), -EINVAL);
	/* More records than it has room for. */
	CHECK_EQ(nodes_new(&other, memory, nodes_memory_size(1)), -EINVAL);
	memory[0] ^= 1;
	CHECK_EQ(nodes_new(&other, memory, size), -EINVAL);
	memory[0] ^= 1;
	CHECK(other == NULL);
	CHECK(nodes_free(NULL) == NULL);
}

int main(void)
{
	RUN(numbers_are_those_of_all_releases);
	RUN(a_version_has_one_inode);
	RUN(each_form_has_an_inode_of_its_own);
	RUN(a_note_stays_with_its_inode);
	RUN(updated_is_what_it_is_now);
	RUN(the_last_reference_frees_it);
	RUN(a_full_table_says_so);
	RUN(the_next_worker_finds_them);
	RUN(no_record_is_lost_over_restarts);
	RUN(equal_hashes_get_different_numbers);
	RUN(many_come_and_go);
	RUN(foreign_memory_is_refused);
	nodes = nodes_free(nodes);
	return check_report();
}
