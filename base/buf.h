/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * buf - a growing run of bytes with a declared maximum
 *
 * The maximum is part of the declaration, BUF_INIT(max), and no append passes
 * it. There is always a NUL after the last byte, so p is a C string when the
 * content holds none. Whatever a Buf held is wiped when it grows, is reset or
 * is done with: request bodies carry secrets, and wiping is cheap.
 */

#include "base/std.h"

typedef struct Buf {
	char *p;  /* owned; "" before the first append, never NULL */
	size_t n; /* bytes in use, without the NUL */
	size_t capacity;
	size_t max;
} Buf;

/* The maxima, in one place: what each kind of content may grow to. */
enum {
	BUF_MAX_URL = 8 * 1024,
	BUF_MAX_FORM = 64 * 1024,
	BUF_MAX_LINE = 4 * 1024,
	BUF_MAX_FILE = 1024 * 1024,
	BUF_MAX_REPLY = 16 * 1024 * 1024,
};

extern char buf_nothing[1];

#define BUF_INIT(maximum)                          \
	(Buf)                                      \
	{                                          \
		.p = buf_nothing, .max = (maximum) \
	}

/* Wipe and free the content; the Buf is empty and usable again. */
void buf_done(Buf *buf); /* accepts a zeroed one */

/* Wipe the content and keep the memory. */
void buf_reset(Buf *buf);

/*
 * Append @n bytes. Returns 0, -EMSGSIZE if the maximum would be passed, or
 * -ENOMEM; after a failure the content is what it was.
 */
AKV_MUST_CHECK int buf_append(Buf *buf, const void *data, size_t n);
AKV_MUST_CHECK int buf_append_string(Buf *buf, const char *string);
AKV_MUST_CHECK int buf_append_char(Buf *buf, char c);

/* Append what printf would print; same returns. */
AKV_MUST_CHECK int buf_printf(Buf *buf, const char *format, ...)
	AKV_PRINTF(2, 3);

/*
 * Append @n bytes percent-encoded as RFC 3986 2.1 asks: everything but
 * unreserved characters. Fit for path segments, queries and forms.
 */
AKV_MUST_CHECK int buf_append_percent(Buf *buf, const void *data, size_t n);

/* Append the content of @fd up to its end. Also returns what read() does. */
AKV_MUST_CHECK int buf_append_fd(Buf *buf, int fd);

/* Take the content: a NUL-terminated string that the caller frees. */
AKV_MUST_CHECK int buf_take(Buf *buf, char **ret);

#define AKV_BUF AKV_CLEANUP(buf_done)
