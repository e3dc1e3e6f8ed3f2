/* SPDX-License-Identifier: MIT */

/* Which program is run, with what arguments and variables, and its end. */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fs/errand-tool.h"
#include "tests/unit/check.h"

static char folder[] = "/tmp/akvfs-tool-XXXXXX";
static char inner[64], program[128];

static const Errand az = {
	.kind = ERRAND_AZ,
	.words = {"https://vault.azure.net", "a-tenant"},
};

/* "az" in the inner folder, which does what @script says. */
static void program_make(const char *script, mode_t mode)
{
	AKV_FD int fd = -1;

	(void)unlink(program);
	fd = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10 ||
	    write(fd, script, strlen(script)) != (ssize_t)strlen(script) ||
	    fchmod(fd, mode) < 0)
		abort();
}

/* All that @fd gives, as text. */
static void text_read(char *ret, size_t size, int fd)
{
	size_t n = 0;
	ssize_t got;

	while (n + 1 < size && (got = read(fd, ret + n, size - n - 1)) > 0)
		n += (size_t)got;
	ret[n] = '\0';
}

static void it_is_found(void)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	char search[256];

	program_make("", 0700);
	(void)snprintf(search, sizeof(search), ":bin:%s:%s", folder, inner);
	/* In the first folder of that name is a folder that is called so. */
	CHECK_OK(errand_tool_find(&path, search, "az"));
	CHECK_STR(path.p, program);
	CHECK_EQ(errand_tool_find(&path, search, "azd"), -ENOENT);
	CHECK_EQ(errand_tool_find(&path, "bin::", "az"), -ENOENT);
	CHECK_EQ(errand_tool_find(&path, NULL, "az"), -ENOENT);
	program_make("", 0600);
	CHECK_EQ(errand_tool_find(&path, search, "az"), -ENOENT);
}

static void it_gets_what_it_needs(void)
{
	char said[4096], errors[256];
	ErrandTool tool = {0};
	int status = 0;

	program_make("echo \"$*\"; pwd; env; echo wrong >&2; exit 3\n", 0700);
	CHECK_OK(setenv("AZURE_CLIENT_SECRET", "nobody's business", 1));
	CHECK_OK(setenv("AZURE_CONFIG_DIR", "/where/az/is", 1));
	CHECK_OK(errand_tool_start(&tool, &az));
	text_read(said, sizeof(said), tool.output_fd);
	text_read(errors, sizeof(errors), tool.errors_fd);
	CHECK_EQ(waitpid(tool.pid, &status, 0), tool.pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	CHECK(strstr(said,
		     "account get-access-token -o json --resource "
		     "https://vault.azure.net --tenant a-tenant\n/\n") == said);
	CHECK(strstr(said, "AZURE_CONFIG_DIR=/where/az/is\n") != NULL);
	CHECK(!strstr(said, "nobody's business"));
	CHECK_STR(errors, "wrong\n");
	(void)close(tool.output_fd);
	(void)close(tool.errors_fd);
}

static void its_children_end_with_it(void)
{
	char said[64];
	ErrandTool tool = {0};
	int status = 0;

	program_make("sleep 600 & echo begun; wait\n", 0700);
	CHECK_OK(errand_tool_start(&tool, &az));
	CHECK(read(tool.output_fd, said, sizeof(said)) == 6);
	errand_tool_kill(&tool);
	/* The end of what it prints: the child, too, has let go of it. */
	text_read(said, sizeof(said), tool.output_fd);
	CHECK_EQ(waitpid(tool.pid, &status, 0), tool.pid);
	CHECK(WIFSIGNALED(status));
	(void)close(tool.output_fd);
	(void)close(tool.errors_fd);
}

int main(void)
{
	char named_so[64];

	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(named_so, sizeof(named_so), "%s/az", folder);
	(void)snprintf(inner, sizeof(inner), "%s/in", folder);
	(void)snprintf(program, sizeof(program), "%s/az", inner);
	if (mkdir(named_so, 0700) < 0 || mkdir(inner, 0700) < 0)
		return 1;
	{
		char search[256];

		(void)snprintf(search, sizeof(search), "%s:/usr/bin:/bin",
			       inner);
		if (setenv("PATH", search, 1) < 0)
			return 1;
	}
	RUN(it_is_found);
	RUN(it_gets_what_it_needs);
	RUN(its_children_end_with_it);
	(void)unlink(program);
	(void)rmdir(inner);
	(void)rmdir(named_so);
	(void)rmdir(folder);
	return check_report();
}
