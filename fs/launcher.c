/* SPDX-License-Identifier: MIT */

/*
 * One poll loop over the signals and the worker's socket. The first worker
 * probes before anything is mounted, so that a mount that cannot work leaves
 * no trace. Called by the mount and demo commands.
 */

#include "fs/launcher.h"

#include <fuse_lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "fs/control.h"
#include "fs/errand-desk.h"
#include "fs/program.h"

enum {
	LAUNCHER_STOP_MS = 1000,
	/* A worker that lives less than this counts as failing. */
	LAUNCHER_LIFE_MIN_S = 2,
	LAUNCHER_FAILURES_FREE = 5,
	LAUNCHER_PAUSE_MAX_MS = 2000,
};

typedef struct Launcher {
	const LauncherConfig *config;
	struct fuse_session *session;
	int fuse_fd; /* borrowed from the session; -1 until mounted */
	int config_fd, signal_fd, control_fd;
	pid_t worker; /* -1: none */
	uint64_t worker_started_us, restart_us;
	unsigned failures;
	bool reported, mounted, stopping, finished;
	bool serving; /* this worker is done with INIT */
	ErrandDesk desk;
	int code;
} Launcher;

static void launcher_report(Launcher *launcher, int code, const char *text)
{
	if (launcher->reported)
		return;
	launcher->reported = true;
	launcher->code = code;
	launcher->config->ready(launcher->config->data, code, text);
}

static void launcher_fail(Launcher *launcher, int code, const char *what, int r)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s: %s", what, strerror(-r));
	if (launcher->reported)
		log_error("%s", text);
	launcher_report(launcher, code, text);
	launcher->finished = true;
}

/* --- the worker --------------------------------------------------------- */

static int config_fd_new(int *ret, const Options *options)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	AKV_FD int fd = memfd_create("akvfs-config", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = options_write(options, &text);
	if (r < 0)
		return r;
	if (write(fd, text.p, text.n) != (ssize_t)text.n)
		return -EIO;
	*ret = akv_fd_take(&fd);
	return 0;
}

/*
 * What the worker needs to know is in its configuration. The one variable
 * keeps GnuTLS, which libcurl brings along for a protocol that we do not use,
 * from setting itself up at every start.
 */
static char *worker_environment[] = {
	(char *)(uintptr_t) "GNUTLS_NO_IMPLICIT_INIT=1",
#if defined(AKVFS_SANITIZED)
	(char *)(uintptr_t) "ASAN_OPTIONS=strict_string_checks=1",
	(char *)(uintptr_t) "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1",
#endif
	NULL,
};

static int worker_spawn(Launcher *launcher, int control_fd)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	char *argv[] = {(char *)(uintptr_t) "akvfs-worker", NULL};
	ProgramStart start = {
		.argv = argv,
		.environment = worker_environment,
		.fds = {control_fd, launcher->config->state_fd,
			launcher->config_fd},
		.n_fds = 3,
		.standard_output = -1,
	};
	int r = program_find(&path, "akvfs-worker", ".", AKVFS_LIBEXECDIR);

	if (r < 0)
		return r;
	start.path = path.p;
	/* Every worker reads it from the beginning. */
	if (lseek(launcher->config_fd, 0, SEEK_SET) < 0)
		return -errno;
	return program_start(&launcher->worker, &start);
}

static int worker_start(Launcher *launcher)
{
	ControlMessage message = {.type = CONTROL_PROBE};
	AKV_FD int ours = -1;
	AKV_FD int theirs = -1;
	int pair[2];
	int r = control_pair(pair);

	if (r < 0)
		return r;
	ours = pair[0];
	theirs = pair[1];
	r = worker_spawn(launcher, theirs);
	if (r < 0)
		return r;
	launcher->worker_started_us = clock_now_us();
	launcher->serving = false;
	if (launcher->mounted)
		message.type = CONTROL_SERVE;
	/* If it is dead already, SIGCHLD says so. */
	(void)!control_send(ours, &message, launcher->fuse_fd);
	if (launcher->control_fd >= 0)
		(void)close(launcher->control_fd);
	launcher->control_fd = akv_fd_take(&ours);
	return 0;
}

/* How long to wait before the next start: not at all, unless it keeps dying. */
static uint64_t restart_pause_us(unsigned failures)
{
	uint64_t pause_ms = 100;

	if (failures <= LAUNCHER_FAILURES_FREE)
		return 0;
	for (failures -= LAUNCHER_FAILURES_FREE;
	     failures > 1 && pause_ms < LAUNCHER_PAUSE_MAX_MS; failures--)
		pause_ms *= 2;
	return AKV_MIN(pause_ms, (uint64_t)LAUNCHER_PAUSE_MAX_MS) *
	       CLOCK_US_PER_MS;
}

static void worker_restart(Launcher *launcher)
{
	int r = worker_start(launcher);

	launcher->restart_us = 0;
	if (r < 0)
		launcher_fail(launcher, EXIT_CODE_MOUNT, "akvfs-worker", r);
}

/*
 * One that was killed from outside while it served has not failed. One that
 * crashes may do so because of a request that it finds in its slots.
 */
static void launcher_count_failure(Launcher *launcher, int status,
				   uint64_t lived_us)
{
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	State *state = launcher->config->state;

	if (killed && launcher->serving)
		return;
	if (lived_us >= LAUNCHER_LIFE_MIN_S * CLOCK_US_PER_S) {
		launcher->failures = 0;
		state->crashes = 0;
	}
	launcher->failures++;
	state->crashes++;
}

static void worker_died(Launcher *launcher, int status)
{
	uint64_t now_us = clock_now_us();
	uint64_t lived_us = now_us - launcher->worker_started_us;

	launcher->worker = -1;
	errand_desk_clear(&launcher->desk);
	if (launcher->stopping || !launcher->mounted ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE_OK)) {
		launcher->finished = true;
		launcher_report(launcher,
				WIFEXITED(status) && WEXITSTATUS(status)
					? WEXITSTATUS(status)
					: EXIT_CODE_MOUNT,
				"the worker ended before it served");
		return;
	}
	if (WIFSIGNALED(status))
		log_warning("the worker was ended by signal %d; starting "
			    "another",
			    WTERMSIG(status));
	else
		log_warning("the worker ended with code %d; starting another",
			    WEXITSTATUS(status));
	launcher_count_failure(launcher, status, lived_us);
	launcher->restart_us = now_us + restart_pause_us(launcher->failures);
	if (launcher->restart_us == now_us)
		worker_restart(launcher);
}

/* --- the mount ---------------------------------------------------------- */

static int mount_options(Buf *buf, const Options *options, const char *host)
{
	int r;

	r = buf_printf(buf,
		       "default_permissions,nosuid,nodev,noexec,"
		       "subtype=akvfs,fsname=%s",
		       host);
	if (r == 0 && options->allow_other)
		r = buf_append_string(buf, ",allow_other");
	return r;
}

static int launcher_mount(Launcher *launcher, const char *host)
{
	static const struct fuse_lowlevel_ops none;
	AKV_BUF Buf words = BUF_INIT(BUF_MAX_LINE);
	char *argv[] = {(char *)(uintptr_t) "akvfs", (char *)(uintptr_t) "-o",
			NULL, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	int r = mount_options(&words, launcher->config->options, host);

	if (r < 0)
		return r;
	argv[2] = words.p;
	launcher->session = fuse_session_new(&args, &none, sizeof(none), NULL);
	fuse_opt_free_args(&args);
	if (!launcher->session)
		return -EINVAL;
	if (fuse_session_mount(launcher->session,
			       launcher->config->mountpoint) != 0)
		return -EPERM;
	launcher->fuse_fd = fuse_session_fd(launcher->session);
	launcher->mounted = true;
	return 0;
}

/*
 * The mount is read-only, the file system behind it is not flagged so. Where
 * we are not root, the operations alone refuse what would change something.
 */
static void mount_make_read_only(const char *mountpoint)
{
	if (geteuid() != 0)
		return;
	if (mount(NULL, mountpoint, NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
			  MS_NOEXEC,
		  NULL) < 0)
		log_debug("remounting read-only: %s", strerror(errno));
}

static void launcher_serve(Launcher *launcher, const char *host)
{
	ControlMessage message = {.type = CONTROL_SERVE};
	int r = launcher_mount(launcher, host);

	if (r < 0) {
		launcher_fail(launcher, EXIT_CODE_MOUNT,
			      launcher->config->mountpoint, r);
		return;
	}
	r = control_send(launcher->control_fd, &message, launcher->fuse_fd);
	if (r < 0)
		log_debug("the worker is gone: %s", strerror(-r));
}

static void launcher_hear(Launcher *launcher)
{
	ControlMessage message;
	int passed = -1;
	int r = control_receive(launcher->control_fd, &message, &passed);

	if (passed >= 0)
		(void)close(passed);
	if (r != 0) {
		/* Its end; SIGCHLD tells the rest. */
		(void)close(launcher->control_fd);
		launcher->control_fd = -1;
		return;
	}
	if (message.type == CONTROL_PROBED && message.code == EXIT_CODE_OK &&
	    !launcher->mounted) {
		launcher_serve(launcher, message.text);
	} else if (message.type == CONTROL_PROBED) {
		launcher_report(launcher, message.code, message.text);
	} else if (message.type == CONTROL_ERRAND) {
		errand_desk_take(&launcher->desk, &message,
				 launcher->control_fd);
	} else if (message.type == CONTROL_SERVING) {
		launcher->serving = true;
		if (launcher->reported)
			return;
		mount_make_read_only(launcher->config->mountpoint);
		launcher_report(launcher, EXIT_CODE_OK, "");
	}
}

/* --- the end ------------------------------------------------------------ */

static void launcher_unmount(Launcher *launcher)
{
	if (!launcher->mounted)
		return;
	launcher->mounted = false;
	fuse_session_unmount(launcher->session);
}

static void launcher_stop(Launcher *launcher)
{
	ControlMessage message = {.type = CONTROL_STOP};

	if (launcher->stopping)
		return;
	launcher->stopping = true;
	launcher_unmount(launcher);
	if (launcher->worker < 0) {
		launcher->finished = true;
		return;
	}
	if (launcher->control_fd >= 0)
		(void)!control_send(launcher->control_fd, &message, -1);
	launcher->restart_us =
		clock_now_us() + LAUNCHER_STOP_MS * CLOCK_US_PER_MS;
}

/* SIGUSR1: what is cached is wiped, and asked for anew when it is read. */
static void launcher_evict(Launcher *launcher)
{
	ControlMessage message = {.type = CONTROL_EVICT};

	if (launcher->control_fd >= 0)
		(void)!control_send(launcher->control_fd, &message, -1);
}

static void launcher_signals(Launcher *launcher)
{
	struct signalfd_siginfo info;
	int status;

	if (read(launcher->signal_fd, &info, sizeof(info)) !=
	    (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1) {
		launcher_evict(launcher);
		return;
	}
	if (info.ssi_signo != SIGCHLD) {
		launcher_stop(launcher);
		return;
	}
	/* What the worker said last comes before that it has gone. */
	while (launcher->control_fd >= 0) {
		struct pollfd said = {launcher->control_fd, POLLIN, 0};

		if (poll(&said, 1, 0) <= 0)
			break;
		launcher_hear(launcher);
	}
	errand_desk_reap(&launcher->desk, launcher->control_fd);
	if (launcher->worker >= 0 &&
	    waitpid(launcher->worker, &status, WNOHANG) == launcher->worker)
		worker_died(launcher, status);
}

static void launcher_timeout(Launcher *launcher)
{
	if (launcher->restart_us == 0 || clock_now_us() < launcher->restart_us)
		return;
	if (!launcher->stopping) {
		worker_restart(launcher);
		return;
	}
	launcher->restart_us = 0;
	(void)kill(launcher->worker, SIGKILL);
}

/* To the next restart, or the end of a program's time. */
static int launcher_wait_ms(Launcher *launcher)
{
	uint64_t now_us = clock_now_us();
	uint64_t next_us = errand_desk_look(&launcher->desk, now_us);

	if (launcher->restart_us > 0)
		next_us = AKV_MIN(next_us, launcher->restart_us);
	if (next_us == CLOCK_NEVER)
		return -1;
	if (next_us <= now_us)
		return 0;
	return (int)((next_us - now_us) / CLOCK_US_PER_MS + 1);
}

static int signal_fd_new(int *ret)
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT,
				      SIGHUP,  SIGQUIT, SIGUSR1};
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < AKV_ARRAY_LEN(numbers); i++)
		(void)sigaddset(&set, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

static void launcher_loop(Launcher *launcher)
{
	while (!launcher->finished) {
		struct pollfd polls[2] = {
			{launcher->signal_fd, POLLIN, 0},
			{launcher->control_fd, POLLIN, 0},
		};

		if (poll(polls, 2, launcher_wait_ms(launcher)) < 0 &&
		    errno != EINTR)
			break;
		if (polls[1].revents)
			launcher_hear(launcher);
		if (polls[0].revents)
			launcher_signals(launcher);
		launcher_timeout(launcher);
	}
}

static void launcher_done(Launcher *launcher)
{
	launcher_unmount(launcher);
	errand_desk_clear(&launcher->desk);
	if (launcher->worker >= 0) {
		(void)kill(launcher->worker, SIGKILL);
		(void)waitpid(launcher->worker, NULL, 0);
	}
	if (launcher->session)
		fuse_session_destroy(launcher->session);
	if (launcher->control_fd >= 0)
		(void)close(launcher->control_fd);
	if (launcher->config_fd >= 0)
		(void)close(launcher->config_fd);
	if (launcher->signal_fd >= 0)
		(void)close(launcher->signal_fd);
}

int launcher_run(const LauncherConfig *config)
{
	Launcher launcher = {
		.config = config,
		.fuse_fd = -1,
		.config_fd = -1,
		.signal_fd = -1,
		.control_fd = -1,
		.worker = -1,
		.desk = {.options = config->options,
			 .show = config->show,
			 .data = config->data},
	};
	int r = signal_fd_new(&launcher.signal_fd);

	if (r == 0)
		r = config_fd_new(&launcher.config_fd, config->options);
	if (r == 0)
		r = worker_start(&launcher);
	if (r < 0)
		launcher_fail(&launcher, EXIT_CODE_MOUNT, "akvfs-worker", r);
	launcher_loop(&launcher);
	launcher_done(&launcher);
	return launcher.code;
}
