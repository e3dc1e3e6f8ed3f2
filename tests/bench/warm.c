/* SPDX-License-Identifier: MIT */

/*
 * warm FILE REFERENCE COUNT - open, fstat, read, read, close of a small file
 *
 * Prints ours_p50, ours_p99, ref_p50, ref_p99. FILE has been read before.
 */

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/bench/bench.h"

enum { WARM_COUNT_MAX = 10 * 1000 * 1000 };

static double warm_once(const char *path)
{
	char buffer[4096];
	double began_us = bench_now_us();
	int fd = open(path, O_RDONLY);
	struct stat status;
	ssize_t n, rest;

	if (fd < 0 || fstat(fd, &status) < 0)
		bench_die(path, "open", true);
	n = read(fd, buffer, sizeof(buffer));
	rest = read(fd, buffer, sizeof(buffer));
	if (n != (ssize_t)status.st_size || n <= 0 || rest != 0 ||
	    close(fd) < 0)
		bench_die(path, "read", true);
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	Samples ours, reference;
	unsigned count;

	if (argc != 4)
		bench_die("usage", "warm FILE REFERENCE COUNT", false);
	count = bench_number(argv[3], WARM_COUNT_MAX);
	samples_init(&ours, count);
	samples_init(&reference, count);
	(void)warm_once(argv[1]);
	(void)warm_once(argv[2]);
	for (unsigned i = 0; i < count; i++) {
		samples_add(&ours, warm_once(argv[1]));
		samples_add(&reference, warm_once(argv[2]));
	}
	samples_print(&ours, "ours");
	samples_print(&reference, "ref");
	samples_done(&ours);
	samples_done(&reference);
	return 0;
}
