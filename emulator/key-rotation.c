/* SPDX-License-Identifier: MIT */

/*
 * Runs with the emulator's lock held, inside a handler. Nothing rotates by
 * itself: a client that wants to see a rotation asks for it.
 */

#include "emulator/key-rotation.h"

#include "base/clock.h"
#include "base/json.h"
#include "emulator/errors.h"
#include "emulator/keys.h"
#include "emulator/objects.h"
#include "emulator/rotation-policy.h"

/* Versions before 7.3 know of no rotation. */
static bool rotation_refuse(Exchange *exchange, const char *operation)
{
	if (exchange->api->rotation)
		return false;
	(void)error_reply(exchange, 400, "NotSupported", NULL,
			  "Operation \"%s\" is not supported in version %s.",
			  operation, exchange->api->name);
	return true;
}

static int policy_reply(Exchange *exchange, const Object *object)
{
	const RotationPolicy *policy = object->payload;
	Writer *writer = &exchange->writer;
	RotationPolicy none;

	rotation_policy_init(&none);
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	if (policy)
		writer_format(writer, "id", "%s/keys/%s/rotationpolicy",
			      exchange->base, object->name);
	rotation_policy_write_actions(writer, policy ? policy : &none);
	if (policy) {
		writer_begin(writer, "attributes", '{');
		if (*policy->expiry.text)
			writer_string(writer, "expiryTime",
				      policy->expiry.text);
		writer_int(writer, "created", policy->created_s);
		writer_int(writer, "updated", policy->updated_s);
		writer_end(writer, '}');
	} else {
		writer_null(writer, "attributes");
	}
	writer_end(writer, '}');
	return 0;
}

int key_rotation_get(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (rotation_refuse(exchange, "getrotationpolicy") ||
	    !objects_find(exchange, &object, &version))
		return 0;
	return policy_reply(exchange, object);
}

int key_rotation_put(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	RotationPolicy policy, *kept;
	const char *why = NULL;
	Object *object;
	Version *version;

	if (rotation_refuse(exchange, "setrotationpolicy") ||
	    !objects_body(exchange, &body) ||
	    !objects_find(exchange, &object, &version))
		return 0;
	kept = object->payload;
	rotation_policy_init(&policy);
	policy.updated_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	policy.created_s = kept ? kept->created_s : policy.updated_s;
	if (rotation_policy_parse(&policy, body, &why) != 0)
		return error_bad_parameter(exchange, "%s", why);
	if (!kept) {
		kept = malloc(sizeof(*kept));
		if (!kept)
			return -ENOMEM;
		object->payload = kept;
		object->payload_free = free;
	}
	*kept = policy;
	return policy_reply(exchange, object);
}

/* A new version like the current one, valid for as long as the policy says. */
static int renewed_new(Version **ret, Exchange *exchange, const Object *object,
		       KeyMaterial **material)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	const Version *current = object->current;
	const RotationPolicy *policy = object->payload;
	int r;

	r = key_material_inherit(*material, key_version_material(current));
	if (r == 0)
		r = key_version_new(&version, material, exchange->now_us);
	if (r < 0)
		return r;
	if (current->tags) {
		version->tags = cJSON_Duplicate(current->tags, true);
		if (!version->tags)
			return -ENOMEM;
	}
	if (policy && *policy->expiry.text)
		version->exp_s =
			duration_after(&policy->expiry, version->created_s);
	*ret = AKV_TAKE(version);
	return 0;
}

int key_rotate(Exchange *exchange)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	AKV_CLEANUP(version_freep) Version *renewed = NULL;
	Object *object;
	Version *current;
	KeyShape shape;
	int r;

	if (rotation_refuse(exchange, "rotate") ||
	    !objects_find(exchange, &object, &current))
		return 0;
	if (current->managed)
		return error_managed(exchange, exchange->kind, "rotate");
	shape = key_material_next_shape(key_version_material(current));
	r = keys_generate(exchange, &material, &shape);
	if (r != 0)
		return AKV_MIN(r, 0);
	/* Without the lock it may have gone. */
	if (!objects_find(exchange, &object, &current))
		return 0;
	r = renewed_new(&renewed, exchange, object, &material);
	if (r < 0)
		return r;
	return keys_add_version(exchange, &renewed);
}
