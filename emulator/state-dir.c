/* SPDX-License-Identifier: MIT */

/* Everything is relative to one descriptor, opened at the start. */

#include "emulator/state-dir.h"

#include <fcntl.h>
#include <sys/stat.h>

int state_dir_open(StateDir *ret, const char *path)
{
	AKV_FD int fd = -1;
	char *absolute;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	absolute = realpath(path, NULL);
	if (!absolute)
		return -errno;
	ret->fd = akv_fd_take(&fd);
	ret->path = absolute;
	return 0;
}

void state_dir_close(StateDir *dir)
{
	if (!dir->path)
		return;
	(void)close(dir->fd);
	free(dir->path);
	dir->path = NULL;
	dir->fd = -1;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

int state_dir_write(const StateDir *dir, const char *name, unsigned mode,
		    const void *data, size_t n)
{
	AKV_FD int fd = -1;
	char draft[64];
	int r;

	(void)snprintf(draft, sizeof(draft), ".%s.new", name);
	fd = openat(dir->fd, draft,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return -errno;
	/* An older draft may have had another mode; umask may have cut ours. */
	if (fchmod(fd, mode) < 0)
		return -errno;
	r = write_all(fd, data, n);
	if (r < 0)
		return r;
	if (renameat(dir->fd, draft, dir->fd, name) < 0)
		return -errno;
	return 0;
}

int state_dir_read(const StateDir *dir, const char *name, Buf *ret)
{
	AKV_FD int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return buf_append_fd(ret, fd);
}

void state_dir_remove(const StateDir *dir, const char *name)
{
	(void)unlinkat(dir->fd, name, 0);
}
