/* SPDX-License-Identifier: MIT */

/*
 * Gives every file of a corpus to the harness that it is linked with, so that
 * the ordinary build with any compiler runs what the fuzzers once found.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

/* Each input in memory of its exact size: a sanitizer sees an overrun. */
static int file_replay(const char *folder, const char *name)
{
	AKV_BUF Buf content = BUF_INIT(BUF_MAX_FILE);
	char path[PATH_MAX];
	uint8_t *input;
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = buf_append_fd(&content, fd);
	(void)close(fd);
	if (r != 0)
		return r;
	input = malloc(AKV_MAX(content.n, (size_t)1));
	if (!input)
		return -ENOMEM;
	memcpy(input, content.p, content.n);
	(void)printf("%s\n", name);
	(void)fflush(
		stdout); /* the last name printed is the one that crashed */
	(void)LLVMFuzzerTestOneInput(input, content.n);
	free(input);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int n, replayed = 0, failed = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 1;
	}
	n = scandir(argv[1], &entries, NULL, alphasort);
	if (n < 0) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		int r = 0;

		if (entries[i]->d_name[0] != '.') {
			r = file_replay(argv[1], entries[i]->d_name);
			replayed++;
		}
		if (r != 0) {
			(void)fprintf(stderr, "%s/%s: %s\n", argv[1],
				      entries[i]->d_name, strerror(-r));
			failed++;
		}
		free(entries[i]);
	}
	free(entries);
	(void)printf("%d inputs\n", replayed);
	return replayed > 0 && failed == 0 ? 0 : 1;
}
