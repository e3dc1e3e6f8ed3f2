/* SPDX-License-Identifier: MIT */

/*
 * A mount whose processes are gone answers ENOTCONN to everything that the
 * kernel does not know. Used by the commands.
 */

#include "fs/mountpoint.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fs/mountinfo.h"
#include "fs/program.h"

typedef struct Search {
	const char *path;
	bool found;
} Search;

static bool search_visit(void *data, const char *path)
{
	Search *search = data;

	search->found = strcmp(search->path, path) == 0;
	return !search->found;
}

int mountpoint_is_ours(bool *ret, const char *path)
{
	Search search = {.path = path};
	int r = mountinfo_walk(search_visit, &search);

	if (r == 0)
		*ret = search.found;
	return r;
}

static int unmount_by_helper(const char *path, bool lazy, char *why,
			     size_t why_size)
{
	char *argv[] = {
		(char *)(uintptr_t) "fusermount3",
		(char *)(uintptr_t)(lazy ? "-uz" : "-u"),
		(char *)(uintptr_t) "--",
		(char *)(uintptr_t)path,
		NULL,
	};
	ProgramStart start = {
		.path = "fusermount3",
		.argv = argv,
		.environment = environ,
		.standard_output = -1,
	};
	int r = program_run(&start);

	if (r == -ENOENT) {
		(void)snprintf(why, why_size,
			       "fusermount3 is not installed (package fuse3)");
		return MOUNTPOINT_E_UNFIT;
	}
	if (r > 0) {
		(void)snprintf(why, why_size, "%s could not be unmounted",
			       path);
		return MOUNTPOINT_E_UNFIT;
	}
	return r;
}

int mountpoint_unmount(const char *path, bool lazy, char *why, size_t why_size)
{
	int flags = UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0);

	if (geteuid() != 0)
		return unmount_by_helper(path, lazy, why, why_size);
	if (umount2(path, flags) == 0)
		return 0;
	(void)snprintf(why, why_size, "%s: %s%s", path, strerror(errno),
		       errno == EBUSY ? "; with -l it is detached now and "
					"gone when nobody uses it"
				      : "");
	return MOUNTPOINT_E_UNFIT;
}

static int mountpoint_refuse(char *why, size_t why_size, const char *path,
			     const char *what)
{
	(void)snprintf(why, why_size, "%s: %s", path, what);
	return MOUNTPOINT_E_UNFIT;
}

int mountpoint_prepare(Mountpoint *ret, const char *path, char *why,
		       size_t why_size)
{
	Mountpoint mountpoint;
	struct statvfs space;
	struct stat status;
	bool ours = false;
	int r;

	/* The kernel may hold the attributes of a dead one, not its space. */
	if ((stat(path, &status) < 0 || statvfs(path, &space) < 0) &&
	    errno == ENOTCONN) {
		r = mountpoint_unmount(path, true, why, why_size);
		if (r != 0)
			return r;
	}
	if (stat(path, &status) < 0)
		return mountpoint_refuse(why, why_size, path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return mountpoint_refuse(why, why_size, path,
					 "it is no directory");
	if (!realpath(path, mountpoint.path))
		return mountpoint_refuse(why, why_size, path, strerror(errno));
	r = mountpoint_is_ours(&ours, mountpoint.path);
	if (r < 0)
		return r;
	if (ours)
		return mountpoint_refuse(why, why_size, path,
					 "a vault is mounted there already; "
					 "akvfs umount takes it away");
	*ret = mountpoint;
	return 0;
}
