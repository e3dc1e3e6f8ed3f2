/* SPDX-License-Identifier: MIT */

/* Used by mountpoint.c and confine.c. */

#include "fs/mountinfo.h"

#include <fcntl.h>

#include "base/buf.h"

#define MOUNTINFO_TYPE "fuse.akvfs"

/* The kernel's \040 and the like undone, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' &&
		    from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
		    from[3] <= '7') {
			*to = (char)((from[1] - '0') * 64 +
				     (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/*
 * "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS ... - TYPE SOURCE SUPER": the path,
 * or NULL if it is of another type.
 */
static char *line_path(char *line)
{
	static const char type[] = " - " MOUNTINFO_TYPE " ";
	char *field = NULL;

	if (!strstr(line, type))
		return NULL;
	for (int i = 0; i < 5; i++)
		field = strsep(&line, " ");
	if (field)
		unescape(field);
	return field;
}

int mountinfo_walk(bool (*visit)(void *data, const char *path), void *data)
{
	AKV_BUF Buf text = BUF_INIT(MOUNTINFO_SIZE_MAX);
	AKV_FD int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char *rest, *line;
	int r;

	if (fd < 0)
		return -errno;
	r = buf_append_fd(&text, fd);
	if (r < 0)
		return r;
	rest = text.p;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = line_path(line);

		if (path && !visit(data, path))
			break;
	}
	return 0;
}
