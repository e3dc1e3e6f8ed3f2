/* SPDX-License-Identifier: MIT */

/* Which files the launcher opens for a worker, and that all of each arrives. */

#include <fcntl.h>
#include <sys/stat.h>

#include "fs/errand-file.h"
#include "tests/unit/check.h"

static char folder[] = "/tmp/akvfs-errand-XXXXXX";
static char path[64];

/* The file of @name, of @n bytes and that mode; its path is in @path. */
static void file_make(const char *name, size_t n, mode_t mode)
{
	AKV_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, mode) < 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (write(fd, "x", 1) != 1)
			abort();
}

static int read_back(Buf *content, int fd)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		if (buf_append(content, part, (size_t)n) < 0)
			return -1;
	return n == 0 ? 0 : -errno;
}

static void any_size_arrives(void)
{
	static const size_t sizes[] = {0, 1, 4096, 8193, ERRAND_OUTPUT_MAX};
	const Errand errand = {.kind = ERRAND_CERTIFICATE};
	static Options options;

	for (size_t i = 0; i < AKV_ARRAY_LEN(sizes); i++) {
		AKV_BUF Buf content = BUF_INIT(ERRAND_OUTPUT_MAX);
		AKV_FD int fd = -1;

		file_make("any", sizes[i], 0600);
		(void)snprintf(options.certificate, sizeof(options.certificate),
			       "%s", path);
		CHECK_OK(errand_file_open(&fd, &errand, &options));
		CHECK_OK(read_back(&content, fd));
		CHECK_EQ(content.n, sizes[i]);
	}
	file_make("any", ERRAND_OUTPUT_MAX + 1, 0600);
	{
		int fd = -7;

		CHECK_EQ(errand_file_open(&fd, &errand, &options), -EFBIG);
		CHECK_EQ(fd, -7);
		options.certificate[0] = '\0';
		CHECK_EQ(errand_file_open(&fd, &errand, &options), -ENOENT);
	}
}

static void only_files_are_read(void)
{
	AKV_BUF Buf content = BUF_INIT(ERRAND_OUTPUT_MAX);

	CHECK_EQ(errand_file_read(&content, folder), -EPERM);
	CHECK_EQ(errand_file_read(&content, "/dev/null"), -EPERM);
	(void)snprintf(path, sizeof(path), "%s/fifo", folder);
	CHECK_OK(mkfifo(path, 0600));
	CHECK_EQ(errand_file_read(&content, path), -EPERM);
	CHECK_EQ(errand_file_read(&content, "/no/such/file"), -ENOENT);
	CHECK_EQ(content.n, 0);
}

static int key_read(const char *name)
{
	AKV_BUF Buf content = BUF_INIT(ERRAND_OUTPUT_MAX);

	return errand_key_read(&content, folder, name);
}

static void a_key_keeps_its_rules(void)
{
	char target[64];

	file_make("a.key", 100, 0640);
	CHECK_OK(key_read("a.key"));
	file_make("a.key", 100, 0660);
	CHECK_EQ(key_read("a.key"), -EPERM);
	file_make("a.key", 100, 0602);
	CHECK_EQ(key_read("a.key"), -EPERM);
	file_make("a.key", ARC_KEY_SIZE_MAX, 0600);
	CHECK_OK(key_read("a.key"));
	file_make("a.key", ARC_KEY_SIZE_MAX + 1, 0600);
	CHECK_EQ(key_read("a.key"), -EFBIG);
	CHECK_EQ(key_read("b.key"), -ENOENT);
	CHECK_EQ(key_read("../a.key"), -EPERM);
	CHECK_EQ(key_read("a.pem"), -EPERM);

	file_make("a.key", 1, 0600);
	memcpy(target, path, sizeof(target));
	(void)snprintf(path, sizeof(path), "%s/link.key", folder);
	CHECK_OK(symlink(target, path));
	CHECK_EQ(key_read("link.key"), -EPERM);
	if (geteuid() == 0) {
		CHECK_OK(chown(target, 65534, 65534));
		CHECK_EQ(key_read("a.key"), -EPERM);
	}
}

int main(void)
{
	static const char *const left[] = {"any", "fifo", "a.key", "link.key"};

	if (!mkdtemp(folder))
		return 1;
	RUN(any_size_arrives);
	RUN(only_files_are_read);
	RUN(a_key_keeps_its_rules);
	for (size_t i = 0; i < AKV_ARRAY_LEN(left); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, left[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
	return check_report();
}
