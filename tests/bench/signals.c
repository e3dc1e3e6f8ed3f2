/* SPDX-License-Identifier: MIT */

/*
 * signals SIGNAL COUNT DIR PREFIX - from a signal to the last reader's end
 *
 * COUNT processes open DIR/PREFIX<i>, which a hung server never answers; when
 * all of them wait, SIGNAL goes to each. The reference is as many processes
 * that sleep. Prints ours, ref (in all), left_in_d (readers that cannot be
 * killed), for each the time until the last has ended.
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

enum {
	SIGNALS_COUNT_MAX = 4000,
	SIGNALS_BLOCK_TRIES = 2000,
	SIGNALS_PAUSE_US = 10 * 1000,
};

typedef struct Herd {
	pid_t *pids; /* owned */
	unsigned n;
} Herd;

static void child_read(const char *directory, const char *prefix, unsigned i)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s%u", directory, prefix, i);
	fd = open(path, O_RDONLY);
	_exit(fd >= 0 ? 0 : 1);
}

static void herd_start(Herd *herd, const char *directory, const char *prefix)
{
	for (unsigned i = 0; i < herd->n; i++) {
		herd->pids[i] = fork();
		if (herd->pids[i] < 0)
			bench_die("fork", "fork", true);
		if (herd->pids[i] > 0)
			continue;
		if (directory)
			child_read(directory, prefix, i);
		for (;;)
			(void)pause();
	}
}

/* The state letter of /proc/PID/stat; '?' if there is no such process. */
static char state_of(pid_t pid)
{
	char path[64], text[512] = "";
	const char *end;
	AKV_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return '?';
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '?';
}

static unsigned herd_in(const Herd *herd, const char *states)
{
	unsigned n = 0;

	for (unsigned i = 0; i < herd->n; i++)
		n += strchr(states, state_of(herd->pids[i])) != NULL;
	return n;
}

/* Sleeping in the kernel, in whatever way. */
static void herd_wait_until_blocked(const Herd *herd)
{
	for (int i = 0; i < SIGNALS_BLOCK_TRIES; i++) {
		if (herd_in(herd, "SD") == herd->n)
			return;
		(void)usleep(SIGNALS_PAUSE_US);
	}
	bench_die("herd", "not all of them wait", false);
}

static double herd_end(Herd *herd, int number)
{
	double began_us = bench_now_us(), took_us;
	int status;

	for (unsigned i = 0; i < herd->n; i++)
		(void)kill(herd->pids[i], number);
	for (unsigned i = 0; i < herd->n; i++) {
		if (waitpid(herd->pids[i], &status, 0) < 0)
			bench_die("waitpid", "waitpid", true);
		if (!WIFSIGNALED(status))
			bench_die("reader", "it ended by itself", false);
	}
	took_us = bench_now_us() - began_us;
	return took_us;
}

int main(int argc, char **argv)
{
	Herd herd = {0};
	int number;
	double reference_us, ours_us;

	if (argc != 5)
		bench_die("usage", "signals SIGNAL COUNT DIR PREFIX", false);
	number = (int)bench_number(argv[1], 64);
	herd.n = bench_number(argv[2], SIGNALS_COUNT_MAX);
	herd.pids = calloc(herd.n, sizeof(*herd.pids));
	if (!herd.pids)
		bench_die("memory", "calloc", true);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);

	herd_start(&herd, NULL, NULL);
	herd_wait_until_blocked(&herd);
	reference_us = herd_end(&herd, number);
	herd_start(&herd, argv[3], argv[4]);
	herd_wait_until_blocked(&herd);
	(void)usleep(SIGNALS_PAUSE_US * 20);
	ours_us = herd_end(&herd, number);
	(void)printf("ours %.1f\nref %.1f\nleft_in_d %u\n", ours_us,
		     reference_us, herd_in(&herd, "D"));
	free(herd.pids);
	return 0;
}
