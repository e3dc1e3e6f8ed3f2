/* SPDX-License-Identifier: MIT */

/* Formats into a bounded line, escapes what a terminal would obey, writes. */

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

static enum log_target log_target_now = LOG_TARGET_STDERR;
static enum log_level log_level_max = LOG_LEVEL_INFO;
static void (*log_sink)(enum log_level level, const char *line);
static bool log_prefix_priority;

void log_open(enum log_target target, enum log_level level)
{
	log_target_now = target;
	log_level_max = level;
	/* systemd reads "<N>" at the start of a line as its priority. */
	log_prefix_priority = secure_getenv("JOURNAL_STREAM") != NULL;
	if (target == LOG_TARGET_SYSLOG)
		openlog("akvfs", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

enum log_level log_level_now(void)
{
	return log_level_max;
}

void log_capture(void (*sink)(enum log_level level, const char *line))
{
	log_sink = sink;
}

/* Would a terminal obey the byte at @p, or the C1 control it is part of? */
static bool byte_is_control(const char *text, const char *p)
{
	unsigned char c = (unsigned char)p[0], next = (unsigned char)p[1];
	unsigned char before = p > text ? (unsigned char)p[-1] : 0;

	return c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0) ||
	       (before == 0xc2 && c < 0xa0);
}

/* Copy @from to @to, at most @max bytes with the NUL, escaping controls. */
static void line_escape(char *to, size_t max, const char *from)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (const char *p = from; *p && n + 5 < max; p++) {
		unsigned char c = (unsigned char)*p;

		if (!byte_is_control(from, p)) {
			to[n++] = *p;
			continue;
		}
		to[n++] = '\\';
		to[n++] = 'x';
		to[n++] = digits[c >> 4];
		to[n++] = digits[c & 15];
	}
	to[n] = '\0';
}

static void line_to_stderr(enum log_level level, const char *line)
{
	char out[LOG_LINE_MAX + 32];
	int n;

	if (log_prefix_priority)
		n = snprintf(out, sizeof(out), "<%d>%s\n", (int)level, line);
	else
		n = snprintf(out, sizeof(out), "akvfs: %s\n", line);
	if (n > 0 && write(STDERR_FILENO, out, (size_t)n) < 0)
		return; /* there is nowhere left to say so */
}

void log_write(enum log_level level, const char *format, ...)
{
	char raw[LOG_LINE_MAX], line[LOG_LINE_MAX];
	va_list arguments;

	if (level > log_level_max && !log_sink)
		return;
	va_start(arguments, format);
	if (vsnprintf(raw, sizeof(raw), format, arguments) < 0)
		raw[0] = '\0';
	va_end(arguments);
	line_escape(line, sizeof(line), raw);

	if (log_sink)
		log_sink(level, line);
	else if (log_target_now == LOG_TARGET_SYSLOG)
		syslog((int)level, "%s", line);
	else
		line_to_stderr(level, line);
}
