/* SPDX-License-Identifier: MIT */

/* Used by all commands. */

#include "fs/command-fail.h"

#include <stdarg.h>

int command_fail(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)fputs("akvfs: ", stderr);
	(void)vfprintf(stderr, format, arguments);
	(void)fputc('\n', stderr);
	va_end(arguments);
	return code;
}
