/* SPDX-License-Identifier: MIT */

/* Pure: a version and a body in, a version out. */

#include "emulator/attributes.h"

#include "base/json.h"

/* Seconds since 1970; null and absence leave *@ret alone. */
static int time_apply(int64_t *ret, const cJSON *attributes, const char *name)
{
	int64_t seconds;
	int r = json_get_int64(&seconds, attributes, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || seconds < 0)
		return ATTRIBUTES_E_INVALID;
	*ret = seconds;
	return 0;
}

static int inner_apply(Version *version, const cJSON *body, const char **why)
{
	const cJSON *attributes;
	int r = json_get_object(&attributes, body, "attributes");

	if (r == JSON_E_ABSENT)
		return 0;
	*why = "The property \"attributes\" is not valid.";
	if (r != 0)
		return ATTRIBUTES_E_INVALID;
	r = json_get_bool(&version->enabled, attributes, "enabled");
	if (r != 0 && r != JSON_E_ABSENT)
		return ATTRIBUTES_E_INVALID;
	r = time_apply(&version->nbf_s, attributes, "nbf");
	if (r == 0)
		r = time_apply(&version->exp_s, attributes, "exp");
	return r;
}

static bool tag_is_valid(const cJSON *tag)
{
	return cJSON_IsString(tag) && strlen(tag->string) <= TAG_NAME_MAX &&
	       strlen(tag->valuestring) <= TAG_VALUE_MAX;
}

/* The map is replaced whole. */
static int tags_apply(Version *version, const cJSON *body, const char **why)
{
	const cJSON *tags, *tag;
	cJSON *copy;
	int n = 0;
	int r = json_get(&tags, body, "tags");

	if (r == JSON_E_ABSENT)
		return 0;
	*why = "The property \"tags\" is not valid.";
	if (r != 0 || !cJSON_IsObject(tags))
		return ATTRIBUTES_E_INVALID;
	cJSON_ArrayForEach (tag, tags) {
		if (!tag_is_valid(tag))
			return ATTRIBUTES_E_INVALID;
		n++;
	}
	*why = "The number of tags exceeds the maximum of 15.";
	if (n > TAGS_MAX)
		return ATTRIBUTES_E_INVALID;
	copy = cJSON_Duplicate(tags, true);
	if (!copy)
		return -ENOMEM;
	cJSON_Delete(version->tags);
	version->tags = copy;
	return 0;
}

static int content_type_apply(Version *version, const cJSON *body,
			      const char **why)
{
	const char *text;
	int r = json_get_string(&text, body, "contentType");

	if (r == JSON_E_ABSENT)
		return 0;
	*why = "The property \"contentType\" is not valid: at most 255 "
	       "characters.";
	if (r != 0 || strlen(text) > CONTENT_TYPE_MAX)
		return ATTRIBUTES_E_INVALID;
	return version_set_content_type(version, text);
}

int attributes_apply(Version *version, const cJSON *body, const char **why)
{
	int r;

	r = inner_apply(version, body, why);
	if (r == 0)
		r = tags_apply(version, body, why);
	if (r == 0)
		r = content_type_apply(version, body, why);
	return r;
}
