/* SPDX-License-Identifier: MIT */

/*
 * list DIRECTORY URL COUNT CONNECT_TO CA_FILE TOKEN_FILE
 *
 * Runs ls on DIRECTORY, which nobody has listed before and which has COUNT
 * names, and gets the pages of the same list from URL one after the other.
 * Prints ours_p50, ref_p50 and pages. One measurement: a second one needs a new
 * mount.
 */

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/json.h"
#include "tests/bench/bench.h"

enum { LIST_COUNT_MAX = 1000 * 1000, LIST_PAGES_MAX = 40 * 1000 };

static size_t lines_count(int fd)
{
	char buffer[64 * 1024];
	size_t lines = 0;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += buffer[i] == '\n';
	}
	return lines;
}

static double list_ours(char *directory, size_t count)
{
	char ls[] = "ls", *argv[] = {ls, directory, NULL};
	posix_spawn_file_actions_t actions;
	double began_us = bench_now_us();
	int ends[2], status = 0;
	size_t lines;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 ||
	    posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, ends[1], 1) != 0 ||
	    posix_spawnp(&pid, ls, &actions, NULL, argv, environ) != 0)
		bench_die(ls, "spawn", true);
	(void)close(ends[1]);
	lines = lines_count(ends[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0 || lines != count)
		bench_die(directory,
			  "ls failed or gave another number of names", false);
	(void)close(ends[0]);
	(void)posix_spawn_file_actions_destroy(&actions);
	return bench_now_us() - began_us;
}

/* What the page says comes next; false after the last. */
static bool next_link(Buf *url, const char *page)
{
	cJSON *root = cJSON_Parse(page);
	const char *next;
	bool more;

	if (!cJSON_IsObject(root))
		bench_die(url->p, "not a page", false);
	more = json_get_string(&next, root, "nextLink") == 0 && next[0];
	buf_reset(url);
	if (more && buf_append_string(url, next) < 0)
		bench_die(next, "too long", false);
	cJSON_Delete(root);
	return more;
}

static double list_reference(Client *client, const char *first, unsigned *pages)
{
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	double began_us = bench_now_us();

	if (buf_printf(&url, "%s?api-version=7.4&maxresults=25", first) < 0)
		bench_die(first, "too long", false);
	*pages = 0;
	do {
		if (++*pages > LIST_PAGES_MAX)
			bench_die(first, "too many pages", false);
	} while (next_link(&url, client_get(client, url.p)));
	return bench_now_us() - began_us;
}

int main(int argc, char **argv)
{
	AKV_CLEANUP(client_freep) Client *client = NULL;
	AKV_BUF Buf url = BUF_INIT(BUF_MAX_URL);
	unsigned pages = 0;

	if (argc != 7)
		bench_die("usage",
			  "list DIRECTORY URL COUNT CONNECT_TO CA_FILE "
			  "TOKEN_FILE",
			  false);
	client = client_new(&(ClientConfig){
		.connect_to = argv[4],
		.ca_file = argv[5],
		.token_file = argv[6],
	});
	/* The connection; akvfs made its own when it mounted. */
	if (buf_printf(&url, "%s/s-0?api-version=7.4", argv[2]) < 0)
		bench_die(argv[2], "too long", false);
	(void)client_get(client, url.p);

	(void)printf("ours_p50 %.3f\n",
		     list_ours(argv[1], bench_number(argv[3], LIST_COUNT_MAX)));
	(void)printf("ref_p50 %.3f\n", list_reference(client, argv[2], &pages));
	(void)printf("pages %u\n", pages);
	return 0;
}
