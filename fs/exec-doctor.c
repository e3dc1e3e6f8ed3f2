/* SPDX-License-Identifier: MIT */

/* The same process, so that signals, terminal and exit code are its own. */

#include "fs/commands.h"
#include "fs/control.h"
#include "fs/program.h"

extern char **environ;

enum { EXEC_WORDS_MAX = 256 };

int command_exec_doctor(int argc, char **argv)
{
	AKV_BUF Buf path = BUF_INIT(BUF_MAX_LINE);
	char *words[EXEC_WORDS_MAX + 2] = {(char *)(uintptr_t) "akvfs-doctor"};
	int r = program_find(&path, "akvfs-doctor", ".", AKVFS_LIBEXECDIR);

	if (r < 0)
		return command_fail(EXIT_CODE_USAGE, "akvfs-doctor: %s",
				    strerror(-r));
	if (argc > EXEC_WORDS_MAX)
		return command_fail(EXIT_CODE_USAGE, "too many arguments");
	memcpy(words + 1, argv, (size_t)argc * sizeof(words[0]));
	/* As for a worker: see launcher.c. */
	if (setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 1) < 0)
		return command_fail(EXIT_CODE_USAGE, "%s", strerror(errno));
	(void)execve(path.p, words, environ);
	return command_fail(EXIT_CODE_USAGE, "%s: %s", path.p, strerror(errno));
}
