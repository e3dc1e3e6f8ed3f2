/* SPDX-License-Identifier: MIT */

/*
 * akvfs mount, and the helper that mount(8) calls. In the background, a child
 * becomes the launcher and the parent waits for its word, so that the command
 * returns when the mount is ready, or says why it is not.
 */

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/process.h"
#include "fs/commands.h"
#include "fs/control.h"
#include "fs/mount-setup.h"
#include "fs/settings.h"

enum { MOUNT_LISTS_MAX = 32 };

typedef struct MountArguments {
	bool foreground, debug;
	bool helper; /* called by mount(8), or as it would */
	bool fake;   /* mount(8)'s -f: all but the mount itself */
	const char *lists[MOUNT_LISTS_MAX]; /* each -o */
	size_t n_lists;
	const char *source, *mountpoint;
} MountArguments;

/* What is said to the person before the mount is ready, or is not. */
enum { REPORT_SHOW = -1 };

typedef struct Report {
	int code; /* enum exit_code, or REPORT_SHOW */
	char text[768];
} Report;

static int arguments_usage(void)
{
	return command_fail(EXIT_CODE_USAGE,
			    "usage: akvfs mount [-f] [-d] [-o OPT[,OPT...]] "
			    "SOURCE MOUNTPOINT");
}

static int arguments_option(MountArguments *arguments, int option)
{
	switch (option) {
	case 'f':
		if (arguments->helper)
			arguments->fake = true;
		else
			arguments->foreground = true;
		return 0;
	case 'd':
		arguments->foreground = true;
		arguments->debug = true;
		return 0;
	case 'o':
		if (arguments->n_lists == MOUNT_LISTS_MAX)
			return command_fail(EXIT_CODE_USAGE,
					    "too many -o options");
		arguments->lists[arguments->n_lists++] = optarg;
		return 0;
	case 'n': /* what mount(8) passes on, and we have no use for */
	case 's':
	case 'v':
	case 'r':
	case 'w':
	case 't':
	case 'N':
		return 0;
	default:
		return arguments_usage();
	}
}

static int arguments_read(MountArguments *arguments, int argc, char **argv)
{
	const char *letters = arguments->helper ? "fdo:nsvrwt:N:" : "fdo:";
	int option, r = 0;

	optind = 1;
	while (r == 0 && (option = getopt(argc, argv, letters)) != -1)
		r = arguments_option(arguments, option);
	if (r != 0)
		return r;
	if (argc - optind != 2)
		return arguments_usage();
	arguments->source = argv[optind];
	arguments->mountpoint = argv[optind + 1];
	return 0;
}

/* What the options of the command line say, on top of @options. */
static int options_apply(Options *options, const void *data)
{
	const MountArguments *arguments = data;
	int r = settings_apply(options, arguments->lists, arguments->n_lists,
			       arguments->source);

	if (r != 0)
		return r;
	options->debug = options->debug || arguments->debug;
	options->syslog = !arguments->foreground;
	/* mount(8) says rw unless fstab says ro. */
	if (arguments->helper)
		options->read_write = false;
	return 0;
}

static int setup_make(MountSetup *setup, const MountArguments *arguments)
{
	int r = settings_read(&setup->options, options_apply, arguments);

	return r == 0 ? mount_setup_finish(setup, arguments->mountpoint) : r;
}

static void ready_print(void *data, int code, const char *text)
{
	const MountSetup *setup = data;

	if (code != EXIT_CODE_OK)
		(void)command_fail(code, "%s", text);
	else
		log_info("%s is mounted at %s", setup->options.source,
			 setup->mountpoint.path);
}

static int show_print(AKV_UNUSED void *data, const char *text)
{
	(void)fprintf(stderr, "%s\n", text);
	return 0;
}

static int launch(MountSetup *setup, void (*ready)(void *, int, const char *),
		  int (*show)(void *, const char *), void *data)
{
	LauncherConfig config = {
		.options = &setup->options,
		.mountpoint = setup->mountpoint.path,
		.state = setup->state,
		.state_fd = setup->state_fd,
		.ready = ready,
		.show = show,
		.data = data,
	};

	process_hide();
	return launcher_run(&config);
}

/* --- in the background -------------------------------------------------- */

static int null_open(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* The parent hears; from here on, nobody reads what we print. */
static void ready_report(void *data, int code, const char *text)
{
	int *report_fd = data;
	Report report = {.code = code};
	AKV_FD int null_fd = null_open();

	(void)snprintf(report.text, sizeof(report.text), "%s", text);
	if (write(*report_fd, &report, sizeof(report)) < 0)
		log_debug("nobody waits for this mount");
	(void)close(*report_fd);
	*report_fd = -1;
	if (code != EXIT_CODE_OK || null_fd < 0)
		return;
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null_fd, fd);
}

/* The parent prints it, as long as there is one. */
static int show_report(void *data, const char *text)
{
	const int *report_fd = data;
	Report report = {.code = REPORT_SHOW};

	if (*report_fd < 0)
		return -ENOTTY;
	(void)snprintf(report.text, sizeof(report.text), "%s", text);
	return write(*report_fd, &report, sizeof(report)) < 0 ? -ENOTTY : 0;
}

static int background_child(MountSetup *setup, int report_fd)
{
	(void)setsid();
	if (chdir("/") < 0)
		return EXIT_CODE_MOUNT;
	log_open(LOG_TARGET_SYSLOG, options_log_level(&setup->options));
	return launch(setup, ready_report, show_report, &report_fd);
}

static int background_parent(pid_t child, int report_fd)
{
	Report report = {0};
	ssize_t n;

	for (;;) {
		n = read(report_fd, &report, sizeof(report));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(report) || report.code != REPORT_SHOW)
			break;
		report.text[sizeof(report.text) - 1] = '\0';
		(void)show_print(NULL, report.text);
	}
	if (n == (ssize_t)sizeof(report) && report.code == EXIT_CODE_OK)
		return EXIT_CODE_OK;
	(void)waitpid(child, NULL, 0);
	if (n != (ssize_t)sizeof(report))
		return command_fail(EXIT_CODE_MOUNT,
				    "the mount ended before it was ready");
	report.text[sizeof(report.text) - 1] = '\0';
	return command_fail(report.code, "%s", report.text);
}

static int launch_in_background(MountSetup *setup)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return command_fail(EXIT_CODE_MOUNT, "pipe: %s",
				    strerror(errno));
	child = fork();
	if (child < 0)
		return command_fail(EXIT_CODE_MOUNT, "fork: %s",
				    strerror(errno));
	if (child == 0) {
		(void)close(fds[0]);
		return background_child(setup, fds[1]);
	}
	(void)close(fds[1]);
	return background_parent(child, fds[0]);
}

static int command_mount_as(const MountArguments *arguments)
{
	MountSetup setup;
	int code;

	mount_setup_init(&setup);
	code = setup_make(&setup, arguments);
	if (code == 0 && arguments->fake) {
		log_debug("nothing is mounted, as asked");
	} else if (code == 0 && arguments->foreground) {
		log_open(LOG_TARGET_STDERR, options_log_level(&setup.options));
		code = launch(&setup, ready_print, show_print, &setup);
	} else if (code == 0) {
		code = launch_in_background(&setup);
	}
	mount_setup_done(&setup);
	return code;
}

int command_mount(int argc, char **argv)
{
	MountArguments arguments = {0};
	int r = arguments_read(&arguments, argc, argv);

	return r == 0 ? command_mount_as(&arguments) : r;
}

int command_mount_helper(int argc, char **argv)
{
	MountArguments arguments = {.helper = true};
	int r = arguments_read(&arguments, argc, argv);

	return r == 0 ? command_mount_as(&arguments) : r;
}
