/* SPDX-License-Identifier: MIT */

/*
 * cJSON's own look-ups are not used: they fold case, or take the first of
 * several. Anyone may call this.
 */

#include "base/json.h"

#include "base/buf.h"
#include "base/parse.h"

int json_parse(cJSON **ret, const char *text, size_t n, JsonFault *fault)
{
	AKV_BUF Buf copy = BUF_INIT(n);
	cJSON *value;
	int r = json_scan(text, n, fault);

	if (r != 0)
		return r;
	/* cJSON wants a terminator, which the text need not have. */
	r = buf_append(&copy, text, n);
	if (r < 0)
		return r;
	value = cJSON_ParseWithLengthOpts(copy.p, copy.n + 1, NULL, 1);
	if (!value)
		return -ENOMEM;
	*ret = value;
	return 0;
}

int json_get(const cJSON **ret, const cJSON *object, const char *name)
{
	const cJSON *found = NULL, *child;

	if (!cJSON_IsObject(object))
		return JSON_E_TYPE;
	cJSON_ArrayForEach (child, object) {
		if (!child->string || strcmp(child->string, name) != 0)
			continue;
		if (found)
			return JSON_E_DUPLICATE;
		found = child;
	}
	if (!found || cJSON_IsNull(found))
		return JSON_E_ABSENT;
	*ret = found;
	return 0;
}

int json_get_string(const char **ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	if (!cJSON_IsString(value))
		return JSON_E_TYPE;
	*ret = value->valuestring;
	return 0;
}

int json_get_object(const cJSON **ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	if (!cJSON_IsObject(value))
		return JSON_E_TYPE;
	*ret = value;
	return 0;
}

int json_get_array(const cJSON **ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	if (!cJSON_IsArray(value))
		return JSON_E_TYPE;
	*ret = value;
	return 0;
}

int json_get_bool(bool *ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	if (!cJSON_IsBool(value))
		return JSON_E_TYPE;
	*ret = cJSON_IsTrue(value);
	return 0;
}

/* 2^53 - 1: above, 2^53 + 1 would read as 2^53. */
#define JSON_INTEGER_MAX 9007199254740991.0

static int number_read(int64_t *ret, const cJSON *value)
{
	double number = value->valuedouble;

	/* Written so that what is no number fails. */
	if (!(number >= -JSON_INTEGER_MAX && number <= JSON_INTEGER_MAX) ||
	    (double)(int64_t)number != number)
		return JSON_E_TYPE;
	*ret = (int64_t)number;
	return 0;
}

int json_get_int64(int64_t *ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	return cJSON_IsNumber(value) ? number_read(ret, value) : JSON_E_TYPE;
}

int json_get_int64_loose(int64_t *ret, const cJSON *object, const char *name)
{
	const cJSON *value;
	uint64_t number;
	int r = json_get(&value, object, name);

	if (r != 0)
		return r;
	if (cJSON_IsNumber(value))
		return number_read(ret, value);
	if (!cJSON_IsString(value) ||
	    parse_uint64(&number, value->valuestring,
			 (uint64_t)JSON_INTEGER_MAX) != 0)
		return JSON_E_TYPE;
	*ret = (int64_t)number;
	return 0;
}

const char *json_answer_text(int answer)
{
	switch (answer) {
	case JSON_E_ABSENT:
		return "is missing";
	case JSON_E_TYPE:
		return "has the wrong type";
	case JSON_E_DUPLICATE:
		return "is there more than once";
	default:
		return "is not valid JSON";
	}
}
