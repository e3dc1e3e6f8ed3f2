/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * writer - JSON text, member by member, in the order the service writes it
 *
 * A Writer appends to a Buf and puts the commas. The first failure is kept in
 * fault and makes everything after it a no-op, so that a caller checks once, at
 * the end. A name of NULL writes an element of an array.
 */

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/std.h"

typedef struct Writer {
	Buf *buf;   /* borrowed */
	bool comma; /* the next value needs one before it */
	int fault;  /* 0 or a negative errno */
} Writer;

#define WRITER_INIT(buffer)     \
	(Writer)                \
	{                       \
		.buf = (buffer) \
	}

void writer_begin(Writer *writer, const char *name, char bracket);
void writer_end(Writer *writer, char bracket);
void writer_string(Writer *writer, const char *name, const char *text);
void writer_string_n(Writer *writer, const char *name, const char *text,
		     size_t n);
void writer_int(Writer *writer, const char *name, int64_t value);
void writer_bool(Writer *writer, const char *name, bool value);
void writer_null(Writer *writer, const char *name);

/* Any parsed value, as it is. */
void writer_json(Writer *writer, const char *name, const cJSON *value);

/* A string that printf makes; at most BUF_MAX_LINE bytes. */
void writer_format(Writer *writer, const char *name, const char *format, ...)
	AKV_PRINTF(3, 4);
