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

static const struct passwd *worker_user(void)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(worker_users); i++) {
		const struct passwd *user = getpwnam(worker_users[i]);

		if (user && user->pw_uid != 0)
			return user;
	}
	return NULL;
}

/* Unmounts outside still reach us: we must not keep a dead mount busy. */
static int mounts_detach(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -errno;
	return 0;
}

static int user_become(const struct passwd *user)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -errno;
	return 0;
}

int confine_worker(size_t memlock_bytes)
{
	int r;

	memlock_raise(memlock_bytes);
	if (geteuid() == 0) {
		const struct passwd *user = worker_user();

		if (!user)
			return -ENOENT;
		/* A container may forbid this one; the rest still holds. */
		(void)mounts_detach();
		r = user_become(user);
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
