/* SPDX-License-Identifier: MIT */

/* Pure; what is right is left where it is. Called by model.c. */

#include "vault/model-key.h"

#include "base/parse.h"

enum { KEY_ID_MAX = 2048, DURATION_MAX = 64 };

static int check_word(const cJSON *object, const char *name,
		      enum member_need need, const Why *why)
{
	const char *text = NULL;
	int r = member_text(&text, object, name, need, KEY_WORD_MAX, why);

	if (r == 0 && (!ascii_is_printable(text) ||
		       (need == MEMBER_NEEDED && text[0] == '\0')))
		return why_member(why, name, JSON_E_TYPE);
	return r;
}

/* RFC 7518 6: the public numbers, base64url. */
static int check_numbers(const cJSON *jwk, const Why *why)
{
	static const char *const numbers[] = {"n", "e", "x", "y"};
	int r = 0;

	for (size_t i = 0; i < AKV_ARRAY_LEN(numbers) && r == 0; i++)
		r = member_base64(jwk, numbers[i], BASE64_URL, MEMBER_OPTIONAL,
				  KEY_NUMBER_MAX, why);
	return r;
}

static int check_nothing_private(const cJSON *jwk, const Why *why)
{
	static const char *const numbers[] = {
		"d", "p", "q", "dp", "dq", "qi", "oth", "k", "key_hsm",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(numbers); i++) {
		const cJSON *member = NULL;

		if (json_get(&member, jwk, numbers[i]) != JSON_E_ABSENT)
			return why_untrusted(why, "its key has a private part");
	}
	return 0;
}

int model_key_check(const char **ret_id, const cJSON *object, const Why *why)
{
	const cJSON *jwk = NULL;
	const char *id = NULL;
	int r = member_object(&jwk, object, "key", MEMBER_NEEDED, why);

	if (r == 0)
		r = member_text(&id, jwk, "kid", MEMBER_NEEDED, KEY_ID_MAX,
				why);
	if (r == 0)
		r = check_word(jwk, "kty", MEMBER_NEEDED, why);
	if (r == 0)
		r = check_word(jwk, "crv", MEMBER_OPTIONAL, why);
	if (r == 0)
		r = member_texts(jwk, "key_ops", KEY_OPERATIONS_MAX,
				 KEY_WORD_MAX, why);
	if (r == 0)
		r = check_nothing_private(jwk, why);
	if (r == 0)
		r = check_numbers(jwk, why);
	if (r == 0)
		*ret_id = id;
	return r;
}

/* {"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}} */
static int check_action(const cJSON *item, const Why *why)
{
	const cJSON *trigger = NULL;
	const cJSON *action = NULL;
	const char *text = NULL;
	int r;

	if (!cJSON_IsObject(item))
		return why_member(why, "lifetimeActions", JSON_E_TYPE);
	r = member_object(&trigger, item, "trigger", MEMBER_OPTIONAL, why);
	if (r == 0 && trigger)
		r = member_text(&text, trigger, "timeAfterCreate",
				MEMBER_OPTIONAL, DURATION_MAX, why);
	if (r == 0 && trigger)
		r = member_text(&text, trigger, "timeBeforeExpiry",
				MEMBER_OPTIONAL, DURATION_MAX, why);
	if (r == 0)
		r = member_object(&action, item, "action", MEMBER_OPTIONAL,
				  why);
	if (r == 0 && action)
		r = check_word(action, "type", MEMBER_OPTIONAL, why);
	return r;
}

static int check_actions(const cJSON *object, const Why *why)
{
	static const char name[] = "lifetimeActions";
	const cJSON *array = NULL;
	const cJSON *item;
	size_t n = 0;
	int r = json_get_array(&array, object, name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return why_member(why, name, r);
	r = 0;
	cJSON_ArrayForEach (item, array) {
		if (++n > KEY_LIFETIME_ACTIONS_MAX)
			return why_untrusted(why,
					     "it has too many lifetimeActions");
		r = check_action(item, why);
		if (r != 0)
			return r;
	}
	return 0;
}

int model_rotation_check(const cJSON *object, const Why *why)
{
	const cJSON *attributes = NULL;
	const char *text = NULL;
	int r = check_actions(object, why);

	if (r == 0)
		r = member_object(&attributes, object, "attributes",
				  MEMBER_OPTIONAL, why);
	if (r == 0 && attributes)
		r = member_text(&text, attributes, "expiryTime",
				MEMBER_OPTIONAL, DURATION_MAX, why);
	return r;
}
