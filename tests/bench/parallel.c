/* SPDX-License-Identifier: MIT */

/*
 * parallel DIRECTORY URL COUNT READERS CONNECT_TO CA_FILE TOKEN_FILE
 *
 * READERS threads read the secrets s-0 to s-(COUNT-1), none of which was asked
 * for before, from DIRECTORY; then as many get them from URL with a client and
 * a connection each. Prints ours_p50 and ref_p50, the time for all. One
 * measurement: a second one needs a new mount.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "tests/bench/bench.h"

enum { PARALLEL_COUNT_MAX = 100 * 1000, PARALLEL_READERS_MAX = 64 };

typedef struct Work {
	const char *directory, *url;
	unsigned count;
	_Atomic unsigned next;
} Work;

typedef struct Reader {
	pthread_t thread;
	Work *work;
	Client *client; /* owned; NULL: read the files */
} Reader;

static void work_one(Reader *reader, unsigned number)
{
	AKV_BUF Buf where = BUF_INIT(BUF_MAX_URL);
	const Work *work = reader->work;
	int r;

	if (reader->client)
		r = buf_printf(&where, "%s/s-%u?api-version=7.4", work->url,
			       number);
	else
		r = buf_printf(&where, "%s/s-%u", work->directory, number);
	if (r < 0)
		bench_die(work->url, "too long", false);
	if (reader->client)
		(void)client_get(reader->client, where.p);
	else
		(void)bench_read_file(where.p);
}

static void *reader_run(void *data)
{
	Reader *reader = data;
	unsigned number;

	while ((number = atomic_fetch_add(&reader->work->next, 1)) <
	       reader->work->count)
		work_one(reader, number);
	return NULL;
}

static double work_measure(Work *work, Reader *readers, unsigned n)
{
	double began_us = bench_now_us();

	atomic_store(&work->next, 0);
	for (unsigned i = 0; i < n; i++) {
		if (pthread_create(&readers[i].thread, NULL, reader_run,
				   &readers[i]) != 0)
			bench_die("thread", "not started", false);
	}
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(readers[i].thread, NULL);
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	Reader readers[PARALLEL_READERS_MAX] = {0};
	unsigned n;
	Work work;

	if (argc != 8)
		bench_die("usage",
			  "parallel DIRECTORY URL COUNT READERS CONNECT_TO "
			  "CA_FILE TOKEN_FILE",
			  false);
	n = bench_number(argv[4], PARALLEL_READERS_MAX);
	work = (Work){
		.directory = argv[1],
		.url = argv[2],
		.count = bench_number(argv[3], PARALLEL_COUNT_MAX),
	};
	for (unsigned i = 0; i < n; i++)
		readers[i].work = &work;
	(void)printf("ours_p50 %.3f\n", work_measure(&work, readers, n));

	for (unsigned i = 0; i < n; i++) {
		readers[i].client = client_new(&(ClientConfig){
			.connect_to = argv[5],
			.ca_file = argv[6],
			.token_file = argv[7],
		});
		/* Not measured: its connection. */
		work_one(&readers[i], 0);
	}
	(void)printf("ref_p50 %.3f\n", work_measure(&work, readers, n));
	for (unsigned i = 0; i < n; i++)
		(void)client_free(readers[i].client);
	return 0;
}
