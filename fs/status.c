/* SPDX-License-Identifier: MIT */

/* Written by hand: all of it is numbers and text without quotes. */

#include "fs/status.h"

#include <inttypes.h>
#include <linux/fuse.h>

#include "base/secret.h"

typedef struct Figure {
	const char *name;
	uint64_t value;
} Figure;

static int figures_write(Buf *buf, const char *name, const Figure *figures,
			 size_t n)
{
	int r = buf_printf(buf, ",\n \"%s\": {", name);

	for (size_t i = 0; i < n && r == 0; i++)
		r = buf_printf(buf, "%s\"%s\": %" PRIu64, i ? ", " : "",
			       figures[i].name, figures[i].value);
	return r == 0 ? buf_append_char(buf, '}') : r;
}

static uint64_t requests_total(const StateCounters *counters)
{
	uint64_t total = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(counters->requests); i++)
		total += counters->requests[i];
	return total;
}

static int status_requests(Buf *buf, const StatusFacts *facts)
{
	const StateCounters *c = &facts->state->counters;
	const Figure figures[] = {
		{"total", requests_total(c)},
		{"lookup", c->requests[FUSE_LOOKUP]},
		{"getattr", c->requests[FUSE_GETATTR]},
		{"open", c->requests[FUSE_OPEN]},
		{"read", c->requests[FUSE_READ]},
		{"opendir", c->requests[FUSE_OPENDIR]},
		{"readdir", c->requests[FUSE_READDIR]},
		{"forget",
		 c->requests[FUSE_FORGET] + c->requests[FUSE_BATCH_FORGET]},
		{"interrupt", c->requests[FUSE_INTERRUPT]},
		{"pending", facts->pending},
		{"resumed", c->resumed},
	};

	return figures_write(buf, "requests", figures, AKV_ARRAY_LEN(figures));
}

static int status_cache(Buf *buf, const StatusFacts *facts)
{
	CacheStats stats;

	cache_stats(facts->cache, &stats);
	{
		const Figure figures[] = {
			{"entries", stats.entries},
			{"values", stats.values},
			{"bytes", stats.bytes},
			{"names", stats.names},
			{"lookups", stats.lookups},
			{"reads", stats.reads},
			{"fetches", stats.fetches},
			{"list_rounds", stats.rounds},
			{"stale", stats.stale},
			{"refused", stats.refused},
			{"failed", stats.failed},
			{"evicted", stats.evicted},
			{"waiting", stats.waiting},
		};

		return figures_write(buf, "cache", figures,
				     AKV_ARRAY_LEN(figures));
	}
}

/* Why the private files of certificates are not shown, where they are not. */
static int status_files(Buf *buf, const StatusFacts *facts)
{
	const FilesystemCounts *c = facts->counts;
	const Figure figures[] = {
		{"made", c->made},           {"absent", c->absent},
		{"kept", c->kept},           {"forbidden", c->forbidden},
		{"untrusted", c->untrusted},
	};
	int r = figures_write(buf, "files", figures, AKV_ARRAY_LEN(figures));

	if (r != 0 || (c->forbidden == 0 && c->kept == 0))
		return r;
	return buf_printf(buf, ",\n \"private_files\": \"not shown%s%s\"",
			  c->forbidden > 0
				  ? ": the identity may not get secrets"
				  : " where the key is not exportable",
			  c->forbidden > 0 && c->kept > 0
				  ? ", or the key is not exportable"
				  : "");
}

static int status_rest(Buf *buf, const StatusFacts *facts)
{
	HttpStats stats;

	http_stats(facts->http, &stats);
	{
		const Figure http[] = {
			{"started", stats.started},
			{"finished", stats.finished},
			{"active", stats.active},
			{"queued", stats.queued},
		};
		const Figure worker[] = {
			{"starts", facts->state->counters.workers},
			{"inodes", nodes_count(facts->nodes)},
			{"secret_heap_used", secret_heap_used()},
			{"secret_heap_size", facts->secret_heap_size},
			{"memory_locked", facts->memory_locked},
		};
		int r = figures_write(buf, "http", http, AKV_ARRAY_LEN(http));

		if (r == 0)
			r = figures_write(buf, "worker", worker,
					  AKV_ARRAY_LEN(worker));
		return r;
	}
}

/* Text of others: what would end the string is written as something else. */
static int quoted_write(Buf *buf, const char *text)
{
	int r = 0;

	for (; *text && r == 0; text++) {
		char c = *text;

		if (c == '"' || c == '\\')
			c = '\'';
		else if (c < 0x20 || c == 0x7f)
			c = ' ';
		r = buf_append_char(buf, c);
	}
	return r;
}

static int status_management(Buf *buf, const StatusFacts *facts)
{
	int r;

	if (!facts->management)
		return 0;
	r = buf_printf(buf,
		       ",\n \"management\": {\"state\": \"%s\", \"why\": \"",
		       facts->management);
	if (r == 0)
		r = quoted_write(buf, facts->management_why);
	return r == 0 ? buf_append_string(buf, "\"}") : r;
}

int status_write(Buf *buf, const StatusFacts *facts)
{
	int r;

	r = buf_printf(buf,
		       "{\"version\": \"" AKVFS_VERSION
		       "\", \"vault\": \"%s\", \"identity\": \"%s\"",
		       facts->vault, facts->identity);
	if (r == 0)
		r = buf_append_string(buf, ", \"signed_in_as\": \"");
	if (r == 0)
		r = quoted_write(buf, facts->signed_in_as);
	if (r == 0)
		r = buf_append_string(buf, "\"");
	if (r == 0)
		r = status_requests(buf, facts);
	if (r == 0)
		r = status_cache(buf, facts);
	if (r == 0)
		r = status_files(buf, facts);
	if (r == 0)
		r = status_rest(buf, facts);
	if (r == 0)
		r = status_management(buf, facts);
	return r == 0 ? buf_append_string(buf, "}\n") : r;
}
