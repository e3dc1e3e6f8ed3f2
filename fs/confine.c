/* SPDX-License-Identifier: MIT */

/* Called by worker.c once it has read the files that only root may. */

#include "fs/confine.h"

#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "fs/mountinfo.h"

static const char *const worker_users[] = {"akvfs", "nobody"};

static void memlock_raise(size_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	if (geteuid() == 0 && limit.rlim_max < bytes)
		limit.rlim_max = bytes;
	if (limit.rlim_cur < bytes)
		limit.rlim_cur = AKV_MIN((rlim_t)bytes, limit.rlim_max);
	(void)setrlimit(RLIMIT_MEMLOCK, &limit);
}

typedef struct WorkerUser {
	uid_t uid;
	gid_t gid;
} WorkerUser;

/*
 * /etc/passwd is read here: getpwnam(3) would load the libraries of every name
 * service into the process for good.
 */
static int passwd_find(WorkerUser *ret, const char *name)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *user;
	int r = -ENOENT;

	if (!file)
		return -errno;
	while (r < 0 && (user = fgetpwent(file))) {
		if (strcmp(user->pw_name, name) != 0 || user->pw_uid == 0)
			continue;
		*ret = (WorkerUser){user->pw_uid, user->pw_gid};
		r = 0;
	}
	(void)fclose(file);
	return r;
}

static int worker_user(WorkerUser *ret)
{
	int r = -ENOENT;

	for (size_t i = 0; i < AKV_ARRAY_LEN(worker_users) && r < 0; i++)
		r = passwd_find(ret, worker_users[i]);
	return r;
}

static bool mount_drop(AKV_UNUSED void *data, const char *path)
{
	(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	return true;
}

/*
 * Unmounts outside still reach us, where mounts are shared. Where they are
 * not, a later worker would keep its own mount busy for ever by the copy of it
 * that a new namespace begins with; so that goes.
 */
static int mounts_detach(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -errno;
	return mountinfo_walk(mount_drop, NULL);
}

static int user_become(const WorkerUser *user)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return 0;
}

int confine_worker(size_t memlock_bytes)
{
	int r;

	memlock_raise(memlock_bytes);
	if (geteuid() == 0) {
		WorkerUser user = {0};

		r = worker_user(&user);
		if (r < 0)
			return r;
		/* A container may forbid this one; the rest still holds. */
		(void)mounts_detach();
		r = user_become(&user);
		if (r < 0)
			return r;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* After the change of user, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return 0;
}
