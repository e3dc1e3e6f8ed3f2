/* SPDX-License-Identifier: MIT */

/*
 * lookup DIR PREFIX FROM COUNT - stat of DIR/PREFIX<i>, each for the first time
 *
 * Prints ours_p50, ours_p99.
 */

#include <sys/stat.h>

#include "tests/bench/bench.h"

enum { LOOKUP_COUNT_MAX = 1000 * 1000 };

static double lookup_once(const char *path)
{
	double began_us = bench_now_us();
	struct stat status;

	if (stat(path, &status) < 0)
		bench_die(path, "stat", true);
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	Samples ours;
	unsigned from, count;

	if (argc != 5)
		bench_die("usage", "lookup DIR PREFIX FROM COUNT", false);
	from = bench_number(argv[3], LOOKUP_COUNT_MAX);
	count = bench_number(argv[4], LOOKUP_COUNT_MAX);
	samples_init(&ours, count);
	for (unsigned i = from; i < from + count; i++) {
		buf_reset(&path);
		if (buf_printf(&path, "%s/%s%u", argv[1], argv[2], i) < 0)
			bench_die(argv[1], "path", false);
		samples_add(&ours, lookup_once(path.p));
	}
	samples_print(&ours, "ours");
	samples_done(&ours);
	return 0;
}
