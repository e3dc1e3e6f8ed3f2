/* SPDX-License-Identifier: MIT */

/*
 * The first thing that is wrong ends the reading, and is named; a value never
 * is. Members that are not known are left alone: the service adds new ones.
 * Called by objects.c.
 */

#include "vault/model.h"

#include <openssl/evp.h>

#include "base/parse.h"
#include "vault/model-certificate.h"
#include "vault/model-key.h"
#include "vault/model-storage.h"
#include "vault/object-id.h"

enum { ID_MAX = 2048 };

/* As the service writes it for secrets that hold such tokens. */
static const char sas_content_type[] = "application/vnd.ms-sastoken-storage";

void object_bundle_done(ObjectBundle *bundle)
{
	bundle->value = secret_unref(bundle->value);
	free(bundle->tags);
	bundle->tags = NULL;
}

bool object_bundle_is_sas_token(const ObjectBundle *bundle)
{
	return bundle->attributes.managed &&
	       ascii_equal_fold(bundle->content_type, sas_content_type);
}

/* --- ids ---------------------------------------------------------------- */

/* Is segment @i of the id a version? Of the bundle, if so. */
static bool take_version(ObjectBundle *bundle, const ObjectId *id, size_t i)
{
	if (i >= id->n ||
	    !version_is_valid(id->segments[i].p, id->segments[i].n))
		return false;
	memcpy(bundle->version, id->segments[i].p, VERSION_LENGTH);
	bundle->version[VERSION_LENGTH] = '\0';
	ascii_lower(bundle->version);
	bundle->has_version = true;
	return true;
}

/* The name in the id of a SAS definition: "ACCOUNT/sas/DEFINITION". */
static int take_sas_name(ObjectBundle *bundle, const ObjectId *id)
{
	size_t room = sizeof(bundle->name);

	if (id->n != 3 || !object_id_has(id, 1, "sas") ||
	    id->segments[0].n + id->segments[2].n + 2 > room)
		return MODEL_E_UNTRUSTED;
	(void)snprintf(bundle->name, room, "%.*s-%.*s", (int)id->segments[0].n,
		       id->segments[0].p, (int)id->segments[2].n,
		       id->segments[2].p);
	return 0;
}

static int take_name(ObjectBundle *bundle, const ObjectId *id)
{
	if (id->segments[0].n > NAME_MAX_LENGTH)
		return MODEL_E_UNTRUSTED;
	memcpy(bundle->name, id->segments[0].p, id->segments[0].n);
	bundle->name[id->segments[0].n] = '\0';
	return 0;
}

/* A SAS definition, or one that was deleted. */
static bool key_is_of_sas(const ObjectKey *key)
{
	return key->part == PART_SAS ||
	       (key->collection == COLLECTION_STORAGE &&
		strchr(key->name, '-') != NULL);
}

/* What may follow the name in the id of such an object? */
static int check_rest(ObjectBundle *bundle, const ObjectId *id,
		      const ObjectKey *key, const char *version, const Why *why)
{
	bool fits = id->n == 1;

	switch (key->part) {
	case PART_OBJECT:
		if (key->collection == COLLECTION_STORAGE ||
		    (id->n == 1 && !version &&
		     object_bundle_is_sas_token(bundle)))
			break;
		if (id->is_glued)
			return why_untrusted(why, "its id is malformed");
		if (id->n != 2)
			return why_untrusted(why, "its id has no version");
		if (!take_version(bundle, id, 1))
			return why_untrusted(why,
					     "its id has no valid version");
		if (version && !ascii_equal_fold(version, bundle->version))
			return why_untrusted(why,
					     "its id is of another version");
		return 0;
	case PART_DELETED:
		fits = fits ||
		       (id->n == 2 &&
			version_is_valid(id->segments[1].p, id->segments[1].n));
		break;
	case PART_PENDING:
		fits = id->n == 2 && object_id_has(id, 1, "pending");
		break;
	case PART_ROTATION:
		fits = id->n == 2 && object_id_has(id, 1, "rotationpolicy");
		break;
	case PART_SAS:
		break;
	}
	return fits ? 0 : why_untrusted(why, "its id is of something else");
}

/* Is @text the id of @key, and of @version unless NULL? Takes its parts. */
static int read_id(ObjectBundle *bundle, ObjectId *id, const char *text,
		   const ObjectKey *key, const char *version, const Why *why)
{
	bool is_sas = key_is_of_sas(key);
	ObjectKey found;
	int r;

	if (object_id_read(id, text, key->collection) != 0 ||
	    (id->is_deleted && key->part != PART_DELETED))
		return why_untrusted(why, "its id is not of that collection");
	r = is_sas ? take_sas_name(bundle, id) : take_name(bundle, id);
	if (r != 0 ||
	    object_key_init_part(&found, key->collection, key->part,
				 bundle->name, strlen(bundle->name)) != 0 ||
	    !object_key_equal(&found, key))
		return why_untrusted(why, "its id is of another object");
	memcpy(bundle->host, id->host, sizeof(bundle->host));
	return is_sas ? 0 : check_rest(bundle, id, key, version, why);
}

/* A recoveryId, where there is one, is of the same object. */
static int check_recovery(const cJSON *object, const ObjectBundle *bundle,
			  const ObjectKey *key, const Why *why)
{
	const char *text = NULL;
	ObjectBundle other = {0};
	ObjectId id;
	int64_t when_s;
	int r = member_text(&text, object, "recoveryId", MEMBER_OPTIONAL,
			    ID_MAX, why);

	if (r == 0)
		r = member_time(&when_s, object, "deletedDate", why);
	if (r == 0)
		r = member_time(&when_s, object, "scheduledPurgeDate", why);
	if (r != 0 || text[0] == '\0')
		return r;
	if (read_id(&other, &id, text, key, NULL, why) != 0 ||
	    !ascii_equal_fold(other.host, bundle->host))
		return why_untrusted(why,
				     "its \"recoveryId\" is of another object");
	return 0;
}

/* --- what a kind has ---------------------------------------------------- */

static int read_tags(ObjectBundle *bundle, const cJSON *object, const Why *why)
{
	const cJSON *tags = NULL;
	const cJSON *tag;
	int r = member_object(&tags, object, "tags", MEMBER_OPTIONAL, why);

	if (r != 0)
		return r;
	/* Every tag is a string, and none is there twice. */
	cJSON_ArrayForEach (tag, tags)
		if (!cJSON_IsString(tag))
			return why_member(why, "tags", JSON_E_TYPE);
	if (tags && member_all_unique(tags, why) != 0)
		return why_member(why, "tags", JSON_E_DUPLICATE);
	bundle->tags = tags ? cJSON_PrintUnformatted(tags) : strdup("{}");
	if (!bundle->tags)
		return -ENOMEM;
	if (strlen(bundle->tags) > TAGS_TEXT_MAX)
		return why_untrusted(why, "its tags are too long");
	return 0;
}

/* Attributes, content type and tags: whatever it is of. */
static int read_common(ObjectBundle *bundle, const cJSON *object,
		       const Why *why)
{
	const char *text = NULL;
	int r = object_attributes_read(&bundle->attributes, object, why);

	if (r == 0)
		r = member_text(&text, object, "contentType", MEMBER_OPTIONAL,
				CONTENT_TYPE_MAX, why);
	if (r != 0)
		return r;
	memcpy(bundle->content_type, text, strlen(text) + 1);
	return read_tags(bundle, object, why);
}

/* The id is where the kind has it; a rotation policy may have none: "". */
static int find_id(const char **ret, const cJSON *object, const ObjectKey *key,
		   const Why *why)
{
	if (key->collection == COLLECTION_KEYS && key->part != PART_ROTATION)
		return model_key_check(ret, object, why);
	return member_text(ret, object, "id",
			   key->part == PART_ROTATION ? MEMBER_OPTIONAL
						      : MEMBER_NEEDED,
			   ID_MAX, why);
}

static int check_kind(const cJSON *object, const ObjectId *id,
		      const ObjectKey *key, const Why *why)
{
	switch (key->collection) {
	case COLLECTION_KEYS:
		return key->part == PART_ROTATION
			       ? model_rotation_check(object, why)
			       : 0; /* checked with its id */
	case COLLECTION_CERTIFICATES:
		return key->part == PART_PENDING
			       ? model_pending_check(object, why)
			       : model_certificate_check(object, id, why);
	case COLLECTION_STORAGE:
		return key_is_of_sas(key) ? model_sas_check(object, why)
					  : model_storage_check(object, why);
	case COLLECTION_SECRETS:
	case COLLECTIONS:
		break;
	}
	return 0;
}

/* --- value -------------------------------------------------------------- */

static int take_digest(ObjectBundle *bundle, const char *body, size_t n)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (EVP_Digest(body, n, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	for (size_t i = 0; i < VERSION_LENGTH / 2; i++)
		(void)snprintf(bundle->digest + 2 * i, 3, "%02x", hash[i]);
	if (!bundle->has_version)
		memcpy(bundle->version, bundle->digest,
		       sizeof(bundle->version));
	return 0;
}

static int read_value(ObjectBundle *bundle, const cJSON *object, const Why *why)
{
	const char *value = NULL;
	int r = member_text(&value, object, "value", MEMBER_NEEDED,
			    OBJECT_BODY_MAX, why);

	if (r != 0)
		return r;
	/* strlen() is the whole: a NUL has been refused. */
	if (strlen(value) > SECRET_VALUE_MAX)
		return why_untrusted(why, "its value is over the size limit");
	return secret_new(&bundle->value, value, strlen(value));
}

/* The body as it came: what it says is checked, all of it is handed on. */
static int keep_body(ObjectBundle *bundle, const cJSON *object,
		     const char *body, size_t n, const Why *why)
{
	int r = member_all_unique(object, why);

	if (r == 0 && n > OBJECT_BODY_MAX)
		r = why_untrusted(why, "it is over the size limit");
	if (r == 0)
		r = secret_new(&bundle->value, body, n);
	return r;
}

static int read_bundle(ObjectBundle *bundle, const cJSON *object,
		       const char *body, size_t n, const ObjectKey *key,
		       const char *version, const Why *why)
{
	bool is_secret = key->collection == COLLECTION_SECRETS &&
			 key->part == PART_OBJECT;
	const char *text = NULL;
	ObjectId id = {0};
	int r = read_common(bundle, object, why);

	if (r == 0)
		r = find_id(&text, object, key, why);
	if (r == 0 && text[0] != '\0')
		r = read_id(bundle, &id, text, key, version, why);
	else if (r == 0 && key->part == PART_ROTATION)
		memcpy(bundle->name, key->name, sizeof(bundle->name));
	else if (r == 0)
		r = why_untrusted(why, "its id is empty");
	if (r == 0 && key->part == PART_DELETED)
		r = check_recovery(object, bundle, key, why);
	if (r == 0)
		r = check_kind(object, &id, key, why);
	if (r == 0)
		r = is_secret ? read_value(bundle, object, why)
			      : keep_body(bundle, object, body, n, why);
	if (r == 0 && (!is_secret || !bundle->has_version))
		r = take_digest(bundle, body, n);
	return r;
}

int object_bundle_read(ObjectBundle *ret, const char *body, size_t n,
		       const ObjectKey *key, const char *version, char *why,
		       size_t why_size)
{
	AKV_JSON cJSON *object = NULL;
	ObjectBundle bundle = {0};
	Why told = {.text = why, .size = why_size};
	int r = member_body(&object, body, n, &told);

	if (r != 0)
		return r;
	r = read_bundle(&bundle, object, body, n, key, version, &told);
	if (r == 0)
		*ret = bundle;
	else
		object_bundle_done(&bundle);
	return r;
}
