/* SPDX-License-Identifier: MIT */

/*
 * akvfs demo: the embedded vault, seeded, mounted, nothing else needed. The
 * emulator runs as a child under the real host names, with a certificate
 * authority and a client secret made for this run, in a directory that is
 * removed at the end.
 */

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/process.h"
#include "fs/commands.h"
#include "fs/control.h"
#include "fs/mount-setup.h"
#include "fs/program.h"

enum { DEMO_START_MS = 15000, DEMO_TREE_FDS = 8 };

typedef struct Demo {
	MountSetup setup;
	char directory[64]; /* of the emulator's state */
	char mountpoint[PATH_MAX];
	bool made_mountpoint;
	pid_t emulator;
} Demo;

/* --- the emulator ------------------------------------------------------- */

static int emulator_spawn(Demo *demo, int output_fd)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	char *argv[] = {
		(char *)(uintptr_t) "akv-emulator",
		(char *)(uintptr_t) "--listen",
		(char *)(uintptr_t) "127.0.0.1:0",
		(char *)(uintptr_t) "--state-dir",
		demo->directory,
		(char *)(uintptr_t) "--die-with-parent",
		NULL,
	};
	char *environment[] = {NULL};
	ProgramStart start = {
		.argv = argv,
		.environment = environment,
		.standard_output = output_fd,
	};
	int r = program_find(&path, "akv-emulator", "../emulator",
			     AKVFS_BINDIR);

	if (r < 0)
		return r;
	start.path = path.p;
	return program_start(&demo->emulator, &start);
}

/* Wait for its first line, "listening on ADDR:PORT". */
static int emulator_wait(int output_fd, char *address, size_t size)
{
	static const char prefix[] = "listening on ";
	char line[128] = "";
	size_t n = 0;

	while (n + 1 < sizeof(line) && !memchr(line, '\n', n)) {
		struct pollfd wait = {output_fd, POLLIN, 0};
		ssize_t got;

		if (poll(&wait, 1, DEMO_START_MS) <= 0)
			return -ETIMEDOUT;
		got = read(output_fd, line + n, sizeof(line) - 1 - n);
		if (got <= 0)
			return -EPIPE;
		n += (size_t)got;
	}
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, prefix, sizeof(prefix) - 1) != 0)
		return -EPROTO;
	(void)snprintf(address, size, "%s", line + sizeof(prefix) - 1);
	return 0;
}

/* The text between single quotes; a value of ours holds none. */
static char *unquote(char *text)
{
	size_t n = strlen(text);

	if (n < 2 || text[0] != '\'' || text[n - 1] != '\'')
		return text;
	text[n - 1] = '\0';
	return text + 1;
}

/* "export NAME='VALUE'" of its env file becomes our environment. */
static int environment_take(const char *directory)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FORM);
	static const char prefix[] = "export ";
	AKV_FD int fd = -1;
	char *rest, *line;
	int r = buf_printf(&path, "%s/env", directory);

	if (r < 0)
		return r;
	fd = open(path.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = buf_append_fd(&text, fd);
	rest = text.p;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		char *equals = strchr(line, '=');

		if (strncmp(line, prefix, sizeof(prefix) - 1) != 0 || !equals)
			continue;
		*equals = '\0';
		if (setenv(line + sizeof(prefix) - 1, unquote(equals + 1), 1) <
		    0)
			r = -errno;
	}
	return r;
}

static int emulator_start(Demo *demo, char *address, size_t size)
{
	int fds[2], r;

	(void)snprintf(demo->directory, sizeof(demo->directory),
		       "/tmp/akvfs-demo-XXXXXX");
	if (!mkdtemp(demo->directory)) {
		demo->directory[0] = '\0';
		return -errno;
	}
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	r = emulator_spawn(demo, fds[1]);
	(void)close(fds[1]);
	if (r == 0)
		r = emulator_wait(fds[0], address, size);
	(void)close(fds[0]);
	return r == 0 ? environment_take(demo->directory) : r;
}

static int tree_remove_one(const char *path,
			   AKV_UNUSED const struct stat *status,
			   AKV_UNUSED int type, AKV_UNUSED struct FTW *ftw)
{
	return remove(path);
}

static void demo_done(Demo *demo)
{
	if (demo->emulator > 0) {
		(void)kill(demo->emulator, SIGTERM);
		(void)waitpid(demo->emulator, NULL, 0);
	}
	if (demo->directory[0])
		(void)nftw(demo->directory, tree_remove_one, DEMO_TREE_FDS,
			   FTW_DEPTH | FTW_PHYS);
	if (demo->made_mountpoint)
		(void)rmdir(demo->mountpoint);
	mount_setup_done(&demo->setup);
}

/* --- the mount ---------------------------------------------------------- */

static int demo_mountpoint(Demo *demo, const char *given)
{
	const char *runtime = secure_getenv("XDG_RUNTIME_DIR");

	if (given)
		(void)snprintf(demo->mountpoint, sizeof(demo->mountpoint), "%s",
			       given);
	else
		(void)snprintf(demo->mountpoint, sizeof(demo->mountpoint),
			       "%.200s/akvfs-demo", runtime ? runtime : "/tmp");
	if (mkdir(demo->mountpoint, 0700) == 0)
		demo->made_mountpoint = true;
	else if (errno != EEXIST && errno != ENOTCONN)
		return command_fail(EXIT_CODE_MOUNT, "%s: %s", demo->mountpoint,
				    strerror(errno));
	return 0;
}

static int demo_options(Demo *demo, const char *address)
{
	AKV_BUF Buf list = BUF_INIT(BUF_MAX_LINE);
	char why[512] = "";
	int r;

	/* What the environment says for a real vault is not for this one. */
	r = buf_printf(&list,
		       "source=demo,ttl=2s,auth=secret,authority=,proxy=,quiet,"
		       "connect_to=%s,"
		       "cafile=%s/ca.pem",
		       address, demo->directory);
	if (r == 0)
		r = options_set_environment(&demo->setup.options, why,
					    sizeof(why));
	if (r == 0)
		r = options_set_list(&demo->setup.options, list.p, why,
				     sizeof(why));
	return r;
}

static void demo_ready(void *data, int code, const char *text)
{
	const Demo *demo = data;

	if (code != EXIT_CODE_OK) {
		(void)command_fail(code, "%s", text);
		return;
	}
	(void)printf("A demo vault is mounted at %s\n"
		     "  look around:  ls -R %s\n"
		     "  read one:     cat %s/secrets/db-password\n"
		     "  stop:         Ctrl-C, or akvfs umount %s\n",
		     demo->mountpoint, demo->mountpoint, demo->mountpoint,
		     demo->mountpoint);
	(void)fflush(stdout);
}

static int demo_run(Demo *demo, const char *given)
{
	LauncherConfig config = {
		.options = &demo->setup.options,
		.mountpoint = demo->setup.mountpoint.path,
		.ready = demo_ready,
		.data = demo,
	};
	char address[128] = "";
	int r = demo_mountpoint(demo, given);

	if (r != 0)
		return r;
	r = emulator_start(demo, address, sizeof(address));
	if (r < 0)
		return command_fail(EXIT_CODE_MOUNT, "akv-emulator: %s",
				    strerror(-r));
	r = demo_options(demo, address);
	if (r != 0)
		return command_fail(EXIT_CODE_USAGE, "the demo's options");
	r = mount_setup_finish(&demo->setup, demo->mountpoint);
	if (r != 0)
		return r;
	config.state = demo->setup.state;
	config.state_fd = demo->setup.state_fd;
	process_hide();
	return launcher_run(&config);
}

int command_demo(int argc, char **argv)
{
	Demo demo = {.emulator = -1};
	int code;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return command_fail(EXIT_CODE_USAGE,
				    "usage: akvfs demo [MOUNTPOINT]");
	mount_setup_init(&demo.setup);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING);
	code = demo_run(&demo, argc == 2 ? argv[1] : NULL);
	demo_done(&demo);
	return code;
}
