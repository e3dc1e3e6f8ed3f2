/* SPDX-License-Identifier: MIT */

/* akvfs umount: only what akvfs has mounted. */

#include <getopt.h>
#include <time.h>

#include "fs/commands.h"
#include "fs/control.h"
#include "fs/mountpoint.h"

enum { UMOUNT_WAIT_MS = 10, UMOUNT_TRIES = 300 };

/* The path as mountinfo has it; the mount itself may be dead. */
static int path_resolve(char ret[PATH_MAX], const char *path)
{
	if (realpath(path, ret))
		return 0;
	if (errno != ENOTCONN || path[0] != '/')
		return -errno;
	(void)snprintf(ret, PATH_MAX, "%s", path);
	return 0;
}

/* A lazy unmount of a busy mount ends when its last user does. */
static bool wait_until_gone(const char *path)
{
	const struct timespec pause = {0, UMOUNT_WAIT_MS * 1000000L};
	bool ours = true;

	for (int i = 0; i < UMOUNT_TRIES && ours; i++) {
		if (mountpoint_is_ours(&ours, path) < 0)
			return false;
		if (ours)
			(void)nanosleep(&pause, NULL);
	}
	return !ours;
}

static int umount_path(const char *path, bool lazy)
{
	char resolved[PATH_MAX], why[PATH_MAX + 128] = "";
	bool ours = false;
	int r = path_resolve(resolved, path);

	if (r == 0)
		r = mountpoint_is_ours(&ours, resolved);
	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "%s: %s", path,
				    strerror(-r));
	if (!ours)
		return command_fail(EXIT_CODE_MOUNT,
				    "%s: no vault is mounted there", path);
	r = mountpoint_unmount(resolved, lazy, why, sizeof(why));
	if (r != 0)
		return command_fail(EXIT_CODE_MOUNT, "%s",
				    r < 0 ? strerror(-r) : why);
	if (!wait_until_gone(resolved))
		return command_fail(EXIT_CODE_MOUNT, "%s: it is still mounted",
				    path);
	return EXIT_CODE_OK;
}

int command_umount(int argc, char **argv)
{
	bool lazy = false;
	int option;

	optind = 1;
	while ((option = getopt(argc, argv, "l")) != -1) {
		if (option != 'l')
			return command_fail(EXIT_CODE_USAGE,
					    "usage: akvfs umount [-l] "
					    "MOUNTPOINT");
		lazy = true;
	}
	if (argc - optind != 1)
		return command_fail(EXIT_CODE_USAGE,
				    "usage: akvfs umount [-l] MOUNTPOINT");
	return umount_path(argv[optind], lazy);
}
