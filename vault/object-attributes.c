/* SPDX-License-Identifier: MIT */

/*
 * Members that are not known are left alone: the service adds new ones. Called
 * by the readers of the model.
 */

#include "vault/object-attributes.h"

#include "base/parse.h"

/* The service of 2016 wrote recoverylevel: any case, but one only. */
static int read_recovery_level(ObjectAttributes *attributes,
			       const cJSON *object, const Why *why)
{
	static const char name[] = "recoveryLevel";
	const cJSON *found = NULL;
	const cJSON *member;

	cJSON_ArrayForEach (member, object) {
		if (!ascii_equal_fold(member->string, name))
			continue;
		if (found)
			return why_member(why, name, JSON_E_DUPLICATE);
		found = member;
	}
	if (!found || cJSON_IsNull(found))
		return 0;
	if (!cJSON_IsString(found) || !ascii_is_printable(found->valuestring) ||
	    strlen(found->valuestring) >= sizeof(attributes->recovery_level))
		return why_member(why, name, JSON_E_TYPE);
	(void)snprintf(attributes->recovery_level,
		       sizeof(attributes->recovery_level), "%s",
		       found->valuestring);
	return 0;
}

int object_attributes_read(ObjectAttributes *ret, const cJSON *object,
			   const Why *why)
{
	ObjectAttributes a = {
		.enabled = true,
		.created_s = -1,
		.updated_s = -1,
		.expires_s = -1,
		.not_before_s = -1,
	};
	const cJSON *attributes = NULL;
	int r;

	r = member_bool(&a.managed, object, "managed", false, why);
	if (r == 0)
		r = member_object(&attributes, object, "attributes",
				  MEMBER_OPTIONAL, why);
	if (r == 0 && attributes) {
		r = member_bool(&a.enabled, attributes, "enabled", true, why);
		if (r == 0)
			r = member_time(&a.created_s, attributes, "created",
					why);
		if (r == 0)
			r = member_time(&a.updated_s, attributes, "updated",
					why);
		if (r == 0)
			r = member_time(&a.expires_s, attributes, "exp", why);
		if (r == 0)
			r = member_time(&a.not_before_s, attributes, "nbf",
					why);
		if (r == 0)
			r = read_recovery_level(&a, attributes, why);
	}
	if (r == 0)
		*ret = a;
	return r;
}
