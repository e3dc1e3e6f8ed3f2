/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * log - one line per event, to stderr or syslog
 *
 * Nothing secret can be logged by construction: a Secret has no printable
 * form, and callers pass the parts of a request (method, host, status), never
 * query, headers or body. Names of objects go out at debug only. Control
 * characters of an argument are printed escaped, since text of the network may
 * be among them.
 */

#include "base/std.h"

enum log_level {
	LOG_LEVEL_ERROR = 3, /* the numbers of syslog(3) */
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

enum log_target {
	LOG_TARGET_STDERR, /* "akvfs: text", with "<N>" under systemd */
	LOG_TARGET_SYSLOG,
};

enum { LOG_LINE_MAX = 2048 };

void log_open(enum log_target target, enum log_level level);
enum log_level log_level_now(void);

/* Tests only: give each line to @sink instead; NULL undoes it. */
void log_capture(void (*sink)(enum log_level level, const char *line));

void log_write(enum log_level level, const char *format, ...) AKV_PRINTF(2, 3);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                           \
	do {                                                     \
		if (log_level_now() >= LOG_LEVEL_DEBUG)          \
			log_write(LOG_LEVEL_DEBUG, __VA_ARGS__); \
	} while (0)
