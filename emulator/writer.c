/* SPDX-License-Identifier: MIT */

/* Escapes what RFC 8259 section 7 demands and nothing else. */

#include "emulator/writer.h"

#include <inttypes.h>
#include <stdarg.h>

static void writer_raw(Writer *writer, const char *text, size_t n)
{
	if (writer->fault == 0)
		writer->fault = buf_append(writer->buf, text, n);
}

static void writer_escape(Writer *writer, unsigned char c)
{
	char text[8];
	int n;

	switch (c) {
	case '"':
		writer_raw(writer, "\\\"", 2);
		return;
	case '\\':
		writer_raw(writer, "\\\\", 2);
		return;
	case '\n':
		writer_raw(writer, "\\n", 2);
		return;
	case '\r':
		writer_raw(writer, "\\r", 2);
		return;
	case '\t':
		writer_raw(writer, "\\t", 2);
		return;
	default:
		n = snprintf(text, sizeof(text), "\\u%04x", c);
		writer_raw(writer, text, (size_t)n);
	}
}

static void writer_quoted(Writer *writer, const char *text, size_t n)
{
	size_t clean = 0; /* where the run of plain bytes began */

	writer_raw(writer, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		writer_raw(writer, text + clean, i - clean);
		writer_escape(writer, c);
		clean = i + 1;
	}
	writer_raw(writer, text + clean, n - clean);
	writer_raw(writer, "\"", 1);
}

/* The comma and the name that come before a value. */
static void writer_lead(Writer *writer, const char *name)
{
	if (writer->comma)
		writer_raw(writer, ",", 1);
	writer->comma = true;
	if (!name)
		return;
	writer_quoted(writer, name, strlen(name));
	writer_raw(writer, ":", 1);
}

void writer_begin(Writer *writer, const char *name, char bracket)
{
	writer_lead(writer, name);
	writer_raw(writer, &bracket, 1);
	writer->comma = false;
}

void writer_end(Writer *writer, char bracket)
{
	writer_raw(writer, &bracket, 1);
	writer->comma = true;
}

void writer_string(Writer *writer, const char *name, const char *text)
{
	writer_string_n(writer, name, text, strlen(text));
}

void writer_string_n(Writer *writer, const char *name, const char *text,
		     size_t n)
{
	writer_lead(writer, name);
	writer_quoted(writer, text, n);
}

void writer_int(Writer *writer, const char *name, int64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, value);

	writer_lead(writer, name);
	writer_raw(writer, text, (size_t)n);
}

void writer_bool(Writer *writer, const char *name, bool value)
{
	writer_lead(writer, name);
	writer_raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void writer_null(Writer *writer, const char *name)
{
	writer_lead(writer, name);
	writer_raw(writer, "null", 4);
}

void writer_json(Writer *writer, const char *name, const cJSON *value)
{
	char *text = cJSON_PrintUnformatted(value);

	writer_lead(writer, name);
	if (text)
		writer_raw(writer, text, strlen(text));
	else if (writer->fault == 0)
		writer->fault = -ENOMEM;
	cJSON_free(text);
}

void writer_format(Writer *writer, const char *name, const char *format, ...)
{
	char text[BUF_MAX_LINE];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		if (writer->fault == 0)
			writer->fault = -EMSGSIZE;
		return;
	}
	writer_string_n(writer, name, text, (size_t)n);
}
