/* SPDX-License-Identifier: MIT */

/* posix_spawn(3): no copy of our memory is made. Used by the commands. */

#include "fs/program.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

enum { PROGRAM_FD_FIRST = 3, PROGRAM_FD_SAFE = 16 };

static int own_directory(char ret[PATH_MAX])
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	(void)snprintf(ret, PATH_MAX, "%s", dirname(path));
	return 0;
}

int program_find(Buf *path, const char *name, const char *sibling,
		 const char *installed)
{
	char directory[PATH_MAX];
	const char *places[3] = {".", sibling, installed};
	int r = own_directory(directory);

	for (size_t i = 0; i < AKV_ARRAY_LEN(places) && r == 0; i++) {
		buf_reset(path);
		if (places[i][0] == '/')
			r = buf_printf(path, "%s/%s", places[i], name);
		else
			r = buf_printf(path, "%s/%s/%s", directory, places[i],
				       name);
		if (r == 0 && access(path->p, X_OK) == 0)
			return 0;
	}
	return r < 0 ? r : -ENOENT;
}

/* Out of the way of the numbers that the descriptors are to become. */
static int fds_lift(const ProgramStart *start, int lifted[PROGRAM_FDS_MAX])
{
	for (size_t i = 0; i < start->n_fds; i++) {
		if (start->fds[i] < 0)
			continue;
		lifted[i] =
			fcntl(start->fds[i], F_DUPFD_CLOEXEC, PROGRAM_FD_SAFE);
		if (lifted[i] < 0)
			return -errno;
	}
	return 0;
}

static int actions_fill(posix_spawn_file_actions_t *actions,
			const ProgramStart *start,
			const int lifted[PROGRAM_FDS_MAX])
{
	int r = 0;

	if (start->standard_output >= 0)
		r = posix_spawn_file_actions_adddup2(
			actions, start->standard_output, STDOUT_FILENO);
	for (size_t i = 0; i < start->n_fds && r == 0; i++) {
		if (lifted[i] >= 0)
			r = posix_spawn_file_actions_adddup2(
				actions, lifted[i], PROGRAM_FD_FIRST + (int)i);
	}
	return -r;
}

static int attributes_fill(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int r;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
					     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETSIGMASK);
	return -r;
}

int program_start(pid_t *ret, const ProgramStart *start)
{
	int lifted[PROGRAM_FDS_MAX] = {-1, -1, -1, -1, -1, -1, -1, -1};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid = -1;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	r = fds_lift(start, lifted);
	if (r == 0)
		r = actions_fill(&actions, start, lifted);
	if (r == 0)
		r = attributes_fill(&attributes);
	if (r == 0)
		r = -posix_spawnp(&pid, start->path, &actions, &attributes,
				  start->argv, start->environment);
	for (size_t i = 0; i < PROGRAM_FDS_MAX; i++) {
		if (lifted[i] >= 0)
			(void)close(lifted[i]);
	}
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r == 0)
		*ret = pid;
	return r;
}

int program_run(const ProgramStart *start)
{
	pid_t pid;
	int status, r = program_start(&pid, start);

	if (r < 0)
		return r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
