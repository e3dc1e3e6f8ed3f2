/* SPDX-License-Identifier: MIT */

/* Used by key-files.c and certificate-files.c. */

#include "fs/json-text.h"

/* What was scanned is no deeper, and we wrap it in two objects at most. */
enum { DEPTH_MAX = JSON_DEPTH_MAX + 2 };

static int append_value(Buf *buf, const cJSON *value, int depth);

static int name_compare(const void *left, const void *right)
{
	const cJSON *const *a = left;
	const cJSON *const *b = right;

	return strcmp((*a)->string, (*b)->string);
}

static int append_scalar(Buf *buf, const cJSON *value)
{
	char *text = cJSON_PrintUnformatted(value);
	int r = text ? buf_append_string(buf, text) : -ENOMEM;

	cJSON_free(text);
	return r;
}

static int append_name(Buf *buf, const char *name)
{
	AKV_JSON cJSON *string = cJSON_CreateString(name);
	int r = string ? append_scalar(buf, string) : -ENOMEM;

	return r == 0 ? buf_append_string(buf, ": ") : r;
}

static int append_line(Buf *buf, int depth)
{
	return buf_printf(buf, "\n%*s", 2 * depth, "");
}

/* In order: the children of @value, of which there are @n. */
static int append_children(Buf *buf, const cJSON *const *children, size_t n,
			   bool named, int depth)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (named && i > 0 &&
		    strcmp(children[i - 1]->string, children[i]->string) == 0)
			return JSON_TEXT_E_INVALID;
		if (i > 0)
			r = buf_append_char(buf, ',');
		if (r == 0)
			r = append_line(buf, depth + 1);
		if (r == 0 && named)
			r = append_name(buf, children[i]->string);
		if (r == 0)
			r = append_value(buf, children[i], depth + 1);
	}
	return r == 0 ? append_line(buf, depth) : r;
}

static int append_container(Buf *buf, const cJSON *value, int depth)
{
	bool named = cJSON_IsObject(value);
	size_t n = (size_t)cJSON_GetArraySize(value);
	const cJSON **children;
	const cJSON *child;
	size_t i = 0;
	int r;

	if (n == 0)
		return buf_append_string(buf, named ? "{}" : "[]");
	if (depth >= DEPTH_MAX)
		return JSON_TEXT_E_INVALID;
	children = calloc(n, sizeof(const cJSON *));
	if (!children)
		return -ENOMEM;
	cJSON_ArrayForEach (child, value)
		children[i++] = child;
	if (named)
		qsort(children, n, sizeof(const cJSON *), name_compare);
	r = buf_append_char(buf, named ? '{' : '[');
	if (r == 0)
		r = append_children(buf, children, n, named, depth);
	if (r == 0)
		r = buf_append_char(buf, named ? '}' : ']');
	free(children);
	return r;
}

static int append_value(Buf *buf, const cJSON *value, int depth)
{
	if (cJSON_IsObject(value) || cJSON_IsArray(value))
		return append_container(buf, value, depth);
	return append_scalar(buf, value);
}

int json_text_append(Buf *buf, const cJSON *value)
{
	int r = append_value(buf, value, 0);

	return r == 0 ? buf_append_char(buf, '\n') : r;
}
