/* SPDX-License-Identifier: MIT */

/*
 * A file is opened, and then looked at: what was looked at is what is read.
 * The content goes into a socket, so that a worker never reads a file that
 * could make it wait, such as one below its own mount. (A pipe holds no more
 * than 8 KiB once its user has many of them.)
 */

#include "fs/errand-file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define TOKEN_FILE_DEFAULT "/var/run/secrets/azure/tokens/azure-identity-token"

static int content_read(Buf *ret, int fd, size_t max)
{
	AKV_BUF Buf content = BUF_INIT(max);
	int r = buf_append_fd(&content, fd);

	if (r == -EMSGSIZE)
		return -EFBIG;
	return r == 0 ? buf_append(ret, content.p, content.n) : r;
}

int errand_file_read(Buf *ret, const char *path)
{
	/* Neither a FIFO nor a terminal makes us wait. */
	AKV_FD int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EPERM;
	return content_read(ret, fd, ERRAND_OUTPUT_MAX);
}

int errand_key_read(Buf *ret, const char *folder, const char *name)
{
	AKV_FD int folder_fd =
		open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	AKV_FD int fd = -1;
	struct stat of_folder, status;

	if (folder_fd < 0 || fstat(folder_fd, &of_folder) < 0)
		return -errno;
	if (!arc_key_name_is_valid(name))
		return -EPERM;
	fd = openat(folder_fd, name,
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 && errno == ELOOP)
		return -EPERM;
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || (status.st_mode & 022) != 0 ||
	    (status.st_uid != 0 && status.st_uid != of_folder.st_uid))
		return -EPERM;
	if (status.st_size > ARC_KEY_SIZE_MAX)
		return -EFBIG;
	return content_read(ret, fd, ARC_KEY_SIZE_MAX);
}

static int errand_read(Buf *ret, const Errand *errand, const Options *options)
{
	const char *token_file = options->token_file;

	switch (errand->kind) {
	case ERRAND_CERTIFICATE:
		if (!options->certificate[0])
			return -ENOENT;
		return errand_file_read(ret, options->certificate);
	case ERRAND_TOKEN_FILE:
		return errand_file_read(
			ret, token_file[0] ? token_file : TOKEN_FILE_DEFAULT);
	case ERRAND_ARC_KEY:
		return errand_key_read(ret, ARC_KEY_FOLDER, errand->words[0]);
	default:
		return -EINVAL;
	}
}

int errand_file_open(int *ret, const Errand *errand, const Options *options)
{
	AKV_BUF Buf content = BUF_INIT(ERRAND_OUTPUT_MAX);
	AKV_FD int from = -1;
	AKV_FD int to = -1;
	int fds[2];
	int r = errand_read(&content, errand, options);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) < 0)
		return -errno;
	from = fds[0];
	to = fds[1];
	if (content.n > 0 &&
	    send(to, content.p, content.n, MSG_NOSIGNAL) != (ssize_t)content.n)
		return -ENOBUFS;
	*ret = akv_fd_take(&from);
	return 0;
}
