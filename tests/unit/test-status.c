/* SPDX-License-Identifier: MIT */

/* What .akvfs/status.json says: strict JSON, the right figures, no name. */

#include <linux/fuse.h>

#include "base/json.h"
#include "cache-test.h"
#include "fs/status.h"

static State *state;
static int state_fd;
static Nodes *nodes;
static FilesystemCounts counts;
static _Alignas(16) char nodes_memory[500 * 10];

static const StatusFacts *facts_now(void)
{
	static StatusFacts facts;

	facts = (StatusFacts){
		.vault = "demo",
		.identity = "client secret",
		.signed_in_as = "an \"id\"",
		.state = state,
		.cache = cache,
		.counts = &counts,
		.nodes = nodes,
		.pending = 3,
		.memory_locked = true,
		.secret_heap_size = 4096,
	};
	return &facts;
}

static void status_begin(void)
{
	begin();
	counts = (FilesystemCounts){0};
	memset(nodes_memory, 0, sizeof(nodes_memory));
	if (state_new(&state, &state_fd) != 0 ||
	    nodes_new(&nodes, nodes_memory, nodes_memory_size(10)) != 0)
		abort();
}

static void status_end(void)
{
	nodes = nodes_free(nodes);
	state = state_free(state);
	(void)close(state_fd);
	end();
}

static const cJSON *part_of(const cJSON *json, const char *name)
{
	const cJSON *object = NULL;

	return json_get_object(&object, json, name) == 0 ? object : NULL;
}

/* The figure @name of the part @part, -1 if there is none. */
static int64_t figure(const cJSON *json, const char *part, const char *name)
{
	const cJSON *object = part_of(json, part);
	int64_t value = -1;

	return object && json_get_int64(&value, object, name) == 0 ? value : -1;
}

static int status_json(cJSON **ret)
{
	AKV_BUF Buf buf = BUF_INIT(64 * 1024);
	int r = status_write(&buf, facts_now());

	if (r == 0 && (buf.n == 0 || buf.p[buf.n - 1] != '\n'))
		r = -EPROTO;
	return r == 0 ? json_parse(ret, buf.p, buf.n, NULL) : r;
}

static void a_new_mount_has_all_figures_at_0(void)
{
	static const struct {
		const char *part, *name;
	} rows[] = {
		{"requests", "total"},
		{"requests", "lookup"},
		{"requests", "getattr"},
		{"requests", "open"},
		{"requests", "read"},
		{"requests", "opendir"},
		{"requests", "readdir"},
		{"requests", "forget"},
		{"requests", "interrupt"},
		{"requests", "resumed"},
		{"cache", "entries"},
		{"cache", "values"},
		{"cache", "bytes"},
		{"cache", "names"},
		{"cache", "lookups"},
		{"cache", "reads"},
		{"cache", "fetches"},
		{"cache", "list_rounds"},
		{"cache", "stale"},
		{"cache", "refused"},
		{"cache", "failed"},
		{"cache", "evicted"},
		{"cache", "waiting"},
		{"http", "started"},
		{"http", "finished"},
		{"http", "active"},
		{"files", "made"},
		{"files", "absent"},
		{"files", "forbidden"},
		{"files", "untrusted"},
		{"files", "kept"},
		{"http", "queued"},
		{"worker", "starts"},
		{"worker", "inodes"},
		{"worker", "secret_heap_used"},
	};
	AKV_JSON cJSON *json = NULL;
	const char *text = NULL;

	status_begin();
	CHECK_OK(status_json(&json));
	CHECK_OK(json_get_string(&text, json, "version"));
	CHECK_STR(text, AKVFS_VERSION);
	CHECK_OK(json_get_string(&text, json, "vault"));
	CHECK_STR(text, "demo");
	CHECK_OK(json_get_string(&text, json, "signed_in_as"));
	CHECK_STR(text, "an 'id'");
	CHECK_OK(json_get_string(&text, json, "identity"));
	CHECK_STR(text, "client secret");
	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		if (figure(json, rows[i].part, rows[i].name) != 0)
			CHECK_STR("not 0", rows[i].name);
	}
	CHECK_EQ(figure(json, "requests", "pending"), 3);
	CHECK_EQ(figure(json, "worker", "secret_heap_size"), 4096);
	CHECK_EQ(figure(json, "worker", "memory_locked"), 1);
	status_end();
}

static void the_kernel_s_requests_are_told_apart(void)
{
	AKV_JSON cJSON *json = NULL;
	uint64_t *requests;

	status_begin();
	requests = state->counters.requests;
	requests[FUSE_LOOKUP] = 1;
	requests[FUSE_GETATTR] = 20;
	requests[FUSE_OPEN] = 300;
	requests[FUSE_READ] = 4000;
	requests[FUSE_OPENDIR] = 50000;
	requests[FUSE_READDIR] = 600000;
	requests[FUSE_FORGET] = 3000000;
	requests[FUSE_BATCH_FORGET] = 4000000;
	requests[FUSE_INTERRUPT] = 80000000;
	requests[FUSE_STATFS] = 900000000;
	state->counters.resumed = 5;
	state->counters.workers = 6;
	CHECK_OK(status_json(&json));
	CHECK_EQ(figure(json, "requests", "lookup"), 1);
	CHECK_EQ(figure(json, "requests", "getattr"), 20);
	CHECK_EQ(figure(json, "requests", "open"), 300);
	CHECK_EQ(figure(json, "requests", "read"), 4000);
	CHECK_EQ(figure(json, "requests", "opendir"), 50000);
	CHECK_EQ(figure(json, "requests", "readdir"), 600000);
	CHECK_EQ(figure(json, "requests", "forget"), 7000000);
	CHECK_EQ(figure(json, "requests", "interrupt"), 80000000);
	CHECK_EQ(figure(json, "requests", "total"), 987654321);
	CHECK_EQ(figure(json, "requests", "resumed"), 5);
	CHECK_EQ(figure(json, "worker", "starts"), 6);
	status_end();
}

static void the_cache_s_figures_are_its_own(void)
{
	AKV_JSON cJSON *json = NULL;
	const Node *node = NULL;
	NodeKey key = {.place = {.kind = PLACE_VALUE, .key = key_of("db")}};
	Reader reader, waiting;

	status_begin();
	give("db", 'a', "hunter2");
	give("api", 'b', "x");
	CHECK_EQ(read_version(&reader, "db", 'a'), 1);
	CHECK_EQ(lookup(&reader, "none"), 0);
	fake_source_refuse(fake_source_last(), VAULT_E_NOT_FOUND);
	reader_init(&reader);
	CHECK_OK(cache_list(cache, &reader.wait, &list_of_secrets, 0));
	fake_source_page(fake_source_last(), "api db more", NULL);
	CHECK_EQ(lookup(&waiting, "more"), 0);
	CHECK_OK(nodes_refer(nodes, &node, &key, 7, 1, 2));
	CHECK_OK(status_json(&json));
	CHECK_EQ(figure(json, "cache", "entries"), 4);
	CHECK_EQ(figure(json, "cache", "values"), 2);
	CHECK_EQ(figure(json, "cache", "bytes"), secret_heap_used());
	CHECK_EQ(figure(json, "cache", "names"), 3);
	CHECK_EQ(figure(json, "cache", "lookups"), 4);
	CHECK_EQ(figure(json, "cache", "reads"), 1);
	CHECK_EQ(figure(json, "cache", "fetches"), 4);
	CHECK_EQ(figure(json, "cache", "list_rounds"), 1);
	CHECK_EQ(figure(json, "cache", "refused"), 1);
	CHECK_EQ(figure(json, "cache", "waiting"), 1);
	CHECK_EQ(figure(json, "worker", "inodes"), 1);
	CHECK_EQ(figure(json, "worker", "secret_heap_used"),
		 secret_heap_used());
	status_end();
}

/* Why there are no private keys, where that is a lack of permission. */
static void files_that_are_kept_back_are_told(void)
{
	AKV_JSON cJSON *json = NULL;
	const char *text = NULL;

	status_begin();
	counts = (FilesystemCounts){.made = 5, .absent = 1};
	CHECK_OK(status_json(&json));
	CHECK_EQ(figure(json, "files", "made"), 5);
	CHECK_EQ(figure(json, "files", "absent"), 1);
	CHECK_EQ(json_get_string(&text, json, "private_files"), JSON_E_ABSENT);
	cJSON_Delete(json);
	json = NULL;
	counts.kept = 3;
	CHECK_OK(status_json(&json));
	CHECK_EQ(figure(json, "files", "kept"), 3);
	CHECK_OK(json_get_string(&text, json, "private_files"));
	CHECK_STR(text, "not shown where the key is not exportable");
	cJSON_Delete(json);
	json = NULL;
	counts.forbidden = 2;
	CHECK_OK(status_json(&json));
	CHECK_OK(json_get_string(&text, json, "private_files"));
	CHECK(strstr(text, "may not get secrets"));
	CHECK(strstr(text, "not exportable"));
	status_end();
}

static void no_name_and_no_value_is_in_it(void)
{
	AKV_BUF Buf buf = BUF_INIT(64 * 1024);

	status_begin();
	give("unmistakable-name", 'a', "UNMISTAKABLE-VALUE");
	CHECK_OK(status_write(&buf, facts_now()));
	CHECK(!strstr(buf.p, "unmistakable"));
	CHECK(!strstr(buf.p, "UNMISTAKABLE"));
	CHECK(!strstr(buf.p, fake_version('a')));
	status_end();
}

static void a_buffer_that_is_too_small_is_a_fault(void)
{
	size_t needed = 0;

	status_begin();
	for (size_t max = 1;; max++) {
		AKV_BUF Buf buf = BUF_INIT(max);
		int r = status_write(&buf, facts_now());

		needed = buf.n;
		if (r == 0)
			break;
		CHECK_EQ(r, -EMSGSIZE);
		CHECK(max < 64 * 1024);
	}
	CHECK(needed > 100);
	status_end();
}

int main(void)
{
	if (secret_heap_init(NULL, CACHE_TEST_HEAP) < 0)
		return 1;
	RUN(a_new_mount_has_all_figures_at_0);
	RUN(the_kernel_s_requests_are_told_apart);
	RUN(the_cache_s_figures_are_its_own);
	RUN(files_that_are_kept_back_are_told);
	RUN(no_name_and_no_value_is_in_it);
	RUN(a_buffer_that_is_too_small_is_a_fault);
	return check_report();
}
