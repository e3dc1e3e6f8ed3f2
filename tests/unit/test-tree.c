/* SPDX-License-Identifier: MIT */

/* What is where below the mount, and what is nowhere. */

#include "fs/tree.h"
#include "tests/unit/check.h"

#define VERSION "0123456789abcdef0123456789abcdef"

static const Tree whole = {0};

/* "/"-separated names from the root; the last place, or PLACE kind -1. */
static int walk(const Tree *tree, Place *ret, const char *path)
{
	char text[512], *rest = text, *name;
	TreeFixed root;
	int r = tree_fixed(tree, &root, 1);

	(void)snprintf(text, sizeof(text), "%s", path);
	*ret = root.place;
	while (r == 0 && (name = strsep(&rest, "/"))) {
		if (*name)
			r = tree_step(tree, ret, ret, name);
	}
	return r;
}

static bool is_nowhere(const Tree *tree, const char *path)
{
	Place place;

	return walk(tree, &place, path) == TREE_E_NONE;
}

static const struct {
	const char *path;
	enum place_kind kind;
	enum collection collection;
	enum part part;
	const char *name, *version;
} places[] = {
	{"", PLACE_ROOT, COLLECTION_SECRETS, PART_OBJECT, "", ""},
	{".akvfs", PLACE_CONTROL, COLLECTION_SECRETS, PART_OBJECT, "", ""},
	{".akvfs/status.json", PLACE_STATUS, COLLECTION_SECRETS, PART_OBJECT,
	 "", ""},
	{"secrets", PLACE_COLLECTION, COLLECTION_SECRETS, PART_OBJECT, "", ""},
	{"secrets/Db-1", PLACE_VALUE, COLLECTION_SECRETS, PART_OBJECT, "db-1",
	 ""},
	{"keys", PLACE_COLLECTION, COLLECTION_KEYS, PART_OBJECT, "", ""},
	{"keys/K", PLACE_OBJECT, COLLECTION_KEYS, PART_OBJECT, "k", ""},
	{"keys/k/public.pem", PLACE_RENDITION, COLLECTION_KEYS, PART_OBJECT,
	 "k", ""},
	{"certificates", PLACE_COLLECTION, COLLECTION_CERTIFICATES, PART_OBJECT,
	 "", ""},
	{"certificates/web", PLACE_OBJECT, COLLECTION_CERTIFICATES, PART_OBJECT,
	 "web", ""},
	{"certificates/web/privkey.pem", PLACE_RENDITION,
	 COLLECTION_CERTIFICATES, PART_OBJECT, "web", ""},
	{"storage", PLACE_COLLECTION, COLLECTION_STORAGE, PART_OBJECT, "", ""},
	{"storage/Acct1", PLACE_ACCOUNT, COLLECTION_STORAGE, PART_OBJECT,
	 "acct1", ""},
	{"storage/acct1/account.json", PLACE_VALUE, COLLECTION_STORAGE,
	 PART_OBJECT, "acct1", ""},
	{"storage/acct1/sas", PLACE_SAS, COLLECTION_STORAGE, PART_OBJECT,
	 "acct1", ""},
	{"storage/acct1/sas/Read", PLACE_VALUE, COLLECTION_SECRETS, PART_OBJECT,
	 "acct1-read", ""},
	{"storage/acct1/sas/read.json", PLACE_VALUE, COLLECTION_STORAGE,
	 PART_SAS, "acct1-read", ""},
	{".versions", PLACE_VERSIONS, COLLECTION_SECRETS, PART_OBJECT, "", ""},
	{".versions/secrets", PLACE_HISTORIES, COLLECTION_SECRETS, PART_OBJECT,
	 "", ""},
	{".versions/secrets/db", PLACE_HISTORY, COLLECTION_SECRETS, PART_OBJECT,
	 "db", ""},
	{".versions/secrets/db/" VERSION, PLACE_VALUE, COLLECTION_SECRETS,
	 PART_OBJECT, "db", VERSION},
	{".versions/secrets/db/0123456789ABCDEF0123456789ABCDEF", PLACE_VALUE,
	 COLLECTION_SECRETS, PART_OBJECT, "db", VERSION},
	{".versions/keys/k/" VERSION, PLACE_VERSION, COLLECTION_KEYS,
	 PART_OBJECT, "k", VERSION},
	{".versions/keys/k/" VERSION "/key.json", PLACE_RENDITION,
	 COLLECTION_KEYS, PART_OBJECT, "k", VERSION},
	{".versions/certificates/c/" VERSION "/cert.pem", PLACE_RENDITION,
	 COLLECTION_CERTIFICATES, PART_OBJECT, "c", VERSION},
	{".deleted", PLACE_DELETED, COLLECTION_SECRETS, PART_OBJECT, "", ""},
	{".deleted/secrets/db", PLACE_VALUE, COLLECTION_SECRETS, PART_DELETED,
	 "db", ""},
	{".deleted/keys/k", PLACE_VALUE, COLLECTION_KEYS, PART_DELETED, "k",
	 ""},
	{".deleted/certificates/c", PLACE_VALUE, COLLECTION_CERTIFICATES,
	 PART_DELETED, "c", ""},
	{".deleted/storage/acct1", PLACE_VALUE, COLLECTION_STORAGE,
	 PART_DELETED, "acct1", ""},
	{".deleted/storage/Acct1.sas", PLACE_SAS_BIN, COLLECTION_STORAGE,
	 PART_OBJECT, "acct1", ""},
	{".deleted/storage/acct1.sas/Read", PLACE_VALUE, COLLECTION_STORAGE,
	 PART_DELETED, "acct1-read", ""},
};

static void everything_has_its_place(void)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(places); i++) {
		Place place;

		CHECK_OK(walk(&whole, &place, places[i].path));
		CHECK_EQ(place.kind, places[i].kind);
		CHECK_EQ(place.key.collection, places[i].collection);
		CHECK_EQ(place.key.part, places[i].part);
		CHECK_STR(place.key.name, places[i].name);
		CHECK_STR(place.version, places[i].version);
	}
}

static void the_rest_is_nowhere(void)
{
	static const char *const paths[] = {
		"nothing",
		".",
		"..",
		"Secrets",
		"secrets/db.txt",
		"secrets/.akvfs",
		"secrets/db/x",
		".deleted/storage/acct1-read",
		".deleted/storage/acct1.json",
		".deleted/storage/acct1.sas.sas",
		".deleted/storage/.sas",
		".deleted/storage/acct1.sas/a-b",
		".deleted/storage/acct1.sas/read.json",
		".deleted/secrets/acct1.sas",
		"keys/a_b",
		"keys/k/private.pem",
		"keys/k/cert.pem",
		"keys/k/key.json/x",
		"certificates/issuers",
		"certificates/contacts",
		"certificates/web/public.pem",
		"certificates/web/",
		"storage/with-hyphen",
		"storage/acct1/secret",
		"storage/acct1/sas/a-b",
		"storage/acct1/sas/a.txt",
		"storage/acct1/sas/.json",
		"storage/acct1/sas/a.json.json",
		"storage/acct1/sas/a/b",
		".versions/storage",
		".versions/.versions",
		".versions/secrets/db/0123456789abcdef0123456789abcde",
		".versions/secrets/db/0123456789abcdef0123456789abcdeg",
		".versions/secrets/db/" VERSION "/x",
		".versions/keys/k/" VERSION "/cert.pem",
		".deleted/contacts",
		".deleted/secrets/db/x",
		".akvfs/status",
		".akvfs/status.json/x",
	};
	char name[NAME_MAX_LENGTH + 16] = "secrets/";
	Place place;

	for (size_t i = 0; i < AKV_ARRAY_LEN(paths); i++) {
		/* A slash at the end is no further name. */
		if (paths[i][strlen(paths[i]) - 1] == '/')
			CHECK_OK(walk(&whole, &place, paths[i]));
		else if (!is_nowhere(&whole, paths[i]))
			CHECK_STR("somewhere", paths[i]);
	}
	memset(name + 8, 'n', NAME_MAX_LENGTH);
	CHECK_OK(walk(&whole, &place, name));
	name[8 + NAME_MAX_LENGTH] = 'n';
	CHECK(is_nowhere(&whole, name));
}

/* Both halves may be long, and their sum is the name of a secret. */
static void a_sas_name_has_a_length_too(void)
{
	char path[512];
	Place place;

	(void)snprintf(path, sizeof(path), "storage/%0100d/sas/%026d", 0, 0);
	CHECK_OK(walk(&whole, &place, path));
	(void)snprintf(path, sizeof(path), "storage/%0100d/sas/%027d", 0, 0);
	CHECK(is_nowhere(&whole, path));
	(void)snprintf(path, sizeof(path), "storage/%0100d/sas/%0127d.json", 0,
		       0);
	CHECK(is_nowhere(&whole, path));
}

static void a_collection_may_be_the_root(void)
{
	const Tree tree = {.at_root = true, .collection = COLLECTION_KEYS};
	ListKey key;
	Place place;

	CHECK_OK(walk(&tree, &place, "secrets"));
	CHECK_EQ(place.kind, PLACE_OBJECT);
	CHECK_EQ(place.key.collection, COLLECTION_KEYS);
	CHECK_STR(place.key.name, "secrets");
	CHECK_OK(walk(&tree, &place, "k/jwk.json"));
	CHECK_EQ(place.kind, PLACE_RENDITION);
	CHECK_OK(walk(&tree, &place, ".versions/secrets/db"));
	CHECK_OK(walk(&tree, &place, ".deleted/keys/k"));
	CHECK_OK(walk(&tree, &place, ".akvfs/status.json"));
	CHECK(is_nowhere(&tree, ".other"));
	CHECK_OK(walk(&tree, &place, ""));
	CHECK_EQ(tree_number(&tree, &place), 1);
	CHECK_OK(tree_list(&tree, &key, &place));
	CHECK_EQ(key.list, LIST_OBJECTS);
	CHECK_EQ(key.collection, COLLECTION_KEYS);
	for (uint64_t i = 2; i <= TREE_FIXED_MAX; i++) {
		TreeFixed fixed;

		if (tree_fixed(&tree, &fixed, i) == 0)
			CHECK(fixed.place.kind != PLACE_COLLECTION);
	}
}

static void each_directory_that_stays_has_a_number(void)
{
	uint64_t listed = 0;

	for (uint64_t i = 1; i <= TREE_FIXED_MAX; i++) {
		TreeFixed fixed, again;
		Place place;

		CHECK_OK(tree_fixed(&whole, &fixed, i));
		CHECK_EQ(tree_number(&whole, &fixed.place), i);
		CHECK(place_is_directory(&fixed.place));
		if (i == 1)
			continue;
		CHECK_OK(tree_fixed(&whole, &again, fixed.parent));
		CHECK_OK(tree_step(&whole, &place, &again.place, fixed.name));
		CHECK(place_equal(&place, &fixed.place));
		listed += fixed.parent == 1 && fixed.listed;
	}
	/* The four collections. */
	CHECK_EQ(listed, 4);
}

static void numbers_of_others_are_no_directories(void)
{
	TreeFixed fixed;
	Place place;

	CHECK_EQ(tree_fixed(&whole, &fixed, 0), TREE_E_NONE);
	CHECK_EQ(tree_fixed(&whole, &fixed, TREE_FIXED_MAX + 1), TREE_E_NONE);
	CHECK_EQ(tree_fixed(&whole, &fixed, UINT64_MAX), TREE_E_NONE);
	CHECK_OK(walk(&whole, &place, "keys/k"));
	CHECK_EQ(tree_number(&whole, &place), 0);
}

static void hidden_ones_may_be_listed(void)
{
	static const char *const names[] = {".akvfs", ".versions", ".deleted"};
	Tree tree = {0};

	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		TreeFixed fixed;
		Place place;

		CHECK_OK(walk(&tree, &place, names[i]));
		CHECK_OK(tree_fixed(&tree, &fixed, tree_number(&tree, &place)));
		CHECK(!fixed.listed);
		tree.hidden_shown = true;
		CHECK_OK(tree_fixed(&tree, &fixed, tree_number(&tree, &place)));
		CHECK(fixed.listed);
		tree.hidden_shown = false;
	}
}

static void directories_know_their_lists(void)
{
	static const struct {
		const char *path;
		int list; /* -1: none */
		enum collection collection;
		const char *name;
	} rows[] = {
		{"", -1, COLLECTION_SECRETS, ""},
		{"secrets", LIST_OBJECTS, COLLECTION_SECRETS, ""},
		{"storage", LIST_OBJECTS, COLLECTION_STORAGE, ""},
		{".versions", -1, COLLECTION_SECRETS, ""},
		{".versions/keys", LIST_OBJECTS, COLLECTION_KEYS, ""},
		{".versions/keys/K", LIST_VERSIONS, COLLECTION_KEYS, "k"},
		{".deleted/certificates", LIST_DELETED, COLLECTION_CERTIFICATES,
		 ""},
		{"storage/acct1/sas", LIST_SAS, COLLECTION_STORAGE, "acct1"},
		{".deleted/storage/acct1.sas", LIST_DELETED_SAS,
		 COLLECTION_STORAGE, "acct1"},
		{"storage/acct1", -1, COLLECTION_STORAGE, ""},
		{"keys/k", -1, COLLECTION_KEYS, ""},
		{".akvfs", -1, COLLECTION_SECRETS, ""},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		ListKey key;
		Place place;
		int r;

		CHECK_OK(walk(&whole, &place, rows[i].path));
		r = tree_list(&whole, &key, &place);
		CHECK_EQ(r, rows[i].list < 0 ? TREE_E_NONE : 0);
		if (r != 0)
			continue;
		CHECK_EQ((int)key.list, rows[i].list);
		CHECK_EQ(key.collection, rows[i].collection);
		CHECK_STR(key.name, rows[i].name);
	}
}

int main(void)
{
	RUN(everything_has_its_place);
	RUN(the_rest_is_nowhere);
	RUN(a_sas_name_has_a_length_too);
	RUN(a_collection_may_be_the_root);
	RUN(each_directory_that_stays_has_a_number);
	RUN(numbers_of_others_are_no_directories);
	RUN(hidden_ones_may_be_listed);
	RUN(directories_know_their_lists);
	return check_report();
}
