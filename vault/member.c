/* SPDX-License-Identifier: MIT */

/*
 * Nothing is kept here: what comes out is borrowed from the JSON. Called by
 * the readers of the model.
 */

#include "vault/member.h"

#include "base/time.h"

int why_untrusted(const Why *why, const char *what)
{
	(void)snprintf(why->text, why->size, "%s", what);
	return MODEL_E_UNTRUSTED;
}

int why_member(const Why *why, const char *name, int answer)
{
	(void)snprintf(why->text, why->size, "its \"%s\" %s", name,
		       json_answer_text(answer));
	return MODEL_E_UNTRUSTED;
}

static int too_long(const Why *why, const char *name)
{
	(void)snprintf(why->text, why->size, "its \"%s\" is too long", name);
	return MODEL_E_UNTRUSTED;
}

int member_body(cJSON **ret, const char *body, size_t n, const Why *why)
{
	JsonFault fault = {0};
	int r = json_parse(ret, body, n, &fault);

	if (r == JSON_E_INVALID) {
		(void)snprintf(why->text, why->size,
			       "it is not strict JSON: %s at byte %zu",
			       fault.what ? fault.what : "a fault",
			       fault.offset);
		return MODEL_E_UNTRUSTED;
	}
	return r;
}

/* Is the name of @member free among those before it in @object? */
static bool is_first(const cJSON *object, const cJSON *member)
{
	for (const cJSON *other = object->child; other != member;
	     other = other->next)
		if (strcmp(other->string, member->string) == 0)
			return false;
	return true;
}

/* The scan has bounded the depth. */
int member_all_unique(const cJSON *value, const Why *why)
{
	const cJSON *member;
	size_t n = 0;
	int r = 0;

	cJSON_ArrayForEach (member, value) {
		if (cJSON_IsObject(value)) {
			if (++n > MEMBER_COUNT_MAX)
				return why_untrusted(
					why, "an object has too many members");
			if (!is_first(value, member))
				return why_untrusted(why,
						     "an object has two "
						     "members of one name");
		}
		if (member->child)
			r = member_all_unique(member, why);
		if (r != 0)
			return r;
	}
	return 0;
}

int member_time(int64_t *ret, const cJSON *object, const char *name,
		const Why *why)
{
	int64_t seconds;
	int r = json_get_int64(&seconds, object, name);

	if (r == JSON_E_ABSENT) {
		*ret = -1;
		return 0;
	}
	if (r != 0)
		return why_member(why, name, r);
	if (seconds < 0 || seconds > TIME_MAX_S)
		return why_member(why, name, JSON_E_TYPE);
	*ret = seconds;
	return 0;
}

int member_bool(bool *ret, const cJSON *object, const char *name,
		bool otherwise, const Why *why)
{
	bool value = otherwise;
	int r = json_get_bool(&value, object, name);

	if (r != 0 && r != JSON_E_ABSENT)
		return why_member(why, name, r);
	*ret = value;
	return 0;
}

int member_text(const char **ret, const cJSON *object, const char *name,
		enum member_need need, size_t max, const Why *why)
{
	const char *text = "";
	int r = json_get_string(&text, object, name);

	if (r != 0 && (r != JSON_E_ABSENT || need == MEMBER_NEEDED))
		return why_member(why, name, r);
	if (strlen(text) > max)
		return too_long(why, name);
	*ret = text;
	return 0;
}

int member_object(const cJSON **ret, const cJSON *object, const char *name,
		  enum member_need need, const Why *why)
{
	const cJSON *found = NULL;
	int r = json_get_object(&found, object, name);

	if (r != 0 && (r != JSON_E_ABSENT || need == MEMBER_NEEDED))
		return why_member(why, name, r);
	*ret = r == 0 ? found : NULL;
	return 0;
}

int member_base64(const cJSON *object, const char *name,
		  enum base64_variant variant, enum member_need need,
		  size_t max, const Why *why)
{
	AKV_BUF Buf bytes = BUF_INIT(max);
	const char *text = NULL;
	int r = json_get_string(&text, object, name);

	if (r == JSON_E_ABSENT && need == MEMBER_OPTIONAL)
		return 0;
	if (r != 0)
		return why_member(why, name, r);
	r = base64_decode(&bytes, variant, text, strlen(text));
	if (r == -EMSGSIZE)
		return too_long(why, name);
	if (r < 0)
		return r;
	if (r == BASE64_E_INVALID || bytes.n == 0) {
		(void)snprintf(why->text, why->size,
			       "its \"%s\" is not base64 of any bytes", name);
		return MODEL_E_UNTRUSTED;
	}
	return 0;
}

int member_texts(const cJSON *object, const char *name, size_t count_max,
		 size_t max, const Why *why)
{
	const cJSON *array = NULL;
	const cJSON *item;
	size_t n = 0;
	int r = json_get_array(&array, object, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return why_member(why, name, r);
	cJSON_ArrayForEach (item, array) {
		if (!cJSON_IsString(item))
			return why_member(why, name, JSON_E_TYPE);
		if (++n > count_max || strlen(item->valuestring) > max)
			return too_long(why, name);
	}
	return 0;
}
