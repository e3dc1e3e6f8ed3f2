/* SPDX-License-Identifier: MIT */

/* Called with the emulator's lock held. */

#include "emulator/certificate-family.h"

#include "emulator/certificate-policy.h"
#include "emulator/certificate-version.h"
#include "emulator/key-material.h"

static const enum collection_kind kinds[] = {
	COLLECTION_KEYS,
	COLLECTION_SECRETS,
};

bool certificate_family_is_taken(Vault *vault, const char *name, int64_t now_us)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		const Object *object = collection_find(
			&vault->collections[kinds[i]], name, now_us);

		if (object && object->current && !object->current->managed)
			return true;
	}
	return false;
}

/* What is the same about all three. */
static int version_follow(Version *to, const Version *from)
{
	cJSON *tags = from->tags ? cJSON_Duplicate(from->tags, true) : NULL;

	if (from->tags && !tags)
		return -ENOMEM;
	cJSON_Delete(to->tags);
	to->tags = tags;
	memcpy(to->id, from->id, sizeof(to->id));
	to->managed = true;
	to->enabled = from->enabled;
	to->nbf_s = from->nbf_s;
	to->exp_s = from->exp_s;
	to->created_s = from->created_s;
	to->updated_s = from->updated_s;
	to->order = from->order;
	return 0;
}

static int key_make(Version **ret, const CertificatePart *part, int64_t now_us)
{
	AKV_CLEANUP(key_material_freep) KeyMaterial *material = NULL;
	int r = key_material_import(&material, part->content.key, part->hsm);

	if (r != 0)
		return r > 0 ? -EIO : r;
	material->exportable = part->exportable;
	return key_version_new(ret, &material, now_us);
}

static int secret_make(Version **ret, const CertificatePart *part,
		       int64_t now_us)
{
	AKV_CLEANUP(version_freep) Version *version = NULL;
	AKV_BUF Buf value = BUF_INIT(BUF_MAX_FILE);
	int r;

	if (part->is_pem)
		r = certificate_content_append_pem(&value, &part->content,
						   part->exportable);
	else
		r = certificate_content_append_pfx(&value, &part->content,
						   part->exportable);
	if (r == 0)
		r = version_new(&version, now_us);
	if (r == 0)
		r = version_set_value(version, value.p, value.n);
	if (r == 0)
		r = version_set_content_type(version,
					     part->is_pem ? CONTENT_TYPE_PEM
							  : CONTENT_TYPE_PFX);
	if (r == 0)
		*ret = AKV_TAKE(version);
	return r;
}

static int member_add(Collection *collection, const char *name,
		      Version **version, const Version *of, int64_t now_us)
{
	AKV_CLEANUP(object_freep) Object *fresh = NULL;
	Object *object = collection_find(collection, name, now_us);
	int r = version_follow(*version, of);

	if (r == 0 && !object) {
		r = object_new(&fresh, name);
		object = fresh;
	}
	if (r == 0)
		r = object_add_version(object, version);
	if (r == 0 && fresh)
		r = collection_add(collection, &fresh);
	return r;
}

int certificate_family_add(Vault *vault, const char *name,
			   const Version *version, int64_t now_us)
{
	const CertificatePart *part = certificate_version_part(version);
	AKV_CLEANUP(version_freep) Version *key = NULL;
	AKV_CLEANUP(version_freep) Version *secret = NULL;
	int r = key_make(&key, part, now_us);

	if (r == 0)
		r = secret_make(&secret, part, now_us);
	if (r == 0)
		r = member_add(&vault->collections[COLLECTION_KEYS], name, &key,
			       version, now_us);
	if (r == 0)
		r = member_add(&vault->collections[COLLECTION_SECRETS], name,
			       &secret, version, now_us);
	return r;
}

int certificate_family_follow(Vault *vault, const char *name,
			      const Version *version, int64_t now_us)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		const Object *object = collection_find(
			&vault->collections[kinds[i]], name, now_us);
		Version *member =
			object ? object_version(object, version->id) : NULL;
		int r = member ? version_follow(member, version) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

void certificate_family_share_state(Vault *vault, const Object *certificate,
				    int64_t now_us)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		Object *object = collection_find(&vault->collections[kinds[i]],
						 certificate->name, now_us);

		if (!object)
			continue;
		object->state = certificate->state;
		object->until_us = certificate->until_us;
		object->settling_us = certificate->settling_us;
		object->deleted_s = certificate->deleted_s;
		object->purge_s = certificate->purge_s;
	}
}

void certificate_family_remove(Vault *vault, const char *name)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(kinds); i++) {
		Collection *collection = &vault->collections[kinds[i]];
		const Object *object = collection_find(collection, name, 0);

		/* One of that name may be nobody's. */
		if (object && object->current && object->current->managed)
			collection_remove(collection, name);
	}
}
