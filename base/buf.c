/* SPDX-License-Identifier: MIT */

/*
 * Growth is by doubling up to the maximum, with malloc, copy, wipe and free
 * instead of realloc, which leaves old copies behind. Anyone may call this.
 */

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { BUF_FIRST_CAPACITY = 128 };

char buf_nothing[1];

static void memory_discard(char *p, size_t capacity)
{
	if (!p || p == buf_nothing)
		return;
	explicit_bzero(p, capacity);
	free(p);
}

void buf_done(Buf *buf)
{
	memory_discard(buf->p, buf->capacity);
	buf->p = buf_nothing;
	buf->n = 0;
	buf->capacity = 0;
}

void buf_reset(Buf *buf)
{
	if (buf->capacity > 0)
		explicit_bzero(buf->p, buf->capacity);
	buf->n = 0;
}

/* Make room for @more bytes and the NUL behind them. */
static int buf_reserve(Buf *buf, size_t more)
{
	size_t need, capacity;
	char *p;

	if (more > buf->max || buf->n > buf->max - more)
		return -EMSGSIZE;
	need = buf->n + more + 1;
	if (need <= buf->capacity)
		return 0;

	capacity = AKV_MAX(buf->capacity, (size_t)BUF_FIRST_CAPACITY);
	while (capacity < need)
		capacity *= 2;
	capacity = AKV_MIN(capacity, buf->max + 1);

	p = malloc(capacity);
	if (!p)
		return -ENOMEM;
	memcpy(p, buf->p, buf->n + 1);
	memory_discard(buf->p, buf->capacity);
	buf->p = p;
	buf->capacity = capacity;
	return 0;
}

int buf_append(Buf *buf, const void *data, size_t n)
{
	int r;

	if (n == 0)
		return 0;
	r = buf_reserve(buf, n);
	if (r < 0)
		return r;
	memcpy(buf->p + buf->n, data, n);
	buf->n += n;
	buf->p[buf->n] = '\0';
	return 0;
}

int buf_append_string(Buf *buf, const char *string)
{
	return buf_append(buf, string, strlen(string));
}

int buf_append_char(Buf *buf, char c)
{
	return buf_append(buf, &c, 1);
}

int buf_printf(Buf *buf, const char *format, ...)
{
	va_list arguments;
	int n, r;

	va_start(arguments, format);
	n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (n < 0)
		return -EINVAL;

	r = buf_reserve(buf, (size_t)n);
	if (r < 0 || n == 0)
		return r;
	va_start(arguments, format);
	(void)vsnprintf(buf->p + buf->n, (size_t)n + 1, format, arguments);
	va_end(arguments);
	buf->n += (size_t)n;
	return 0;
}

static bool byte_is_unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

int buf_append_percent(Buf *buf, const void *data, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *bytes = data;
	size_t before = buf->n;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		unsigned char c = bytes[i];
		const char triple[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (byte_is_unreserved(c))
			r = buf_append_char(buf, (char)c);
		else
			r = buf_append(buf, triple, sizeof(triple));
	}
	if (r < 0 && buf->capacity > 0) {
		buf->n = before;
		buf->p[before] = '\0';
	}
	return r;
}

int buf_append_fd(Buf *buf, int fd)
{
	char chunk[4096];
	int r = 0;

	while (r == 0) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = -errno;
		if (n <= 0)
			break;
		r = buf_append(buf, chunk, (size_t)n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return r;
}

int buf_take(Buf *buf, char **ret)
{
	int r;

	r = buf_reserve(buf, 0);
	if (r < 0)
		return r;
	buf->p[buf->n] = '\0';
	*ret = buf->p;
	buf->p = buf_nothing;
	buf->n = 0;
	buf->capacity = 0;
	return 0;
}
