/* SPDX-License-Identifier: MIT */

/*
 * cold DIRECTORY URL COUNT CONNECT_TO CA_FILE TOKEN_FILE
 *
 * Reads the secrets s-0 to s-(COUNT-1), none of which was asked for before,
 * from DIRECTORY, and each of them from URL/s-N by a bare GET, the one or the
 * other first in turn. Prints ours_p50, ours_p99, ref_p50, ref_p99.
 */

#include "tests/bench/bench.h"

enum { COLD_COUNT_MAX = 100 * 1000 };

static double cold_ours(const char *directory, unsigned number)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	double began_us;

	if (buf_printf(&path, "%s/s-%u", directory, number) < 0)
		bench_die(directory, "too long", false);
	began_us = bench_now_us();
	(void)bench_read_file(path.p);
	return bench_now_us() - began_us;
}

static double cold_reference(Client *client, const char *base, unsigned number)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	double began_us;

	if (buf_printf(&url, "%s/s-%u?api-version=7.4", base, number) < 0)
		bench_die(base, "too long", false);
	began_us = bench_now_us();
	(void)client_get(client, url.p);
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	AKV_CLEANUP(client_freep) Client *client = NULL;
	Samples ours, reference;
	unsigned count;

	if (argc != 7)
		bench_die("usage",
			  "cold DIRECTORY URL COUNT CONNECT_TO CA_FILE "
			  "TOKEN_FILE",
			  false);
	count = bench_number(argv[3], COLD_COUNT_MAX);
	client = client_new(&(ClientConfig){
		.connect_to = argv[4],
		.ca_file = argv[5],
		.token_file = argv[6],
	});
	samples_init(&ours, count);
	samples_init(&reference, count);
	/* The connection; akvfs made its own when it mounted. */
	(void)cold_reference(client, argv[2], 0);
	for (unsigned i = 0; i < count; i++) {
		if (i % 2 == 0)
			samples_add(&ours, cold_ours(argv[1], i));
		samples_add(&reference, cold_reference(client, argv[2], i));
		if (i % 2 == 1)
			samples_add(&ours, cold_ours(argv[1], i));
	}
	samples_print(&ours, "ours");
	samples_print(&reference, "ref");
	samples_done(&ours);
	samples_done(&reference);
	return 0;
}
