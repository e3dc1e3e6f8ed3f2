/* SPDX-License-Identifier: MIT */

/* posix_spawn(3): no copy of our memory is made. Used by errand-desk.c. */

#include "fs/errand-tool.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>

enum { VARIABLES_MAX = 32 };

extern char **environ;

/* What the tools need: where they are, whose they are, how they reach out. */
static const char *const passed[] = {
	"PATH",
	"HOME",
	"USER",
	"LOGNAME",
	"LANG",
	"LC_ALL",
	"TZ",
	"TMPDIR",
	"AZURE_CONFIG_DIR",
	"AZD_CONFIG_DIR",
	"HTTPS_PROXY",
	"https_proxy",
	"NO_PROXY",
	"no_proxy",
	"ALL_PROXY",
	"all_proxy",
	"SSL_CERT_FILE",
	"REQUESTS_CA_BUNDLE",
};

static char *word(const char *text)
{
	return (char *)(uintptr_t)text;
}

void errand_arguments(ErrandArguments *ret, const Errand *errand)
{
	const char *resource = errand->words[0];
	const char *tenant = errand->words[1];
	const char *claims = errand->words[2];
	char **argv = ret->argv;
	size_t n = 0;

	(void)snprintf(ret->scope, sizeof(ret->scope), "%s/.default", resource);
	if (errand->kind == ERRAND_AZ) {
		argv[n++] = word("az");
		argv[n++] = word("account");
		argv[n++] = word("get-access-token");
		argv[n++] = word("-o");
		argv[n++] = word("json");
		argv[n++] = word("--resource");
		argv[n++] = word(resource);
	} else {
		argv[n++] = word("azd");
		argv[n++] = word("auth");
		argv[n++] = word("token");
		argv[n++] = word("-o");
		argv[n++] = word("json");
		argv[n++] = word("--no-prompt");
		argv[n++] = word("--scope");
		argv[n++] = ret->scope;
	}
	if (tenant && tenant[0]) {
		argv[n++] = word(errand->kind == ERRAND_AZ ? "--tenant"
							   : "--tenant-id");
		argv[n++] = word(tenant);
	}
	if (claims && claims[0]) {
		argv[n++] = word("--claims");
		argv[n++] = word(claims);
	}
	argv[n] = NULL;
}

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	       access(path, X_OK) == 0;
}

int errand_tool_find(Buf *path, const char *search, const char *name)
{
	while (search && *search) {
		size_t n = strcspn(search, ":");
		int r = 0;

		buf_reset(path);
		/* An empty or relative one is wherever we happen to be. */
		if (search[0] == '/')
			r = buf_printf(path, "%.*s/%s", (int)n, search, name);
		if (r == 0 && path->n > 0 && is_program(path->p))
			return 0;
		search += n;
		search += *search == ':';
	}
	return -ENOENT;
}

static void variables_take(char *ret[VARIABLES_MAX])
{
	size_t taken = 0;

	for (char **at = environ; *at; at++) {
		size_t n = strcspn(*at, "=");

		for (size_t i = 0; i < AKV_ARRAY_LEN(passed); i++) {
			if (strlen(passed[i]) == n &&
			    strncmp(passed[i], *at, n) == 0 &&
			    taken + 1 < VARIABLES_MAX)
				ret[taken++] = *at;
		}
	}
	ret[taken] = NULL;
}

static int actions_fill(posix_spawn_file_actions_t *actions, int output,
			int errors)
{
	int r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
						 "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, output,
						     STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, errors,
						     STDERR_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, 3);
	if (r == 0)
		r = posix_spawn_file_actions_addchdir_np(actions, "/");
	return -r;
}

static int attributes_fill(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int r;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setpgroup(attributes, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
					     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETPGROUP);
	return -r;
}

static int tool_spawn(pid_t *ret, const char *path, char **argv, int output,
		      int errors)
{
	char *variables[VARIABLES_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	variables_take(variables);
	r = actions_fill(&actions, output, errors);
	if (r == 0)
		r = attributes_fill(&attributes);
	if (r == 0)
		r = -posix_spawn(ret, path, &actions, &attributes, argv,
				 variables);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

int errand_tool_start(ErrandTool *ret, const Errand *errand)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	AKV_FD int output_from = -1;
	AKV_FD int output_to = -1;
	AKV_FD int errors_from = -1;
	AKV_FD int errors_to = -1;
	ErrandArguments arguments = {0};
	pid_t pid = 0;
	int fds[2];
	int r;

	errand_arguments(&arguments, errand);
	r = errand_tool_find(&path, secure_getenv("PATH"), arguments.argv[0]);
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	output_from = fds[0];
	output_to = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	errors_from = fds[0];
	errors_to = fds[1];
	r = tool_spawn(&pid, path.p, arguments.argv, output_to, errors_to);
	if (r < 0)
		return r;
	*ret = (ErrandTool){pid, akv_fd_take(&output_from),
			    akv_fd_take(&errors_from)};
	return 0;
}

void errand_tool_kill(const ErrandTool *tool)
{
	if (tool->pid > 0)
		(void)kill(-tool->pid, SIGKILL);
}
